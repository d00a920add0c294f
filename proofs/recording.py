"""The real recording through the whole pipeline over Kafka: nothing lost, no gap invented, in step with event time, books right.

`python -m proofs.recording [--scale small|full] [--speed 10] [--recording DIR]` prints counts, lag and comparisons, and a control:
the same comparison against the quote before must find differences.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from proofs.market.findings import FRAMES, Findings, read_findings
from proofs.market.lag import Lag, Passage, lag_of, schedule_start_ns
from sextant.bus.kafka import KafkaBus
from sextant.core.errors import SextantError
from sextant.demo.plan import Plan
from sextant.demo.platform_run import Run
from sextant.demo.proof import report_of, terminable
from sextant.demo.report import Report, failures
from simulator.replay.recording import RecordingError, frames

RECORDING: Final = Path(__file__).resolve().parents[2] / "shared" / "market" / "ws_raw" / "binance_multi"
#: Event time that the line may be behind, s.
LARGEST_LAG_S: Final = 2.0
#: So long after the last frame nothing of it may be under way any more, wall s.
CAUGHT_UP_S: Final = 10.0
COMPARISONS: Final = 224
SPEED: Final = 10.0


def prove(
    recording: Path, speed: float, folder: Path, progress: Callable[[str], None]
) -> tuple[Report, Findings]:
    """Play the recording through the platform and return the report and what the log says. Stops everything whatever happens."""
    run = Run(Plan(folder=folder, recording=recording, speed=speed), progress)
    with terminable():
        try:
            run.open()
            run.watch(lambda gone: None)
            run.drain()
            servers_mb = run.server_rss_mb()
            run.stop_services()
            progress("checking what the run left")
            return asyncio.run(_judge(run, servers_mb, progress))
        finally:
            run.close()


async def _judge(run: Run, servers_mb: float, progress: Callable[[str], None]) -> tuple[Report, Findings]:
    report = await report_of(run, servers_mb, progress)
    bus = KafkaBus(run.addresses.bootstrap, client_id="sextant-proof")
    await bus.start()
    try:
        return report, await read_findings(bus)
    finally:
        await bus.stop()


def judge(report: Report, found: Findings, recorded: int, speed: float) -> tuple[dict[str, Any], list[str]]:
    """Return the figures, and what falls short of the promise. `recorded` is the number of frames of the recording."""
    lags = line_lags(found.passages, speed)
    compared = {name: books.compare() for name, books in sorted(found.books.items())}
    control = [books.compare_with_the_quote_before() for books in found.books.values()]
    figures = {
        "frames": {"recorded": recorded, "journalled": found.frames},
        "gaps": sum(venue["gaps"] for venue in report.venues.values()),
        "lag_event_s": {name: lag and _lag(lag) for name, lag in lags.items()},
        "comparisons": {name: count for name, (count, _) in compared.items()},
        "differences": sum(wrong for _, wrong in compared.values()),
        "control_differences": sum(wrong for _, wrong in control),
        "orders": dict(report.orders),
        "degraded_fixes": report.degraded_fixes,
        "fixes": report.fixes,
        "rss_mb": dict(report.rss_mb),
    }
    return figures, list(_short(report, figures, lags))


def line_lags(passages: Mapping[str, Sequence[Passage]], speed: float) -> dict[str, Lag | None]:
    """Return the lag on each topic behind the schedule of the frames; None where no record stands for a recorded tick."""
    frames = passages[FRAMES]
    start, last = schedule_start_ns(frames, speed), max(passage.stamp_ns for passage in frames)
    return {topic: lag_of(own, start, speed, last) if own else None for topic, own in passages.items()}


def lag_shortfalls(lags: Mapping[str, Lag | None]) -> Iterator[str]:
    """Yield where the line fell behind, did not catch up, or said nothing that could be judged."""
    for name, lag in lags.items():
        if lag is None:
            yield f"{name}: expected records that a recorded tick caused, was none"
            continue
        if lag.largest_s > LARGEST_LAG_S:
            yield f"{name}: expected at most {LARGEST_LAG_S} s of event time behind, was {lag.largest_s:.2f} s"
        if lag.end_s > CAUGHT_UP_S:
            yield f"{name}: expected to have caught up {CAUGHT_UP_S} s after the last frame, was {lag.end_s:.1f} s"


def _short(report: Report, figures: dict[str, Any], lags: Mapping[str, Lag | None]) -> Sequence[str]:
    found = failures(report)
    if figures["frames"]["journalled"] != figures["frames"]["recorded"]:
        found.append(
            f"frames: expected {figures['frames']['recorded']}, was {figures['frames']['journalled']}"
        )
    if figures["gaps"]:
        found.append(f"gaps: expected none, as in the recording, was {figures['gaps']}")
    compared = sum(figures["comparisons"].values())
    if compared < COMPARISONS:
        found.append(f"books: expected {COMPARISONS} comparisons or more, was {compared}")
    if figures["differences"]:
        found.append(
            f"books: expected no difference from the recorded best prices, was {figures['differences']}"
        )
    found += lag_shortfalls(lags)
    if not figures["control_differences"]:
        found.append("control: a book that lags by one change was not found out")
    return found


def _lag(lag: Lag) -> dict[str, float]:
    return {
        "records": lag.records,
        "largest": round(lag.largest_s, 3),
        "p99": round(lag.p99_s, 3),
        "caught_up_wall": round(lag.end_s, 3),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the proof of the command line; return the exit code."""
    arguments = _parser().parse_args(argv)
    if not arguments.recording.is_dir():
        print(f"no recording at {arguments.recording}: give --recording DIR", file=sys.stderr)
        return 2
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="sextant-recording-"))
    print(
        f"proof recording, no seed: a recording, played whole at {arguments.speed:g}x; SEED and SCALE change nothing; "
        f"files in {folder}",
        flush=True,
    )
    begin = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {line}", flush=True)

    try:
        recorded = sum(not frame.is_snapshot for frame in frames(arguments.recording))
        report, found = prove(arguments.recording, arguments.speed, folder, progress)
    except (SextantError, RecordingError, TimeoutError, OSError) as error:
        print(f"the proof has failed: {error}\nlogs: {folder}", file=sys.stderr)
        return 1
    figures, short = judge(report, found, recorded, arguments.speed)
    print(json.dumps(figures, indent=1))
    print("\n".join(short) if short else "the proof holds: the recording came through whole and in step")
    return 1 if short else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.recording",
        description=__doc__,
        epilog="example: python -m proofs.recording --speed 10",
    )
    parser.add_argument(
        "--scale", choices=("small", "full"), default="full", help="both play the whole recording"
    )
    parser.add_argument("--seed", type=int, default=0, help="a recording has none: it changes nothing")
    parser.add_argument(
        "--speed", type=float, default=SPEED, help="times the original (default: %(default)s)"
    )
    parser.add_argument("--recording", type=Path, default=RECORDING, help="folder of the recorded files")
    parser.add_argument("--folder", type=Path, default=None, help="where logs and data go")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
