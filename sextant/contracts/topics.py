"""The topic registry: which topics there are, who writes and reads them, how they are keyed, kept and poisoned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from google.protobuf.message import Message

from sextant.contracts.archive.v1 import places_pb2
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.market.v1 import events_pb2, frames_pb2, reference_pb2, validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.core.errors import InvalidValue
from sextant.core.partitions import MARKET_PARTITIONS, PORTFOLIO_PARTITIONS

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS


class Delivery(Enum):
    """How consumers read: as a group that shares the partitions, or every instance everything."""

    PARTITIONED = "partitioned"
    BROADCAST = "broadcast"


class Poison(Enum):
    """What happens to a record that cannot be read."""

    DEAD_LETTER = "dead-letter"
    HALT = "halt"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `retention_ms` None means compacted. `code` is the topic's byte in lineage headers and never changes.

    `consumers` read it today. `reserved_for` names services that are meant to and do not: they get no grant and no dead letters until they do.
    """

    name: str
    code: int
    message: type[Message]
    owner: str
    consumers: tuple[str, ...]
    key: str
    partitions: int
    delivery: Delivery
    poison: Poison
    retention_ms: int | None
    says: str
    reserved_for: tuple[str, ...] = ()
    #: False where the owner does not write it yet: name, code and message are settled, and nothing flows.
    is_written: bool = True

    @property
    def is_compacted(self) -> bool:
        return self.retention_ms is None


#: Stages in the order in which data flows; the index is the stage's byte in lineage headers and never changes.
STAGES: Final = (
    *("ingest", "triangulation", "features", "strategies", "ensemble", "risk", "execution", "ledger"),
    *("breaker", "archive", "console"),
)
#: Who knows the trading rules, and who knows the venues' clocks.
_RULES: Final = ("triangulation", "features", "ensemble", "risk", "execution", "archive", "console")
_CLOCKS: Final = ("triangulation", "execution", "archive", "console")
_STATEFUL: Final = ("triangulation", "features", "strategies", "ensemble", "risk", "breaker")
_MARKET, _MONEY = Poison.DEAD_LETTER, Poison.HALT
_GROUP, _EVERY = Delivery.PARTITIONED, Delivery.BROADCAST


