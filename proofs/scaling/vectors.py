"""Feature vectors from a seed: what a features service says of forty instruments, redelivered records included."""

from __future__ import annotations

import random
from collections import deque
from typing import Final

from sextant.bus.port import Outgoing, Position
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.core.identity import Identity, Root
from sextant.core.instruments import base_asset
from sextant.core.partitions import market_partition
from sextant.core.time import MILLISECOND, SECOND, Clock
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import ROOT_TOPIC, Stamper
from sextant.sdk import catalogue

VECTORS: Final = "features.vectors.v1"
#: One of each market partition, so that every partition has something to answer.
_FIRST: Final = (
    *("BTC", "ETH", "SOL", "XRP", "BNB", "DOGE", "ADA", "AVAX", "LINK", "DOT", "LTC", "BCH"),
    *("TRX", "TON", "SUI", "NEAR", "POL", "UNI", "ATOM", "ETC", "XLM", "FIL", "APT", "ARB"),
)
INSTRUMENTS: Final = (
    *(f"alpha:{asset}/USDT" for asset in _FIRST),
    *(f"beta:{asset}/USDT" for asset in _FIRST[:16]),
)
#: Chance that a partition's newest records come again with a tick, as after a restart of features, and how many at most.
_AGAIN: Final = 0.05
_MOST_AGAIN: Final = 5
#: Chance that the averages cross with a vector, so that nearly every vector is answered.
_CROSSES: Final = 0.9
_PRICE: Final = 100.0


class Vectors:
    """The same vectors in the same order for a seed, however they are cut into sends; only the hops' times are the clock's."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._draws = random.Random(seed)
        self._clock = clock
        self._stamper = Stamper("features", "proof", "local", clock)
        self._above = dict.fromkeys(INSTRUMENTS, True)
        self._newest: dict[int, deque[Outgoing]] = {
            market_partition(asset): deque(maxlen=_MOST_AGAIN) for asset in _FIRST
        }
        self._sequence = 0
        self._begin_ns = clock.wall_ns()
        self.made = 0
        self.again = 0

    def tick(self) -> list[Outgoing]:
        """Return one vector of each instrument, and now and then what a partition was told before once more."""
        records: list[Outgoing] = []
        if self._draws.random() < _AGAIN:
            newest = self._newest[self._draws.choice(sorted(self._newest))]
            records += newest
            self.again += len(newest)
        for instrument in INSTRUMENTS:
            record = self._record(instrument)
            self._newest[record.partition].append(record)
            records.append(record)
        self.made += len(INSTRUMENTS)
        return records

    def _record(self, instrument: str) -> Outgoing:
        asset, now = base_asset(instrument), self._clock.wall_ns()
        partition, self._sequence = market_partition(asset), self._sequence + 1
        root = Root.at(ROOT_TOPIC, partition, self._sequence)
        source = Position(ROOT_TOPIC, partition, self._sequence)
        validated = Position("market.validated.v1", partition, self._sequence)
        lineage = Lineage().with_hop(Hop("ingest", "ingest-0", "local", now, now, None))
        lineage = lineage.with_hop(Hop("triangulation", "triangulation-0", "local", now, now, source))
        lineage = lineage.with_hop(self._stamper.hop(now, validated))
        identity = Identity(root).child(0).child(0)
        return self._stamper.outgoing(VECTORS, instrument, asset, self._vector(instrument), identity, lineage)

    def _vector(self, instrument: str) -> features_pb2.FeatureVector:
        draws = self._draws
        if draws.random() < _CROSSES:
            self._above[instrument] = not self._above[instrument]
        sign = 1.0 if self._above[instrument] else -1.0
        close = _PRICE * (1.0 + draws.uniform(-0.01, 0.01))
        slow = close * (1.0 + draws.uniform(-0.001, 0.001))
        event_ns = self._begin_ns + self._sequence * MILLISECOND
        return features_pb2.FeatureVector(
            instrument=instrument,
            horizon_ns=SECOND,
            event_time_ns=event_ns,
            candle=features_pb2.Candle(
                instrument=instrument,
                open_time_ns=event_ns - SECOND,
                interval_ns=SECOND,
                open=close,
                high=close,
                low=close,
                close=close,
                volume=draws.uniform(1.0, 2.0),
                trades=draws.randrange(1, 50),
            ),
            values={
                catalogue.ema(5): slow * (1.0 + sign * draws.uniform(0.0001, 0.001)),
                catalogue.ema(20): slow,
                catalogue.rsi(14): draws.uniform(20.0, 80.0),
                catalogue.VWAP: close,
                catalogue.BOOK_IMBALANCE: draws.uniform(-1.0, 1.0),
                catalogue.SPREAD_BP: 1.0,
                catalogue.REALISED_VOLATILITY: draws.uniform(0.2, 0.8),
                catalogue.VOLUME_MEAN: 1.5,
                catalogue.LOG_RETURN: draws.uniform(-0.001, 0.001),
                catalogue.LOG_RETURN_20: draws.uniform(-0.01, 0.01),
            },
            fix=validated_pb2.Fix(
                asset=base_asset(instrument),
                currency="USD",
                price=close,
                deviation_bp=0.5,
                venues=3,
                quality=validated_pb2.FIX_QUALITY_GOOD,
                event_time_ns=event_ns,
                number=self._sequence,
            ),
            verdict=validated_pb2.Verdict(
                instrument=instrument, verdict=validated_pb2.VENUE_VERDICT_VALID, mid=close
            ),
            bid=close * 0.99995,
            ask=close * 1.00005,
            newest_event_time_ns=event_ns,
        )
