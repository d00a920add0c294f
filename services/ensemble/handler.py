"""Signals in, intents out: decodes, asks the domain for the vote of every portfolio concerned, builds the messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.ensemble import state as states
from services.ensemble.domain.votes import Ballot, Opinion, Opinions, Rules, Verdict, vote
from sextant.bus.port import Position
from sextant.contracts.market.v1 import reference_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.core.errors import InvalidValue
from sextant.core.identity import Identity
from sextant.core.instruments import Side, split_instrument
from sextant.runtime.stage import Input, Join, Output, PlainHandler, SideValue, SideView

INTENTS: Final = "strategies.intents.v1"
INSTRUMENTS: Final = "market.instruments.v1"
_SIDES: Final = {side.value: side for side in Side}


@dataclass(frozen=True, slots=True)
class Voters:
    """One portfolio: the weight of each of its strategies, the venues at which it has an account."""

    portfolio: str
    weights: Mapping[str, float]
    venues: frozenset[str]


class EnsembleHandler(PlainHandler):
    """One market partition. An intent is made only by a signal of the side that wins the vote, and new risk only by one that is worth its cost."""

    def __init__(self, voters: Sequence[Voters], rules: Rules, intent_valid_ns: int) -> None:
        self._voters = tuple(sorted(voters, key=lambda each: each.portfolio))
        self._rules, self._intent_valid_ns = rules, intent_valid_ns
        self._opinions = Opinions()

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        return [output for record in batch for output in self._hear(record, side)]

    def snapshot(self) -> bytes:
        return states.dump(self._opinions)

    def restore(self, state: bytes) -> None:
        self._opinions = states.load(state)

    def _hear(self, record: Input, side: SideView) -> Iterator[Output]:
        signal: signals_pb2.Signal = record.value
        opinion, venue = opinion_of(record), venue_of(signal.instrument)
        if opinion is None or venue is None or not self._opinions.hear(signal.instrument, opinion):
            return
        heard = self._opinions.valid(signal.instrument, opinion.event_time_ns)
        rules = side.get(INSTRUMENTS, signal.instrument)
        for voters in self._voters:
            if opinion.strategy not in voters.weights or venue not in voters.venues:
                continue
            verdict = vote(heard, voters.weights, self._rules)
            if verdict is None or verdict.side is not opinion.side:
                continue
            is_reducing = is_reduce_only(signal.instrument, verdict, rules)
            if is_reducing or self._rules.is_worth(signal.expected_edge_bp, signal.expected_cost_bp):
                yield self._output(record, voters.portfolio, verdict, rules, is_reducing)

    def _output(
        self,
        record: Input,
        portfolio: str,
        verdict: Verdict,
        rules: SideValue | None,
        is_reducing: bool,
    ) -> Output:
        signal: signals_pb2.Signal = record.value
        intent = intents_pb2.Intent(
            portfolio=portfolio,
            instrument=signal.instrument,
            side=verdict.side.value,  # type: ignore[arg-type]  # our sides have the wire's values
            strength=verdict.strength,
            is_reduce_only=is_reducing,
            urgency=intents_pb2.URGENCY_TAKE,
            confidence=verdict.confidence,
            votes=[ballot_message(each) for each in verdict.ballots],
            reference_price=signal.fix.price,
            bid=signal.bid,
            ask=signal.ask,
            fix=signal.fix if signal.HasField("fix") else None,
            verdict=signal.verdict,
            event_time_ns=signal.event_time_ns,
            valid_until_ns=min(signal.valid_until_ns, signal.event_time_ns + self._intent_valid_ns),
        )
        uses = () if rules is None else (rules.position,)
        return Output(
            INTENTS, portfolio, portfolio, intent, record, uses, "intent_id", joins_of(verdict, record)
        )


def opinion_of(record: Input) -> Opinion | None:
    """Return the part of a signal that votes; None for a side that is neither buy nor sell."""
    signal: signals_pb2.Signal = record.value
    side, position = _SIDES.get(signal.side), record.position
    if side is None:
        return None
    return Opinion(
        signal.strategy,
        signal.signal_id,
        position.topic,
        position.partition,
        position.offset,
        side,
        signal.strength,
        signal.event_time_ns,
        signal.valid_until_ns,
        record.identity.encode().hex(),
    )


def joins_of(verdict: Verdict, trigger: Input) -> tuple[Join, ...]:
    """Return the signals that were counted beside the one that made us vote: each came from a tick of its own."""
    return tuple(
        Join("strategies", Identity.decode(bytes.fromhex(each.identity)), at)
        for each in (ballot.opinion for ballot in verdict.ballots)
        if (at := Position(each.topic, each.partition, each.offset)) != trigger.position
    )


def venue_of(instrument: str) -> str | None:
    """Return an instrument's venue; None when the name is not one of an instrument."""
    try:
        return split_instrument(instrument)[0]
    except InvalidValue:
        return None


def is_reduce_only(instrument: str, verdict: Verdict, rules: SideValue | None) -> bool:
    """Return whether the intent may only reduce: strength 0 closes, and spot is long-only, so a sale there only reduces.

    Until the instrument's rules are known its name decides: unified symbols name a settlement asset except on spot.
    """
    if verdict.strength == 0:
        return True
    is_spot = ":" not in split_instrument(instrument)[1]
    if rules is not None:
        is_spot = rules.value.kind == reference_pb2.INSTRUMENT_KIND_SPOT
    return is_spot and verdict.side is Side.SELL


def ballot_message(ballot: Ballot) -> intents_pb2.Vote:
    """Return a vote by reference: the signal's id and position."""
    opinion = ballot.opinion
    message = intents_pb2.Vote(
        signal_id=opinion.signal_id,
        strategy=opinion.strategy,
        side=opinion.side.value,  # type: ignore[arg-type]  # our sides have the wire's values
        strength=opinion.strength,
        weight=ballot.weight,
    )
    message.position.topic = opinion.topic
    message.position.partition = opinion.partition
    message.position.offset = opinion.offset
    return message