def _topics() -> tuple[Topic, ...]:
    market, books = MARKET_PARTITIONS, PORTFOLIO_PARTITIONS
    return (
        Topic("market.frames.v1", 1, frames_pb2.FrameBatch, "ingest", ("archive",), "venue/connection", market, _GROUP, _MARKET, 2 * HOUR_MS, "raw frames as received"),
        Topic("market.events.v1", 2, events_pb2.EventBatch, "ingest", ("triangulation", "execution", "archive", "console"), "base asset", market, _GROUP, _MARKET, DAY_MS, "normalised columnar batches"),
        Topic("market.instruments.v1", 3, reference_pb2.Instrument, "ingest", _RULES, "instrument", 1, _EVERY, _MONEY, None, "trading rules by version", reserved_for=("strategies", "breaker", "ledger")),
        Topic("market.clocks.v1", 4, reference_pb2.VenueClock, "ingest", _CLOCKS, "venue", 1, _EVERY, _MARKET, None, "clock offset of each venue", reserved_for=("features", "strategies", "ensemble", "risk", "breaker", "ledger")),
        Topic("market.validated.v1", 5, validated_pb2.ValidatedBatch, "triangulation", ("features", "archive", "console"), "base asset", market, _GROUP, _MARKET, DAY_MS, "the batch, the verdict, the fix"),
        Topic("market.anomalies.v1", 6, validated_pb2.Anomaly, "triangulation", ("console", "archive"), "base asset", market, _GROUP, _MARKET, 7 * DAY_MS, "what was wrong, where, how sure"),
        Topic("features.candles.v1", 7, features_pb2.Candle, "features", ("archive",), "instrument", market, _GROUP, _MARKET, 7 * DAY_MS, "closed candles by event time", reserved_for=("features",)),
        Topic("features.vectors.v1", 8, features_pb2.FeatureVector, "features", ("strategies", "ledger", "archive", "console"), "instrument", market, _GROUP, _MARKET, DAY_MS, "features at the close of a bar"),
        Topic("strategies.external.v1", 9, signals_pb2.ExternalSignal, "ingest", ("archive",), "instrument", market, _GROUP, _MARKET, 7 * DAY_MS, "authenticated signals of outsiders", reserved_for=("strategies",), is_written=False),
        Topic("strategies.signals.v1", 10, signals_pb2.Signal, "strategies", ("ensemble", "archive", "console"), "instrument", market, _GROUP, _MARKET, 7 * DAY_MS, "what a strategy thinks"),
        Topic("strategies.intents.v1", 11, intents_pb2.Intent, "ensemble", ("risk", "archive", "console"), "portfolio", books, _GROUP, _MONEY, 30 * DAY_MS, "what a portfolio wants, and why"),
        Topic("risk.parameters.v1", 12, risk_pb2.Parameters, "features", ("risk", "archive"), "instrument", 1, _EVERY, _MONEY, None, "size and stop multipliers"),
        Topic("risk.decisions.v1", 13, risk_pb2.Decision, "risk", ("execution", "archive", "console"), "portfolio", books, _GROUP, _MONEY, 30 * DAY_MS, "approved or refused, every check"),
        Topic("risk.breakers.v1", 14, risk_pb2.Breaker, "breaker", ("risk", "execution", "archive", "console"), "scope", 1, _EVERY, _MONEY, None, "breaker states every 500 ms"),
        Topic("execution.orders.v1", 15, execution_pb2.OrderEvent, "execution", ("ledger", "risk", "archive", "console"), "client order id", books, _GROUP, _MONEY, 30 * DAY_MS, "each change of state of an order"),
        Topic("execution.fills.v1", 16, execution_pb2.Fill, "execution", ("ledger", "risk", "archive", "console"), "venue, trade id", books, _GROUP, _MONEY, 30 * DAY_MS, "fills as keyed facts"),
        Topic("ledger.entries.v1", 17, ledger_pb2.Entry, "ledger", ("archive", "console"), "portfolio", books, _GROUP, _MONEY, 30 * DAY_MS, "double-entry postings"),
        Topic("ledger.portfolios.v1", 18, ledger_pb2.Portfolio, "ledger", ("risk", "breaker", "archive", "console"), "portfolio", 1, _EVERY, _MONEY, None, "positions, balances, equity, offsets applied"),
        Topic("control.commands.v1", 19, control_pb2.Command, "console", ("breaker", "risk", "execution", "ledger", "archive"), "command id", 1, _EVERY, _MONEY, 30 * DAY_MS, "signed operator commands", reserved_for=("strategies",)),
        Topic("control.audit.v1", 20, control_pb2.AuditEntry, "ledger", ("archive",), "one chain", 1, _GROUP, _MONEY, 365 * DAY_MS, "hash-chained audit log"),
        Topic("archive.places.v1", 21, places_pb2.OrderPlaces, "archive", ("archive",), "partition of the index", market, _GROUP, _MONEY, 30 * DAY_MS, "where the records of each order lie"),
        *_state_topics(),
    )  # fmt: skip


def _state_topics() -> tuple[Topic, ...]:
    inputs = {"risk": PORTFOLIO_PARTITIONS, "breaker": 1}
    return tuple(
        Topic(f"{stage}.state.v1", 32 + number, state_pb2.StateRecord, stage, (stage,), "input partition",
              inputs.get(stage, MARKET_PARTITIONS), _GROUP, _MONEY, DAY_MS * 365, "snapshots and side steps of the stage")
        for number, stage in enumerate(_STATEFUL)
    )  # fmt: skip


TOPICS: Final = {topic.name: topic for topic in _topics()}
BY_CODE: Final = {topic.code: topic for topic in TOPICS.values()}
STAGE_CODES: Final = {stage: number for number, stage in enumerate(STAGES)}


def topic(name: str) -> Topic:
    """Return a topic's entry. Raises InvalidValue that lists the known names."""
    found = TOPICS.get(name)
    if found is None:
        raise InvalidValue("topic", name, f"one of {', '.join(sorted(TOPICS))}")
    return found


def state_topic(stage: str) -> str:
    """Return the name of a stage's own state topic."""
    return f"{stage}.state.v1"


def dead_letter_topic(name: str, service: str) -> str:
    """Return the name of the dead-letter topic of one consumer of a topic."""
    return f"{name}.{service}.dlq"


def dead_letter_topics() -> tuple[str, ...]:
    """Return every dead-letter topic that the registry implies."""
    return tuple(
        dead_letter_topic(entry.name, service)
        for entry in TOPICS.values()
        if entry.poison is Poison.DEAD_LETTER and entry.delivery is Delivery.PARTITIONED
        for service in entry.consumers
    )
