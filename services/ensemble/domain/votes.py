"""What strategies said last, and what a portfolio makes of it: a weighted vote with a conflict veto."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sextant.core.instruments import Side


@dataclass(frozen=True, slots=True)
class Opinion:
    """The part of a signal that votes, where the signal lies (`topic`, `partition`, `offset`) and its identity in hexadecimal digits."""

    strategy: str
    signal_id: str
    topic: str
    partition: int
    offset: int
    side: Side
    strength: float
    event_time_ns: int
    valid_until_ns: int
    identity: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether the strength is a number from 0 to 1 and there was a moment at which it was valid."""
        return 0.0 <= self.strength <= 1.0 and self.valid_until_ns >= self.event_time_ns

    def is_valid_at(self, event_time_ns: int) -> bool:
        """Whether it has not expired; one that is ahead of `event_time_ns` counts, so that a late voice cannot miss a conflict."""
        return event_time_ns <= self.valid_until_ns


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits of a vote: shares of the weight that spoke, 0 to 1; and how many times its cost the edge of new risk must be."""

    minimum_confidence: float
    conflict_veto: float
    minimum_edge_to_cost: float

    def is_worth(self, edge_bp: float, cost_bp: float) -> bool:
        """Return whether new risk pays on a signal that expects this; what is no number never does."""
        return edge_bp >= self.minimum_edge_to_cost * cost_bp


@dataclass(frozen=True, slots=True)
class Ballot:
    """One strategy's opinion with the weight that the portfolio gives it."""

    opinion: Opinion
    weight: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the vote says: side, mean strength of the winners, share of the weight that agrees, every ballot."""

    side: Side
    strength: float
    confidence: float
    ballots: tuple[Ballot, ...]


class Opinions:
    """The newest opinion of each strategy on each instrument; the whole state of the stage."""

    def __init__(self) -> None:
        self._latest: dict[str, dict[str, Opinion]] = {}

    def hear(self, instrument: str, opinion: Opinion) -> bool:
        """Take an opinion and forget those that had expired by then. Returns whether it is the strategy's newest usable one."""
        spoken = self._latest.get(instrument, {})
        before = spoken.get(opinion.strategy)
        if not opinion.is_usable or (before is not None and before.event_time_ns > opinion.event_time_ns):
            return False
        kept = {name: old for name, old in spoken.items() if old.valid_until_ns >= opinion.event_time_ns}
        self._latest[instrument] = kept | {opinion.strategy: opinion}
        return True

    def valid(self, instrument: str, event_time_ns: int) -> tuple[Opinion, ...]:
        """Return what may vote at an event time, in order of the strategies' names."""
        spoken = self._latest.get(instrument, {})
        return tuple(spoken[name] for name in sorted(spoken) if spoken[name].is_valid_at(event_time_ns))

    def all(self) -> Sequence[tuple[str, Opinion]]:
        """Return everything that is held, in order of instrument and strategy."""
        return [(name, held[key]) for name, held in sorted(self._latest.items()) for key in sorted(held)]

    def put(self, instrument: str, opinion: Opinion) -> None:
        """Put back what all() returned."""
        self._latest.setdefault(instrument, {})[opinion.strategy] = opinion


def vote(opinions: Sequence[Opinion], weights: Mapping[str, float], rules: Rules) -> Verdict | None:
    """Return what the portfolio's strategies want together; None without a majority, below the confidence or under the veto.

    A share is the weight of a side over the weight of all who spoke. The strength is the winners' weighted mean.
    """
    ballots = tuple(Ballot(each, weights[each.strategy]) for each in opinions if each.strategy in weights)
    buying, selling = _weight(ballots, Side.BUY), _weight(ballots, Side.SELL)
    total = math.fsum((buying, selling))
    if buying == selling:
        return None
    side = Side.BUY if buying > selling else Side.SELL
    confidence = max(buying, selling) / total
    if min(buying, selling) / total > rules.conflict_veto or confidence < rules.minimum_confidence:
        return None
    winners = [each for each in ballots if each.opinion.side is side]
    strength = math.fsum(each.weight * each.opinion.strength for each in winners) / max(buying, selling)
    return Verdict(side, min(strength, 1.0), confidence, ballots)


def _weight(ballots: Sequence[Ballot], side: Side) -> float:
    return math.fsum(each.weight for each in ballots if each.opinion.side is side)
