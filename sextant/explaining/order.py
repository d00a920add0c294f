"""An order's whole story in one call: what `sextant explain` prints and what the operator API answers."""

from __future__ import annotations

import io
from typing import Final

from rich.console import Console

from sextant.bus.kafka.log import KafkaLog
from sextant.bus.kafka.security import OPEN, Security
from sextant.explaining.assemble import assemble
from sextant.explaining.gather import gather
from sextant.explaining.kafka import KafkaReader
from sextant.explaining.tree import explanation_tree
from sextant.explaining.values import Explanation

#: Wide enough that no line of the tree is folded when a program or a file reads it.
FILE_WIDTH: Final = 240


async def explain_order(
    bootstrap: str,
    order_id: str,
    *,
    client_id: str,
    since_ms: int | None = None,
    uses_index: bool = True,
    security: Security = OPEN,
) -> Explanation:
    """Return how an order came about, from the log at `bootstrap`; `order_id` may be an intent's id too.

    `since_ms` and `uses_index` as in gather(). Raises OrderNotFound, BusUnavailable.
    """
    async with KafkaLog(bootstrap, client_id, security=security) as log:
        found = await gather(KafkaReader(log), order_id, since_ms=since_ms, uses_index=uses_index)
    return assemble(found)


def explanation_text(explanation: Explanation, jaeger_url: str = "") -> str:
    """Return the tree as plain text, without colours, no line of it folded."""
    file = io.StringIO()
    Console(file=file, width=FILE_WIDTH, highlight=False, color_system=None).print(
        explanation_tree(explanation, jaeger_url)
    )
    return file.getvalue()
