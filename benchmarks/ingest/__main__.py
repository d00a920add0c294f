"""`python -m benchmarks.ingest`: CPU per frame from venue bytes to normalised bytes, by market and kind of frame."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from itertools import product
from statistics import median
from typing import Final

from benchmarks.chain.broker import local_broker
from benchmarks.common.options import parse
from benchmarks.common.runs import interleaved, median_ratio
from benchmarks.common.table import Cell, Table, publish, verdict
from benchmarks.common.tapes import KINDS, Frame, Tape, load_tapes
from benchmarks.ingest.equality import (
    frame_events,
    our_book,
    our_events,
    peer_book,
    peer_events,
    without_best,
)
from benchmarks.ingest.footprint import GOAL as BYTES_GOAL
from benchmarks.ingest.footprint import footprint
from benchmarks.ingest.paths import Floor, OurPath, Path, decimals, decode_only
from benchmarks.ingest.peer import CryptofeedPath, is_installed
from sextant.venues.native import choose

GOAL: Final = 2.5
#: (times the recorded pace, seconds of the recording); slower than recorded shows what a faster machine would do: smaller batches.
_PACES: Final = ((0.2, 1.2), (1.0, 6.0), (10.0, 20.0))
_LOGGED_FRAMES: Final = 8_000
_FRAMES: Final = 3_000
_SAYS: Final = (
    "Venue bytes to normalised columnar bytes, book kept, best prices read, against cryptofeed to JSON bytes."
)


def main() -> int:
    options = parse("ingest", _SAYS)
    if not is_installed():
        print("peer absent: cryptofeed is not installed (it comes with the dev extra), nothing to compare")
        return 0
    tapes, origin = load_tapes(_FRAMES)
    for tape in tapes:
        check_equal(tape)
    floor_name, floor = decode_only()
    readers = list(dict.fromkeys((choose("auto").name, "pure")))
    others: dict[str, Path] = {
        "cryptofeed": CryptofeedPath(reads_best=False),
        "cf, best read": CryptofeedPath(reads_best=True),
        floor_name: floor,
        "json + Decimal": Floor(decimals),
    }
    rows = [
        row
        for tape in tapes
        for kind in ("mix", *KINDS)
        for row in _rows(tape, kind, others, readers, options.runs)
    ]
    rows += _footprints(len(others) + len(_ours("pure")))
    columns = [
        *("us a frame", "frames", *others, *_ours("pure")),
        *("x", "x best read", "x /1", "goal (mix)"),
    ]
    notes = [
        origin,
        f"CPU, medians of {options.runs} interleaved runs after a warm-up; events, best prices and final books of both are equal",
        "ours/64, ours/1: frames a batch (1 = the socket drained after each); ours always says the best prices after each change",
        "native, pure: who reads the frames; a service takes native where the module is built"
        + _absence(readers),
        "broker bytes: segments of market.frames, market.events and market.validated on a real broker / bytes of the frames (x column)",
        "x: cryptofeed / ours/64; x best read: where cryptofeed reads its best prices too; x /1: cryptofeed / ours/1",
    ]
    publish(Table("ingest: venue bytes to normalised bytes", columns, rows, notes), options.json)
    return 0


def check_equal(tape: Tape) -> None:
    """Play the whole tape through our path and the peer. Raises AssertionError where they do not say the same."""
    peer = CryptofeedPath(reads_best=True)
    peer.cpu_seconds(tape, tape.frames)
    said = peer_events(peer.output)
    read = frame_events(tape.frames)
    for per_batch, reader in product((64, 1), ("auto", "pure")):
        ours = OurPath(per_batch, reader=reader)
        ours.cpu_seconds(tape, tape.frames)
        events = our_events(ours.output)
        _same(f"{tape.name}: events of our path and of the frames", without_best(events), read)
        _same(f"{tape.name}: events of our path and of cryptofeed", events, said)
        assert ours.feed is not None, "the path has played"
        book = ours.feed.books[tape.instrument.name]
        _same(f"{tape.name}: final books", our_book(book), peer_book(peer.book))


def _same(what: str, one: object, other: object) -> None:
    if one != other:
        raise AssertionError(f"{what} differ")


def _ours(reader: str) -> dict[str, Path]:
    return {
        "ours/64": OurPath(64, reader=reader),
        "ours/1": OurPath(1, reader=reader),
        "ours/64+journal": OurPath(64, keeps_frames=True, reader=reader),
    }


def _absence(readers: list[str]) -> str:
    return "" if "native" in readers else "; it is not built here"


def _rows(tape: Tape, kind: str, others: dict[str, Path], readers: list[str], runs: int) -> list[list[Cell]]:
    """Return a row for each reader; everything is timed in the same rounds."""
    frames = tape.of(kind)
    paths = others | {f"{reader} {name}": path for reader in readers for name, path in _ours(reader).items()}
    cases: dict[str, Callable[[], float]] = {
        name: partial(_us_a_frame, path, tape, frames) for name, path in paths.items()
    }
    took = interleaved(cases, runs)
    rows: list[list[Cell]] = []
    for reader in readers:
        own = {name: took[f"{reader} {name}"] for name in _ours(reader)}
        ratios = [
            median_ratio(took[peer], own[name])
            for peer, name in (
                ("cryptofeed", "ours/64"),
                ("cf, best read", "ours/64"),
                ("cryptofeed", "ours/1"),
            )
        ]
        goal = verdict(ratios[0], GOAL, at_least=True) if kind == "mix" else ""
        times = [median(took[name]) for name in others] + [median(values) for values in own.values()]
        rows.append([f"{tape.name} {kind}, {reader}", len(frames), *times, *ratios, goal])
    return rows


def _footprints(timed: int) -> list[list[Cell]]:
    """Return what the log holds per byte that the venues sent, at the recorded pace and at ten times it."""
    tapes = [tape for base in ("btc", "eth") for tape in load_tapes(_LOGGED_FRAMES, base=base)[0]]
    rows: list[list[Cell]] = []
    for speed, seconds in _PACES:
        with local_broker() as broker:
            found = asyncio.run(footprint(broker, tapes, seconds=seconds, speed=speed))
        parts = ", ".join(
            f"{topic.split('.')[1]} {size / found.venue_bytes:.2f}"
            for topic, size in found.broker_bytes.items()
        )
        print(f"broker bytes at {speed:g}x: {parts}", file=sys.stderr)
        goal = verdict(found.ratio, BYTES_GOAL, at_least=False)
        blank: list[Cell] = [None] * timed
        rows.append(
            [
                f"broker bytes, {speed:g}x, {found.frames / found.batches:.1f} frames a batch",
                found.frames,
                *blank,
                found.ratio,
                None,
                None,
                goal,
            ]
        )
    return rows


def _us_a_frame(path: Path, tape: Tape, frames: tuple[Frame, ...]) -> float:
    return path.cpu_seconds(tape, frames) / len(frames) * 1e6


if __name__ == "__main__":
    raise SystemExit(main())
