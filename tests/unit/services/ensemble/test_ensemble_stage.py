"""Signals in, intents out, by portfolio."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ensemble.bootstrap import ensemble_stage
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.market.v1 import reference_pb2, validated_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.core.time import MILLISECOND, SECOND
from sextant.runtime.settings import Platform
from sextant.runtime.stage import Input
from tests.support.stages import Side, Step, make_input, run_split

SPOT, LINEAR = "alpha:BTC/USDT", "perps:BTC/USDT:USDT"
BUY, SELL = values_pb2.SIDE_BUY, values_pb2.SIDE_SELL
VENUE = {"operator": "o", "rest_url": "http://127.0.0.1:1", "stream_url": "ws://127.0.0.1:1"}
PLATFORM = Platform.model_validate(
    {
        "assets": ["BTC"],
        "triangulation": {"fixed_rates": {"USDT": "1"}},
        "venues": {
            name: VENUE | {"protocol": protocol}
            for name, protocol in (("alpha", "binance-spot"), ("perps", "binance-usdm"))
        },
        "strategies": {
            "cross": {"plugin": "ema-cross", "weight": 1.0},
            "other": {"plugin": "ema-cross", "weight": 3.0},
        },
        "portfolios": {
            "main": {"strategies": ["cross"]},
            "both": {"strategies": ["cross", "other"]},
            "idle": {"strategies": []},
        },
        "venue_accounts": {
            "a": {"venue": "alpha", "portfolio": "main"},
            "b": {"venue": "alpha", "portfolio": "both"},
            "c": {"venue": "perps", "portfolio": "both"},
            "d": {"venue": "alpha", "portfolio": "idle"},
        },
    }
)
STAGE = ensemble_stage(PLATFORM)


def signal(
    strategy: str = "cross",
    side: values_pb2.Side = BUY,
    name: str = SPOT,
    at_ms: int = 1_000,
    *,
    strength: float = 0.5,
    valid_ms: int = 5_000,
    edge_bp: float = 20.0,
) -> signals_pb2.Signal:
    message = signals_pb2.Signal(
        signal_id=f"{strategy}-{at_ms}",
        strategy=strategy,
        instrument=name,
        side=side,
        strength=strength,
        event_time_ns=at_ms * MILLISECOND,
        valid_until_ns=(at_ms + valid_ms) * MILLISECOND,
        expected_edge_bp=edge_bp,
        expected_cost_bp=11.0,
        bid=99.5,
        ask=100.5,
        verdict=validated_pb2.VENUE_VERDICT_VALID,
    )
    message.fix.CopyFrom(validated_pb2.Fix(asset="BTC", currency="USD", price=100.0, venues=3))
    return message


def records(*messages: signals_pb2.Signal) -> list[Step]:
    return [
        make_input("strategies.signals.v1", message.instrument, message, offset)
        for offset, message in enumerate(messages)
    ]


def intents(*messages: signals_pb2.Signal) -> list[intents_pb2.Intent]:
    run = run_split(STAGE, records(*messages))
    return [m for m in run.messages("strategies.intents.v1") if isinstance(m, intents_pb2.Intent)]


def test_every_portfolio_that_lists_the_strategy_and_trades_the_venue_gets_an_intent() -> None:
    assert [each.portfolio for each in intents(signal())] == ["both", "main"]
    assert [each.portfolio for each in intents(signal(name=LINEAR))] == ["both"]
    assert intents(signal(name="nowhere:BTC/USDT")) == []
    assert intents(signal(name="nonsense")) == []


def test_an_intent_carries_what_risk_needs_and_its_votes_by_reference() -> None:
    run = run_split(STAGE, records(signal()))
    said = run.outputs[-1]
    assert (said.key, said.partition_key, said.id_field) == ("main", "main", "intent_id")
    intent = intents(signal())[-1]
    assert (intent.instrument, intent.side, intent.strength, intent.confidence) == (SPOT, BUY, 0.5, 1.0)
    assert (intent.reference_price, intent.bid, intent.ask) == (100.0, 99.5, 100.5)
    assert intent.fix.venues == 3
    assert intent.verdict == validated_pb2.VENUE_VERDICT_VALID
    assert intent.urgency == intents_pb2.URGENCY_TAKE
    assert intent.valid_until_ns == 3 * SECOND  # event time 1 s and intent_valid_ms 2,000
    (vote,) = intent.votes
    assert (vote.signal_id, vote.strategy, vote.weight) == ("cross-1000", "cross", 1.0)
    assert (vote.position.topic, vote.position.offset) == ("strategies.signals.v1", 0)


def test_an_intent_names_the_signals_that_were_counted_beside_the_one_that_made_it() -> None:
    steps = records(signal("cross", at_ms=1_000), signal("other", at_ms=1_100))
    said = [each for each in run_split(STAGE, steps).outputs if each.key == "both"]
    assert [len(each.joins) for each in said] == [0, 1]
    [join] = said[-1].joins
    first = steps[0]
    assert isinstance(first, Input)
    assert (join.stage, join.identity, join.position) == ("strategies", first.identity, first.position)


def test_new_risk_must_be_worth_its_cost_and_reducing_need_not() -> None:
    assert intents(signal(edge_bp=11.0))
    assert intents(signal(edge_bp=10.9)) == []
    assert intents(signal(edge_bp=0.0, side=SELL)), "spot is long-only: a sale reduces"
    assert intents(signal(edge_bp=0.0, name=LINEAR, side=SELL)) == []
    assert intents(signal(edge_bp=0.0, name=LINEAR, side=SELL, strength=0.0)), "strength 0 closes"


def test_an_intent_lives_no_longer_than_its_signal() -> None:
    assert intents(signal(valid_ms=300))[0].valid_until_ns == 1_300 * MILLISECOND


def test_a_conflict_is_vetoed_and_a_minority_speaks_for_nobody() -> None:
    heavy_first = intents(signal("other", BUY, at_ms=1_000), signal("cross", SELL, at_ms=1_100))
    assert [(each.portfolio, each.side) for each in heavy_first] == [("both", BUY), ("main", SELL)]
    heavy_last = intents(signal("cross", SELL, at_ms=1_000), signal("other", BUY, at_ms=1_100))
    assert [(each.portfolio, each.side, each.confidence) for each in heavy_last] == [
        ("both", SELL, 1.0),
        ("main", SELL, 1.0),
        ("both", BUY, 0.75),
    ]


def test_a_spot_sale_and_a_close_only_reduce() -> None:
    assert intents(signal(side=SELL))[0].is_reduce_only
    assert not intents(signal(side=SELL, name=LINEAR))[0].is_reduce_only
    assert intents(signal(side=SELL, name=LINEAR, strength=0.0))[0].is_reduce_only
    assert not intents(signal(side=BUY))[0].is_reduce_only


def test_the_instruments_rules_say_what_is_spot_and_are_named_as_used() -> None:
    rules = reference_pb2.Instrument(instrument=SPOT, kind=reference_pb2.INSTRUMENT_KIND_LINEAR)
    side = Side(make_input("market.instruments.v1", SPOT, rules, 7))
    run = run_split(STAGE, [side, *records(signal(side=SELL))])
    (intent, *_) = run.messages("strategies.intents.v1")
    assert isinstance(intent, intents_pb2.Intent)
    assert not intent.is_reduce_only
    assert run.outputs[0].uses[0].offset == 7


signals = st.builds(
    signal,
    st.sampled_from(["cross", "other", "stranger"]),
    st.sampled_from([BUY, SELL, values_pb2.SIDE_UNSPECIFIED]),
    st.sampled_from([SPOT, LINEAR]),
    st.integers(1, 20).map(lambda tenths: tenths * 100),
    strength=st.sampled_from([0.0, 0.1, 1 / 3, 1.0, float("nan")]),
    valid_ms=st.sampled_from([0, 100, 1_000]),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(signals, max_size=25), st.data())
def test_cuts_and_snapshots_change_nothing(said: list[signals_pb2.Signal], data: st.DataObject) -> None:
    steps, places = records(*said), st.sets(st.integers(0, len(said)))
    whole = run_split(STAGE, steps)
    assert run_split(STAGE, steps, data.draw(places), data.draw(places)) == whole
