"""Records in, picture out: decodes what is shown and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from google.protobuf.message import DecodeError

from services.console.domain import facts
from services.console.domain.changes import Change
from services.console.domain.once import Once
from services.console.domain.picture import Latency, Picture
from services.console.heard import decided_of, filled_of, order_of, portfolio_of, spoken_of, stream_of
from sextant.bus.port import Record
from sextant.contracts.columns import open_batch, row_count
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.market.v1 import reference_pb2, validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.contracts.topics import TOPICS
from sextant.contracts.words import name_of as _name
from sextant.core.errors import InvalidValue
from sextant.core.time import MILLISECOND
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import LINEAGE

#: Topics of which only the newest record of each key says something.
COMPACTED: Final = tuple(
    entry.name for entry in TOPICS.values() if "console" in entry.consumers and entry.is_compacted
)
#: Topics with so many records that the console looks at some of them only.
SAMPLED: Final = ("market.events.v1", "market.validated.v1")
#: Every other topic that is read, from the moment at which the console starts.
EVENTS: Final = tuple(
    entry.name
    for entry in TOPICS.values()
    if "console" in entry.consumers and not entry.is_compacted and entry.name not in SAMPLED
)


class Reader:
    """Keeps a picture up to date and announces what changes in it. Unreadable records are counted, because a view stops nothing."""

    def __init__(self, picture: Picture, announce: Callable[[Change], None] | None = None) -> None:
        self.picture, self._announce = picture, announce or _nobody
        self.read_so_far = 0
        self._seen = Once()
        self._readers: dict[str, Callable[[Record, int], None]] = {
            "market.events.v1": self._events,
            "market.instruments.v1": self._instrument,
            "market.clocks.v1": self._clock,
            "market.validated.v1": self._validated,
            "market.anomalies.v1": self._anomaly,
            "features.vectors.v1": self._vector,
            "strategies.signals.v1": self._signal,
            "strategies.intents.v1": self._intent,
            "risk.decisions.v1": self._decision,
            "risk.breakers.v1": self._breaker,
            "execution.orders.v1": self._order,
            "execution.fills.v1": self._fill,
            "ledger.entries.v1": self._entry,
            "ledger.portfolios.v1": self._portfolio,
        }

    def take(self, records: Sequence[Record], now_ns: int) -> None:
        """Read records that came together; of those that stand for the same thing only the newest."""
        for record in _worth_reading(records):
            self.read_so_far += 1
            try:
                self.read(record, now_ns)
            except (InvalidValue, DecodeError):
                self.picture.unreadable += 1

    def read(self, record: Record, now_ns: int) -> None:
        """Read one record. Raises InvalidValue or DecodeError when it cannot be, and for a topic that the console does not read."""
        reader = self._readers.get(record.topic)
        if reader is None:
            raise InvalidValue("topic", record.topic, f"one of {', '.join(sorted(self._readers))}")
        reader(record, now_ns)

    def recall(self, records: Sequence[Record]) -> None:
        """Take orders that were changed before anybody looked: their states count, and are neither announced nor timed."""
        for record in records:
            try:
                event = execution_pb2.OrderEvent.FromString(record.value or b"")
            except DecodeError:
                self.picture.unreadable += 1
                continue
            self._seen.is_new(f"order/{event.client_order_id}")
            self.picture.orders.apply(order_of(event))

    def _events(self, record: Record, now_ns: int) -> None:
        batch = open_batch(record.value or b"")
        if not batch.HasField("statuses") or not row_count(batch.statuses):
            return
        self.picture.hear(stream_of(batch, now_ns))

    def _instrument(self, record: Record, now_ns: int) -> None:
        if record.value is None:
            self.picture.markets.pop(record.key.decode(), None)
            return
        instrument = reference_pb2.Instrument.FromString(record.value)
        self.picture.markets[instrument.instrument] = instrument.is_trading

    def _clock(self, record: Record, now_ns: int) -> None:
        if record.value is None:
            self.picture.clocks.pop(record.key.decode(), None)
            return
        clock = reference_pb2.VenueClock.FromString(record.value)
        self.picture.clocks[clock.venue] = facts.VenueClock(clock.offset_ns, clock.uncertainty_ns)

    def _validated(self, record: Record, now_ns: int) -> None:
        validated = validated_pb2.ValidatedBatch.FromString(record.value or b"")
        self._judgement(validated, now_ns)

    def _anomaly(self, record: Record, now_ns: int) -> None:
        anomaly = validated_pb2.Anomaly.FromString(record.value or b"")
        verdict = _name(validated_pb2.VenueVerdict, anomaly.verdict, "VENUE_VERDICT_")
        self.picture.counts["anomalies"] += 1
        said = facts.Anomaly(anomaly.event_time_ns, anomaly.instrument, verdict, anomaly.detail)
        self.picture.anomalies.append(said)
        self._announce(said)

    def _vector(self, record: Record, now_ns: int) -> None:
        vector = features_pb2.FeatureVector.FromString(record.value or b"")
        if vector.is_warm_up:
            return
        self.picture.counts["vectors"] += 1
        self._judgement(vector, now_ns)
        self._time(record, now_ns, every_hop=True)

    def _signal(self, record: Record, now_ns: int) -> None:
        signal = signals_pb2.Signal.FromString(record.value or b"")
        if not self._seen.is_new(f"signal/{signal.signal_id}"):
            return
        self.picture.counts["signals"] += 1
        self.picture.signals.append(spoken_of("signal", signal, signal.strategy))
        self._time(record, now_ns)

    def _intent(self, record: Record, now_ns: int) -> None:
        intent = intents_pb2.Intent.FromString(record.value or b"")
        if not self._seen.is_new(f"intent/{intent.intent_id}"):
            return
        self.picture.counts["intents"] += 1
        self.picture.intents.append(spoken_of("intent", intent, intent.portfolio))
        self._time(record, now_ns)

    def _decision(self, record: Record, now_ns: int) -> None:
        decision = risk_pb2.Decision.FromString(record.value or b"")
        if not self._seen.is_new(f"decision/{decision.decision_id}"):
            return
        decided = decided_of(decision)
        if decided.code:
            self.picture.refused[decided.code] += 1
            self._announce(decided)
        else:
            self.picture.counts["approved"] += 1
        self.picture.decisions.append(decided)
        self._time(record, now_ns)

    def _breaker(self, record: Record, now_ns: int) -> None:
        if record.value is None:
            self.picture.breakers.pop(record.key.decode(), None)
            return
        breaker = risk_pb2.Breaker.FromString(record.value)
        state = _name(risk_pb2.BreakerState, breaker.state, "BREAKER_STATE_")
        known = self.picture.breakers.get(breaker.scope)
        said = facts.Breaker(breaker.scope, state, breaker.cause, now_ns)
        self.picture.breakers[breaker.scope] = said
        if known is None or (known.state, known.cause) != (said.state, said.cause):
            self._announce(said)

    def _order(self, record: Record, now_ns: int) -> None:
        event = execution_pb2.OrderEvent.FromString(record.value or b"")
        order = order_of(event)
        if self.picture.orders.apply(order):
            self._announce(order)
        if event.revision == 1 and self._seen.is_new(f"order/{event.client_order_id}"):
            self._time(record, now_ns, is_order=True)

    def _fill(self, record: Record, now_ns: int) -> None:
        fill = execution_pb2.Fill.FromString(record.value or b"")
        if not self._seen.is_new(f"fill/{fill.fill_id}"):
            return
        self.picture.counts["fills"] += 1
        filled = filled_of(fill)
        self.picture.fills.append(filled)
        self._announce(filled)

    def _entry(self, record: Record, now_ns: int) -> None:
        self.picture.counts["entries"] += 1
        self._time(record, now_ns)

    def _portfolio(self, record: Record, now_ns: int) -> None:
        if record.value is None:
            self.picture.portfolios.pop(record.key.decode(), None)
            return
        said = ledger_pb2.Portfolio.FromString(record.value)
        self.picture.portfolios[said.portfolio] = portfolio_of(said, now_ns)

    def _judgement(
        self, said: features_pb2.FeatureVector | validated_pb2.ValidatedBatch, now_ns: int
    ) -> None:
        """Take the fix and the verdict that a batch or a vector carries."""
        if said.HasField("fix"):
            fix = said.fix
            quality = _name(validated_pb2.FixQuality, fix.quality, "FIX_QUALITY_")
            numbers = (fix.price, fix.deviation_bp, fix.venues)
            self.picture.fix(facts.Fix(fix.asset, fix.currency, *numbers, quality, fix.event_time_ns, now_ns))
        if said.HasField("verdict"):
            verdict = _name(validated_pb2.VenueVerdict, said.verdict.verdict, "VENUE_VERDICT_")
            self.picture.verdicts[said.instrument] = facts.Verdict(
                said.instrument, verdict, said.verdict.distance_bp
            )

    def _time(self, record: Record, now_ns: int, *, every_hop: bool = False, is_order: bool = False) -> None:
        """Take the times of the stage that made the record, or of all on its way."""
        hops = Lineage(record.headers.get(LINEAGE, b"")).hops()
        latency = self.picture.latency
        for number, hop in enumerate(hops):
            if not every_hop and number < len(hops) - 1:
                continue
            stage = latency.setdefault(hop.stage, Latency())
            stage.work.add(now_ns, (hop.out_ns - hop.in_ns) / MILLISECOND)
            if number and hop.input is not None:
                stage.wait.add(now_ns, max(hop.in_ns - hops[number - 1].out_ns, 0) / MILLISECOND)
        if is_order and len(hops) > 1:
            self.picture.tick_to_order.add(now_ns, (hops[-1].out_ns - hops[0].in_ns) / MILLISECOND)


def _worth_reading(records: Sequence[Record]) -> list[Record]:
    """Drop what a later record of the same key replaces: broadcasts of state, and fixes of one asset."""
    newest: dict[tuple[str, bytes], int] = {}
    for place, record in enumerate(records):
        if record.topic in _REPLACED:
            newest[record.topic, record.key] = place
    return [
        record
        for place, record in enumerate(records)
        if record.topic not in _REPLACED or newest[record.topic, record.key] == place
    ]


_REPLACED: Final = frozenset({*COMPACTED, "market.validated.v1"})


def _nobody(change: Change) -> None:
    """Nobody listens."""
