"""What the topics between features and risk say: vectors, signals, intents, decisions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sextant.bus.port import Bus
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.core.identity import Identity
from sextant.demo.report.books_watch import BookWatch
from sextant.demo.report.reading import Sieve, messages

VECTORS, SIGNALS = "features.vectors.v1", "strategies.signals.v1"
INTENTS, DECISIONS = "strategies.intents.v1", "risk.decisions.v1"
_INVALID = validated_pb2.VENUE_VERDICT_BOOK_INVALID
#: Features that only a whole book gives.
_BOOK_VALUES = ("book_imbalance", "spread_bp")


@dataclass(slots=True)
class LineFacts:
    """`approved` is by client order id, all decisions that approved it; consumers apply each of them."""

    vectors: int = 0
    signals: int = 0
    intents: dict[str, intents_pb2.Intent] = field(default_factory=dict)
    decided: Counter[str] = field(default_factory=Counter)
    approved: dict[str, list[risk_pb2.Decision]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    invalid_book: list[str] = field(default_factory=list)
    order_problems: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)


async def read_line(bus: Bus, books: BookWatch) -> LineFacts:
    """Read vectors, signals, intents and decisions whole."""
    facts = LineFacts()
    await _read_vectors(bus, books, facts)
    await _read_signals(bus, facts)
    await _read_intents(bus, facts)
    await _read_decisions(bus, facts)
    return facts


async def _read_vectors(bus: Bus, books: BookWatch, facts: LineFacts) -> None:
    sieve = Sieve(VECTORS)
    async for _, identity, vector in messages(bus, sieve, features_pb2.FeatureVector):
        facts.vectors += not vector.is_warm_up
        _check_vector(vector, identity, books, facts)
    facts.order_problems += sieve.problems


def _check_vector(
    vector: features_pb2.FeatureVector, identity: Identity, books: BookWatch, facts: LineFacts
) -> None:
    if not (vector.bid or vector.ask or any(name in vector.values for name in _BOOK_VALUES)):
        return
    where = f"vector of {vector.instrument} at {identity.root.source}@{identity.root.sequence}"
    if vector.verdict.verdict == _INVALID:
        facts.invalid_book.append(f"{where}: values of a book under the verdict BOOK_INVALID")
    elif books.is_broken(vector.instrument, identity.root):
        facts.invalid_book.append(f"{where}: values of a book that ingest said is not whole")


async def _read_signals(bus: Bus, facts: LineFacts) -> None:
    sieve = Sieve(SIGNALS)
    async for _, _, signal in messages(bus, sieve, signals_pb2.Signal):
        facts.signals += 1
        if signal.verdict == _INVALID:
            facts.invalid_book.append(f"signal {signal.signal_id} of {signal.instrument}")
    facts.order_problems += sieve.problems


async def _read_intents(bus: Bus, facts: LineFacts) -> None:
    sieve = Sieve(INTENTS, compares=True)
    async for _, _, intent in messages(bus, sieve, intents_pb2.Intent):
        facts.intents[intent.intent_id] = intent
        if intent.verdict == _INVALID:
            facts.invalid_book.append(f"intent {intent.intent_id} of {intent.instrument}")
    facts.order_problems += sieve.problems
    facts.contradictions += sieve.contradictions


async def _read_decisions(bus: Bus, facts: LineFacts) -> None:
    sieve = Sieve(DECISIONS, compares=True)
    async for _, _, decision in messages(bus, sieve, risk_pb2.Decision):
        _take_decision(decision, facts)
    facts.order_problems += sieve.problems
    facts.contradictions += sieve.contradictions


def _take_decision(decision: risk_pb2.Decision, facts: LineFacts) -> None:
    facts.decided[decision.intent.intent_id] += 1
    if decision.WhichOneof("outcome") == "refused":
        code = risk_pb2.RefusalCode.Name(decision.refused.code)
        facts.refused[code.removeprefix("REFUSAL_CODE_")] += 1
        return
    facts.approved.setdefault(decision.approved.client_order_id, []).append(decision)
    if decision.intent.verdict == _INVALID:
        facts.invalid_book.append(f"approved decision {decision.decision_id} of {decision.intent.instrument}")
