"""`sextant explain`: how an order came about."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from sextant.cli.broker import Kafka, bootstrap
from sextant.cli.explaining.assemble import assemble
from sextant.cli.explaining.gather import gather
from sextant.cli.explaining.kafka import KafkaReader
from sextant.cli.explaining.tree import explanation_data, explanation_tree
from sextant.cli.explaining.values import Found
from sextant.cli.log import KafkaLog
from sextant.cli.printing import Json, print_json
from sextant.cli.running import run
from sextant.cli.tail import instant_ms

#: Wide enough that no line of the tree is folded when a program or a file reads it.
_FILE_WIDTH = 240


def explain(
    order: Annotated[
        str, typer.Argument(metavar="ORDER_ID", help="Client order id: the key in execution.orders.v1.")
    ],
    kafka: Kafka = "",
    since: Annotated[
        str, typer.Option(help="Search only what came since: an age (30s, 5m, 2h, 1d) or a time in ISO 8601.")
    ] = "",
    json: Json = False,
) -> None:
    """Show how an order came about: frame, fix, vector, signal, votes, intent, decision with its checks, fills, postings.

    Each step is shown with its position in the log, its time and its latency.

    Example: sextant explain sxtfgfncgcw6g5qusw --since 1h
    """
    address = bootstrap(kafka)

    async def work() -> Found:
        async with KafkaLog(address) as log:
            return await gather(KafkaReader(log), order, since_ms=instant_ms(since) if since else None)

    explanation = assemble(run(work()))
    if json:
        print_json(explanation_data(explanation))
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_WIDTH)
    console.print(explanation_tree(explanation))
