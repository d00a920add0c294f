"""How results are printed: tables for people, one JSON document or line for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def print_json(data: Any) -> None:
    """Print one indented document."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def print_line(data: Any) -> None:
    """Print one line of JSON."""
    typer.echo(json.dumps(data, ensure_ascii=False, separators=(", ", ": ")))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()
) -> None:
    """Print an aligned table; columns in `numbers` are right-aligned. Nothing is cut when a program or a file reads it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    lines = [list(row) for row in rows]
    for line in lines:
        table.add_row(*map(escape, line))
    widest = sum(max(len(line[at]) for line in [list(columns), *lines]) + 2 for at in range(len(columns)))
    Console(width=None if sys.stdout.isatty() else widest, highlight=False).print(table)
