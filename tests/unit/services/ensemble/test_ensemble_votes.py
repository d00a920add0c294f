"""How votes are weighed: majority, confidence, veto, expiry."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.ensemble.domain.votes import Opinion, Opinions, Rules, vote
from sextant.core.instruments import Side

RULES = Rules(minimum_confidence=0.5, conflict_veto=0.4, minimum_edge_to_cost=1.5)
OPEN_RULES = Rules(minimum_confidence=0.0, conflict_veto=1.0, minimum_edge_to_cost=0.0)
NAME = "alpha:BTC/USDT"


def opinion(strategy: str, side: Side, strength: float = 1.0, at: int = 10, until: int = 20) -> Opinion:
    return Opinion(strategy, f"{strategy}-{at}", "strategies.signals.v1", 0, at, side, strength, at, until)


def test_the_strength_is_the_winners_weighted_mean() -> None:
    spoken = [opinion("a", Side.BUY, 1.0), opinion("b", Side.BUY, 0.4)]
    verdict = vote(spoken, {"a": 1.0, "b": 3.0}, RULES)
    assert verdict is not None
    assert (verdict.side, verdict.confidence) == (Side.BUY, 1.0)
    assert verdict.strength == (1.0 + 3.0 * 0.4) / 4.0


def test_more_weight_on_the_other_side_than_the_veto_allows_makes_no_intent() -> None:
    spoken = [opinion("a", Side.BUY), opinion("b", Side.SELL)]
    assert vote(spoken, {"a": 0.6, "b": 0.4}, RULES) is not None
    assert vote(spoken, {"a": 0.59, "b": 0.41}, RULES) is None


def test_agreement_below_the_minimum_confidence_makes_no_intent() -> None:
    spoken = [opinion("a", Side.BUY), opinion("b", Side.SELL)]
    rules = Rules(minimum_confidence=0.8, conflict_veto=0.4, minimum_edge_to_cost=0.0)
    assert vote(spoken, {"a": 0.8, "b": 0.2}, rules) is not None
    assert vote(spoken, {"a": 0.79, "b": 0.21}, rules) is None


def test_new_risk_is_worth_it_from_so_many_times_its_cost_on() -> None:
    assert RULES.is_worth(15.0, 10.0)
    assert not RULES.is_worth(14.9, 10.0)
    assert OPEN_RULES.is_worth(0.0, 10.0)
    for edge_bp, cost_bp in ((float("nan"), 1.0), (1.0, float("nan")), (1.0, float("inf"))):
        assert not RULES.is_worth(edge_bp, cost_bp)
        assert not OPEN_RULES.is_worth(edge_bp, cost_bp)


def test_a_tie_and_strategies_of_others_decide_nothing() -> None:
    spoken = [opinion("a", Side.BUY), opinion("b", Side.SELL)]
    assert vote(spoken, {"a": 1.0, "b": 1.0}, OPEN_RULES) is None
    assert vote(spoken, {}, OPEN_RULES) is None


def test_expired_and_outdated_opinions_do_not_vote() -> None:
    opinions = Opinions()
    assert opinions.hear(NAME, opinion("a", Side.BUY, at=10, until=20))
    assert not opinions.hear(NAME, opinion("a", Side.SELL, at=9, until=50))
    assert opinions.hear(NAME, opinion("b", Side.BUY, at=21, until=30))
    assert [each.strategy for each in opinions.valid(NAME, 21)] == ["b"]
    assert [name for name, _ in opinions.all()] == [NAME], "what expired is forgotten"


def test_a_strength_that_is_no_share_is_not_heard() -> None:
    opinions = Opinions()
    for strength in (float("nan"), -0.1, 1.1):
        assert not opinions.hear(NAME, opinion("a", Side.BUY, strength))


weights = st.floats(0.01, 100)
strengths = st.floats(0, 1)


@given(st.lists(st.tuples(st.sampled_from(Side), strengths, weights), min_size=1, max_size=6))
def test_the_order_of_speaking_changes_nothing_and_shares_stay_shares(
    said: list[tuple[Side, float, float]],
) -> None:
    spoken = [opinion(f"s{number}", side, strength) for number, (side, strength, _) in enumerate(said)]
    given_weights = {f"s{number}": weight for number, (_, _, weight) in enumerate(said)}
    verdict = vote(spoken, given_weights, OPEN_RULES)
    turned = vote(spoken[::-1], given_weights, OPEN_RULES)
    if verdict is None:
        assert turned is None
        return
    assert turned is not None
    assert (turned.side, turned.strength, turned.confidence) == (
        verdict.side,
        verdict.strength,
        verdict.confidence,
    )
    assert 0.5 <= verdict.confidence <= 1.0
    assert 0.0 <= verdict.strength <= 1.0
