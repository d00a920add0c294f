"""Our codec: rows into BatchWriter, the mirror's bytes out; back as numpy views or as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.codec.events import DEPTH, LEVEL, QUOTE, TRADE, Event
from sextant.contracts.batches import BatchWriter, Best, Levels
from sextant.contracts.columns import column, open_batch
from sextant.contracts.scaled import Scale

_TABLES = (
    ("trades", ("arrival", *TRADE)),
    ("quotes", ("arrival", *QUOTE)),
    ("depth", ("arrival", "level_count", *DEPTH, *LEVEL)),
)


def encode(instrument: str, scale: Scale, events: Sequence[Event], per_batch: int) -> list[bytes]:
    """Return the events as batches of `per_batch` rows."""
    writer = BatchWriter(instrument.partition(":")[0], instrument, "spot-0", scale)
    batches: list[bytes] = []
    for start in range(0, len(events), per_batch):
        chunk = events[start : start + per_batch]
        for event in chunk:
            _write(writer, event)
        writer.came_from(start + len(chunk), chunk[-1].values[1], chunk[-1].values[0])
        batches.append(writer.close(1, len(batches), scale).SerializeToString())
    return batches


def views(batches: Iterable[bytes]) -> list[npt.NDArray[np.int64]]:
    """Return every column of every batch as a view: what a consumer does that computes on columns."""
    found = []
    for data in batches:
        batch = open_batch(data)
        for table, names in _TABLES:
            if batch.HasField(table):
                held = getattr(batch, table)
                found += [column(getattr(held, name)) for name in names]
    return found


def _write(writer: BatchWriter, event: Event) -> None:
    values = event.values
    if event.kind == "quote":
        writer.quote(*values)
    elif event.kind == "trade":
        writer.trade(*values)
    else:
        exchange_ns, receive_ns, first_id, last_id, *best = values
        sides, prices, quantities = (
            map(list, zip(*event.levels, strict=True)) if event.levels else ([], [], [])
        )
        writer.depth(
            exchange_ns, receive_ns, first_id, last_id, Levels(sides, prices, quantities), Best(*best)
        )
