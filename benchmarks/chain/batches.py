"""The batch that is sent: quotes of one instrument, as ingest writes them."""

from __future__ import annotations

from sextant.contracts.batches import BatchWriter
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.scaled import Scale
from sextant.core.time import MILLISECOND, SECOND

_START_NS = 1_767_225_600 * SECOND
_MID = 6_183_763


def quotes(count: int) -> mirror.EventBatch:
    """Return a batch of `count` quotes of BTC."""
    scale = Scale.of(-2, -5)
    writer = BatchWriter("alpha", "alpha:BTC/USDT", "spot-0", scale)
    for number in range(count):
        at_ns = _START_NS + number * MILLISECOND
        bid = _MID + number % 7
        writer.quote(
            at_ns,
            at_ns + MILLISECOND,
            bid,
            378_826 + number,
            bid + 1,
            154_698 + number,
            50_093_239_212 + number,
        )
        writer.came_from(number, at_ns + MILLISECOND, at_ns)
    return writer.close(1, 0, scale)
