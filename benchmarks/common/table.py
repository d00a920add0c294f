"""One table: printed for people, written as JSON for whoever compares runs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` head `rows`; `notes` say what the rows were measured on."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = field(default_factory=tuple)

    def text(self) -> str:
        """Return the table as lines of equally wide columns."""
        cells = [list(self.columns), *([_text(cell) for cell in row] for row in self.rows)]
        widths = [max(len(row[place]) for row in cells) for place in range(len(self.columns))]
        lines = ["  ".join(_aligned(row, widths)).rstrip() for row in cells]
        return "\n".join([self.name, *lines, *self.notes])

    def data(self) -> Mapping[str, object]:
        """Return everything as JSON values, with the machine and the time."""
        return {
            **asdict(self),
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
        }


def publish(table: Table, path: Path | None) -> None:
    """Print the table; write it to `path` too where one is given."""
    print(table.text())
    if path is not None:
        path.write_text(json.dumps(table.data(), indent=2) + "\n", encoding="utf-8")


def verdict(value: float, goal: float, *, at_least: bool) -> str:
    """Return the goal and whether the value meets it, for a goal column."""
    met = value >= goal if at_least else value <= goal
    return f"{'>=' if at_least else '<='} {goal:g} {'met' if met else 'missed'}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The first column names the row and begins at the left, numbers end at the right."""
    return [
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.2f}" if abs(cell) < 1_000 else f"{cell:.0f}"
    return str(cell)
