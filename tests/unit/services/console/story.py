"""A picture that has heard the story of the examples, and records to tell it with."""

from __future__ import annotations

from google.protobuf.message import Message

from services.console.domain.facts import GroupLag
from services.console.domain.picture import Picture
from services.console.state import Reader
from sextant.bus.port import Position, Record
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.examples.values import at
from sextant.core.time import MILLISECOND
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import LINEAGE

NOW = at(2_000)
STARTED = at(-58_000)


def record(
    topic: str, key: str, message: Message | None, *, lineage: Lineage | None = None, offset: int = 0
) -> Record:
    """Return a record as it lies in the log."""
    headers = {LINEAGE: (lineage or Lineage()).raw}
    value = None if message is None else message.SerializeToString()
    return Record(topic, 0, offset, key.encode(), value, headers, NOW // MILLISECOND)


def example(topic: str, name: str, *, lineage: Lineage | None = None) -> Record:
    """Return one of the canonical examples as a record."""
    chosen = EXAMPLES[topic][name]
    return record(topic, chosen.key, chosen.message, lineage=lineage)


def new_reader() -> Reader:
    return Reader(Picture("sim", ("alpha", "beta", "gamma"), STARTED))


def way(*steps: tuple[str, int, int]) -> Lineage:
    """Return a lineage of hops (stage, read at, written at), ms after the story began; the first reads from a socket."""
    lineage = Lineage()
    for number, (stage, in_ms, out_ms) in enumerate(steps):
        source = Position("market.events.v1", 0, number) if number else None
        lineage = lineage.with_hop(Hop(stage, f"{stage}-0", "local", at(in_ms), at(out_ms), source))
    return lineage


TO_VECTOR = (("ingest", 0, 1), ("triangulation", 3, 4), ("features", 7, 9))
TO_ORDER = (*TO_VECTOR, ("strategies", 10, 11), ("ensemble", 12, 13), ("risk", 15, 16), ("execution", 20, 24))


def told() -> Picture:
    """Return the picture after every example of every topic that the console reads."""
    reader = new_reader()
    reader.take(
        [example("market.events.v1", name) for name in ("all-channels", "history")], NOW - 1_200 * MILLISECOND
    )
    for topic, name, steps in (
        ("market.instruments.v1", next(iter(EXAMPLES["market.instruments.v1"])), ()),
        ("market.clocks.v1", next(iter(EXAMPLES["market.clocks.v1"])), ()),
        ("features.vectors.v1", next(iter(EXAMPLES["features.vectors.v1"])), TO_VECTOR),
        ("strategies.signals.v1", next(iter(EXAMPLES["strategies.signals.v1"])), TO_ORDER[:4]),
        ("strategies.intents.v1", next(iter(EXAMPLES["strategies.intents.v1"])), TO_ORDER[:5]),
        ("risk.decisions.v1", "approved", TO_ORDER[:6]),
        ("risk.decisions.v1", "refused", TO_ORDER[:6]),
        ("risk.breakers.v1", "closed", ()),
        ("execution.orders.v1", "pending", TO_ORDER),
        ("execution.orders.v1", "unknown", TO_ORDER),
        ("execution.fills.v1", "taker", TO_ORDER),
        ("ledger.entries.v1", "fill", TO_ORDER),
        ("ledger.portfolios.v1", "trading", ()),
        ("market.anomalies.v1", next(iter(EXAMPLES["market.anomalies.v1"])), ()),
    ):
        reader.take([example(topic, name, lineage=way(*steps))], NOW - 400 * MILLISECOND)
    reader.picture.lags = (
        GroupLag("risk", 3),
        GroupLag("archive", 1_204),
        GroupLag("ledger", 0),
        GroupLag("breaker", None),
    )
    return reader.picture
