"""Examples of the index from orders to positions."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.contracts.archive.v1 import places_pb2
from sextant.contracts.examples.values import ORDER_ID, Example, position


def places() -> Mapping[str, Example]:
    """Return examples of archive.places.v1."""
    return {
        "story": Example("7", places_pb2.OrderPlaces(orders=[_story()])),
        "empty": Example("0", places_pb2.OrderPlaces()),
        "far": Example("0", places_pb2.OrderPlaces(orders=[_far(), _story()])),
    }


def _story() -> places_pb2.OrderPlace:
    return places_pb2.OrderPlace(
        client_order_id=ORDER_ID,
        positions=[
            position("risk.decisions.v1", 7, 3),
            position("execution.orders.v1", 7, 11),
            position("execution.orders.v1", 7, 12),
            position("execution.fills.v1", 7, 5),
        ],
    )


def _far() -> places_pb2.OrderPlace:
    """An intent that was refused, at the largest offset that a lineage header can hold."""
    return places_pb2.OrderPlace(
        client_order_id="sxaaaaaaaaaaaaaaaa", positions=[position("risk.decisions.v1", 11, (1 << 48) - 1)]
    )
