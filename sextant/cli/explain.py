"""`sextant explain`: how an order came about."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from sextant.cli.broker import Kafka, bootstrap, security
from sextant.cli.printing import Json, print_json
from sextant.cli.running import run
from sextant.cli.tail import instant_ms
from sextant.explaining.order import FILE_WIDTH, explain_order
from sextant.explaining.tree import explanation_data, explanation_tree

_NAME = "sextant-cli"


def explain(
    order: Annotated[
        str,
        typer.Argument(
            metavar="ORDER_ID",
            help="Client order id: the key in execution.orders.v1. Or the id of an intent, refused ones too.",
        ),
    ],
    kafka: Kafka = "",
    since: Annotated[
        str,
        typer.Option(
            help="Search what is not indexed only as far back as this: an age (30s, 5m, 2h, 1d) or a time in ISO 8601."
        ),
    ] = "",
    scan: Annotated[
        bool, typer.Option("--scan", help="Search the topics themselves: slow, for when the index is lost.")
    ] = False,
    jaeger: Annotated[
        str,
        typer.Option(envvar="SEXTANT_JAEGER_URL", help="Address of Jaeger's pages, to link the trace."),
    ] = "",
    json: Json = False,
) -> None:
    """Show how an order came about: frame, fix, vector, signal, votes, intent, decision with its checks, fills, postings.

    Each step is shown with its position in the log, its time and its latency. Where an archive runs, its index finds the order at once.

    Example: sextant explain sxtfgfncgcw6g5qusw
    """
    explanation = run(
        explain_order(
            bootstrap(kafka),
            order,
            client_id=_NAME,
            since_ms=instant_ms(since) if since else None,
            uses_index=not scan,
            security=security(),
        )
    )
    if json:
        print_json(explanation_data(explanation, jaeger))
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else FILE_WIDTH)
    console.print(explanation_tree(explanation, jaeger))
