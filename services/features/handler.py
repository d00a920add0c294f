"""Features' side of the runtime: validated batches in; candles, vectors and risk parameters out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from services.features import messages
from services.features.domain.catalogue import REALISED_VOLATILITY, Periods
from services.features.domain.risk import Sizing
from services.features.domain.series import Closed, Series
from services.features.metrics import Metrics
from services.features.observations import Contract, observe
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import reference_pb2, validated_pb2
from sextant.core.instruments import base_asset
from sextant.core.time import SECOND
from sextant.runtime.stage import Input, Output, PlainHandler, SideView

INSTRUMENTS = "market.instruments.v1"
CANDLES = "features.candles.v1"
VECTORS = "features.vectors.v1"
PARAMETERS = "risk.parameters.v1"
#: Risk parameters of an instrument are said at most this often, in event time.
PARAMETERS_NS = 5 * SECOND
_PLAIN = Contract()


@dataclass(frozen=True, slots=True)
class Plan:
    """How bars and features are made."""

    bar_ns: int
    lateness_ns: int
    periods: Periods
    sizing: Sizing


@dataclass(slots=True)
class State:
    """Everything a partition remembers. `fixes` holds, per asset, the newest fix that listed all verdicts, as bytes."""

    series: dict[str, Series] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    fixes: dict[str, bytes] = field(default_factory=dict)


class FeaturesHandler(PlainHandler):
    """The state of one market partition."""

    def __init__(self, plan: Plan, metrics: Metrics | None = None) -> None:
        self._plan, self._metrics = plan, metrics
        self._state = State()

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        outputs: list[Output] = []
        for record in batch:
            outputs += self._one(record)
        return outputs

    def on_side(self, record: Input, side: SideView) -> Iterable[Output]:
        rules: reference_pb2.Instrument = record.value
        size = float(rules.contract_size.value or "1")
        is_inverse = rules.kind == reference_pb2.INSTRUMENT_KIND_INVERSE
        self._state.contracts[rules.instrument] = Contract(size, is_inverse)
        return ()

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes) -> None:
        self._state = msgspec.msgpack.decode(state, type=State)

    def _one(self, record: Input) -> Iterable[Output]:
        validated: validated_pb2.ValidatedBatch = record.value
        self._remember_verdicts(validated.fix)
        name = validated.instrument
        contract = self._state.contracts.get(name, _PLAIN)
        seen = observe(mirror.EventBatch.FromString(validated.batch), contract, self._plan.bar_ns)
        series = self._series(name)
        late = series.builder.late
        closed = series.observe(seen)
        if self._metrics:
            self._metrics.observed(len(closed), series.builder.late - late)
        return [output for bar in closed for output in self._say(record, series, bar)]

    def _say(self, record: Input, series: Series, closed: Closed) -> Iterable[Output]:
        validated: validated_pb2.ValidatedBatch = record.value
        name, base = validated.instrument, base_asset(validated.instrument)
        candle = messages.candle(name, closed.bar, self._plan.bar_ns)
        yield Output(CANDLES, name, base, candle, record)
        verdicts = self._verdicts(validated.fix)
        vector = messages.vector(validated, series, closed, candle, verdicts)
        yield Output(VECTORS, name, base, vector, record)
        volatility, time_ns = closed.values.get(REALISED_VOLATILITY), vector.event_time_ns
        is_due = time_ns >= series.parameters_said_ns + PARAMETERS_NS
        if volatility is not None and is_due and not closed.bar.is_history:
            series.parameters_said_ns = time_ns
            said = messages.parameters(name, volatility, self._plan.sizing, time_ns)
            yield Output(PARAMETERS, name, base, said, record)

    def _series(self, name: str) -> Series:
        series = self._state.series.get(name)
        if series is None:
            plan = self._plan
            series = self._state.series[name] = Series.of(plan.periods, plan.bar_ns, plan.lateness_ns)
        return series

    def _remember_verdicts(self, fix: validated_pb2.Fix) -> None:
        if fix.verdicts:
            self._state.fixes[fix.asset] = fix.SerializeToString(deterministic=True)

    def _verdicts(self, fix: validated_pb2.Fix) -> validated_pb2.Fix | None:
        known = self._state.fixes.get(fix.asset)
        return validated_pb2.Fix.FromString(known) if known else None
