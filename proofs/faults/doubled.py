"""What was counted or said twice, by topic: where a redelivered record was applied again, one of these is above zero."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sextant.bus.port import Bus
from sextant.contracts.columns import column, open_batch
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.demo.report.reading import Sieve, messages

CANDLES, VALIDATED = "features.candles.v1", "market.validated.v1"
#: An instrument and the start of a bar, ns.
_Bar = tuple[str, int]


async def doubled_candles(bus: Bus) -> list[str]:
    """Return the candles that count more trades than were validated in their time. Raises BusUnavailable."""
    candles = [
        candle
        async for _, _, candle in messages(bus, Sieve(CANDLES), features_pb2.Candle)
        if candle.trades and not candle.from_history
    ]
    lengths = {candle.instrument: candle.interval_ns for candle in candles}
    there: Counter[_Bar] = Counter()
    async for _, _, validated in messages(bus, Sieve(VALIDATED), validated_pb2.ValidatedBatch):
        if validated.instrument in lengths:
            there.update(_bars_of_trades(validated, lengths[validated.instrument]))
    found = []
    for candle in candles:
        trades = there[candle.instrument, candle.open_time_ns]
        if candle.trades > trades:
            found.append(f"{candle.instrument} at {candle.open_time_ns}: {candle.trades} trades of {trades}")
    return found


def _bars_of_trades(validated: validated_pb2.ValidatedBatch, length_ns: int) -> Iterator[_Bar]:
    batch = open_batch(validated.batch)
    rows = len(column(batch.trades.arrival))
    for time_ns in column(batch.trades.exchange_time_ns).tolist() or [0] * rows:
        own_ns = time_ns or batch.event_time_ns
        yield batch.instrument, own_ns - own_ns % length_ns
