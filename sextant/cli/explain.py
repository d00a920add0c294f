"""`sextant explain`: how an order came about."""

from __future__ import annotations

import sys
from json import loads
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sextant.cli.broker import Kafka, bootstrap, security
from sextant.cli.operator_options import Api, Authority, Secret, client_of
from sextant.cli.printing import Json, print_json
from sextant.cli.running import run
from sextant.cli.tail import instant_ms
from sextant.contracts.operator.v1 import api_pb2
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
    api: Api = "",
    authority: Authority = None,
    secret: Secret = None,
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
    Where the operator API is named, it is asked and no broker is needed; --since and --scan search the log from here.

    Example: sextant explain sxtfgfncgcw6g5qusw
    """
    if api and not (since or scan):
        told = run(_ask(api, authority, secret, order, jaeger))
        if json:
            print_json(loads(told.document))
        else:
            typer.echo(told.text, nl=False)
        return
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


async def _ask(
    api: str, authority: Path | None, secret: Path | None, order: str, jaeger: str
) -> api_pb2.ExplainResponse:
    async with client_of(api, secret, authority) as client:
        return await client.explain(order, jaeger)
