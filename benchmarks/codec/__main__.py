"""`python -m benchmarks.codec`: CPU and bytes per event of columnar batches and of single messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import Final

import cramjam

from benchmarks.codec import columnar
from benchmarks.codec.events import Event, batch_events, tape_events
from benchmarks.codec.single import SingleMessages
from benchmarks.common.options import parse
from benchmarks.common.runs import cpu_seconds, interleaved, median_ratio
from benchmarks.common.table import Cell, Table, publish
from benchmarks.common.tapes import load_tapes
from sextant.contracts.scaled import Scale

_FRAMES: Final = 4_000
_SIZES: Final = (1, 8, 64, 512)
_SAYS: Final = "Columnar batches (writer, mirror, numpy views) against one protobuf message an event."
#: The compression level of the bus's producer.
_ZSTD_LEVEL: Final = 3


def main() -> int:
    options = parse("codec", _SAYS)
    tapes, origin = load_tapes(_FRAMES)
    tape = tapes[0]
    events = tape_events(tape)
    tick, lot = tape.instrument.tick, tape.instrument.lot
    scale = Scale.of(int(tick.as_tuple().exponent), int(lot.as_tuple().exponent))
    name = tape.instrument.name
    check_equal(name, scale, events, _SIZES)
    rows = [_row(name, scale, events, size, options.runs) for size in _SIZES]
    columns = [
        "events a batch",
        *("encode us", "single us", "x"),
        *("views us", "rows us", "single us", "x views", "x rows"),
        *("bytes", "single", "ratio"),
        *("zstd bytes", "single", "ratio"),
    ]
    levels = sum(len(event.levels) for event in events)
    notes = [
        origin,
        f"{len(events)} events of {name}, {levels} levels; medians of {options.runs} interleaved runs, CPU per event; decoded values equal",
        "x = single / ours (above 1 is faster); ratio = ours / single (below 1 is smaller); zstd: one batch or as many messages together",
    ]
    publish(Table("codec: columnar batches and single messages", columns, rows, notes), options.json)
    return 0


def check_equal(instrument: str, scale: Scale, events: Sequence[Event], sizes: Sequence[int]) -> None:
    """Raise AssertionError where either codec does not give back what went in."""
    single = SingleMessages(instrument)
    if single.decode(single.encode(events)) != list(events):
        raise AssertionError("single messages do not decode to what was encoded")
    for size in sizes:
        if batch_events(columnar.encode(instrument, scale, events, size)) != list(events):
            raise AssertionError(f"batches of {size} do not decode to what was encoded")


def _row(instrument: str, scale: Scale, events: Sequence[Event], size: int, runs: int) -> list[Cell]:
    single = SingleMessages(instrument)
    batches, messages = columnar.encode(instrument, scale, events, size), single.encode(events)
    cases: dict[str, Callable[[], float]] = {
        "encode": partial(cpu_seconds, lambda: columnar.encode(instrument, scale, events, size)),
        "encode single": partial(cpu_seconds, lambda: single.encode(events)),
        "views": partial(cpu_seconds, lambda: columnar.views(batches)),
        "rows": partial(cpu_seconds, lambda: batch_events(batches)),
        "decode single": partial(cpu_seconds, lambda: single.decode(messages)),
    }
    took = interleaved(cases, runs)
    us = {name: median(values) / len(events) * 1e6 for name, values in took.items()}
    groups = [b"".join(messages[start : start + size]) for start in range(0, len(messages), size)]
    plain, compressed = (
        _sizes(batches, groups, len(events), _plain),
        _sizes(batches, groups, len(events), _packed),
    )
    return [
        size,
        *(us["encode"], us["encode single"], median_ratio(took["encode single"], took["encode"])),
        *(us["views"], us["rows"], us["decode single"]),
        *(median_ratio(took["decode single"], took[name]) for name in ("views", "rows")),
        *plain,
        *compressed,
    ]


def _sizes(
    ours: Sequence[bytes], single: Sequence[bytes], events: int, size: Callable[[bytes], int]
) -> list[float]:
    one, other = sum(map(size, ours)), sum(map(size, single))
    return [one / events, other / events, one / other]


def _plain(data: bytes) -> int:
    return len(data)


def _packed(data: bytes) -> int:
    return len(bytes(cramjam.zstd.compress(data, _ZSTD_LEVEL)))


if __name__ == "__main__":
    raise SystemExit(main())
