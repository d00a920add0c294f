"""The arguments that every benchmark takes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Runs below this are for trying a change out; published figures are medians of at least so many.
PUBLISHED_RUNS = 5


@dataclass(frozen=True, slots=True)
class Options:
    """`runs` counted runs follow one warm-up; `json` is where the table goes as data as well."""

    runs: int
    json: Path | None


def parse(name: str, says: str, argv: Sequence[str] | None = None) -> Options:
    """Return the options of a benchmark; ends the process with a usage message for arguments that cannot be used."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=says,
        epilog=f"example: python -m benchmarks.{name} --runs 1 --json table.json",
    )
    parser.add_argument(
        "--runs", type=_positive, default=PUBLISHED_RUNS, help="counted runs after one warm-up"
    )
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="write the table there too")
    chosen = parser.parse_args(argv)
    return Options(chosen.runs, chosen.json)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1 run, was {text}")
    return value
