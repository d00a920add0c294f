"""Trades counted twice are found in the candles: each may count no more than were validated in its time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proofs.faults.aftermath import read_aftermath
from proofs.faults.doubled import CANDLES, VALIDATED, doubled_candles
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.contracts.batches import BatchWriter
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.scaled import Scale
from sextant.core.identity import Identity, Root
from sextant.core.time import SECOND, SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import Stamper

BTC, VECTORS = "alpha:BTC/USDT", "features.vectors.v1"
SCALE = Scale.of(-2, -5)
STAMPER = Stamper("features", "0", "local", SystemClock())


async def log_with(candle: features_pb2.Candle, *, deliveries: int = 1) -> MemoryBus:
    """Return a log with three trades in second 5 and one in second 6, validated so many times, and a candle."""
    writer = BatchWriter("alpha", BTC, "spot-0", SCALE)
    for number, time_ns in enumerate((5 * SECOND, 5 * SECOND + 1, 6 * SECOND - 1, 6 * SECOND)):
        writer.trade(time_ns, time_ns, 60_000_00, 1, 1, number + 1)
    batch = writer.close(1, 0, SCALE).SerializeToString()
    root = Identity(Root.at("market.events.v1", 0, 0))
    validated = validated_pb2.ValidatedBatch(instrument=BTC, batch=batch)
    bus = await MemoryBus(MemoryLog()).start()
    await bus.ensure_topics()
    stamped = Stamper("triangulation", "0", "local", SystemClock())
    once = stamped.outgoing(VALIDATED, BTC, "BTC", validated, root.child(0), Lineage())
    said = STAMPER.outgoing(CANDLES, BTC, "BTC", candle, root.child(0).child(0), Lineage())
    await bus.producer().send([once] * deliveries + [said])
    return bus


def candle(trades: int) -> features_pb2.Candle:
    return features_pb2.Candle(instrument=BTC, open_time_ns=5 * SECOND, interval_ns=SECOND, trades=trades)


@pytest.mark.parametrize("deliveries", [1, 2])
async def test_a_candle_that_counts_each_trade_once_is_sound_however_often_they_came(deliveries: int) -> None:
    assert await doubled_candles(await log_with(candle(3), deliveries=deliveries)) == []


async def test_a_candle_that_counts_redelivered_trades_is_named() -> None:
    found = await doubled_candles(await log_with(candle(6), deliveries=2))
    assert found == [f"{BTC} at {5 * SECOND}: 6 trades of 3"]


@pytest.mark.parametrize(("trades", "doubled"), [(3, []), (4, [VECTORS])])
async def test_a_redelivered_record_may_order_its_map_otherwise_and_must_say_the_same(
    trades: int, doubled: list[str]
) -> None:
    values = {f"value_{number}": float(number) for number in range(20)}
    first = features_pb2.FeatureVector(instrument=BTC, values=values, candle=candle(3))
    again = features_pb2.FeatureVector(
        instrument=BTC, values=dict(reversed(values.items())), candle=candle(trades)
    )
    identity = Identity(Root.at("market.events.v1", 0, 0)).child(0).child(0)
    bus = await MemoryBus(MemoryLog()).start()
    await bus.ensure_topics()
    said = [STAMPER.outgoing(VECTORS, BTC, "BTC", vector, identity, Lineage()) for vector in (first, again)]
    swapped = _map_swapped(again)
    await bus.producer().send([said[0], replace(said[1], value=swapped)])

    assert list((await read_aftermath(bus)).doubled) == doubled


def _map_swapped(vector: features_pb2.FeatureVector) -> bytes:
    """Return the vector with its map's entries written in the opposite order, as another process may write them."""
    parts = []
    for name, value in sorted(vector.values.items(), reverse=True):
        parts.append(features_pb2.FeatureVector(values={name: value}).SerializeToString())
    bare = features_pb2.FeatureVector()
    bare.CopyFrom(vector)
    bare.ClearField("values")
    return bare.SerializeToString() + b"".join(parts)
