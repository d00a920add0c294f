"""The index from orders to positions in the log: which partition of it an order belongs to."""

from __future__ import annotations

import re
from typing import Final

from sextant.core.identity import client_order_id
from sextant.core.partitions import market_partition

PLACES: Final = "archive.places.v1"
_INTENT_ID: Final = re.compile(r"[0-9a-f]{32}")


def order_named(name: str) -> str:
    """Return the client order id that an order's or an intent's id stands for: an order's is a function of its intent's alone."""
    return client_order_id(name) if _INTENT_ID.fullmatch(name) else name


def places_partition(order_id: str) -> int:
    """Return the partition of the index that holds an order. An id is a hash, so they are spread evenly."""
    return market_partition(order_id)
