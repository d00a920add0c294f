"""Strategies' side of the runtime: vectors in, signals out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.strategies.host import Host, Hosted
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.strategies.v1 import signals_pb2
from sextant.core.instruments import Side, base_asset
from sextant.runtime.stage import Input, Output, PlainHandler, SideView
from sextant.sdk import Signal, VectorView

SIGNALS = "strategies.signals.v1"
_SIDES = {Side.BUY: values_pb2.SIDE_BUY, Side.SELL: values_pb2.SIDE_SELL}


class StrategiesHandler(PlainHandler):
    """The state of one market partition."""

    def __init__(self, hosted: Sequence[Hosted]) -> None:
        self._hosted = hosted
        self._host = Host(hosted)

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        outputs: list[Output] = []
        for record in batch:
            vector: features_pb2.FeatureVector = record.value
            for hosted, signal in self._host.on_vector(VectorView.of(vector)):
                message = _message(hosted, signal, vector)
                base = base_asset(vector.instrument)
                outputs.append(
                    Output(SIGNALS, vector.instrument, base, message, record, id_field="signal_id")
                )
        return outputs

    def snapshot(self) -> bytes:
        return self._host.snapshot()

    def restore(self, state: bytes) -> None:
        self._host = Host(self._hosted)
        self._host.restore(state)


def _message(hosted: Hosted, signal: Signal, vector: features_pb2.FeatureVector) -> signals_pb2.Signal:
    return signals_pb2.Signal(
        strategy=hosted.name,
        strategy_version=hosted.strategy.version,
        instrument=vector.instrument,
        side=_SIDES[signal.side],
        strength=signal.strength,
        horizon_ns=signal.horizon_ns,
        expected_edge_bp=signal.expected_edge_bp,
        expected_cost_bp=signal.expected_cost_bp,
        evidence=dict(signal.evidence),
        event_time_ns=vector.event_time_ns,
        valid_until_ns=vector.event_time_ns + signal.valid_for_ns,
        fix=vector.fix if vector.HasField("fix") else None,
        bid=vector.bid,
        ask=vector.ask,
        verdict=vector.verdict.verdict,
    )
