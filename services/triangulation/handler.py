"""Triangulation's side of the runtime: batches and reference records in, validated batches and anomalies out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from services.triangulation import messages
from services.triangulation.domain.triangulator import Memory, Triangulator
from services.triangulation.domain.values import WRONG, Change, Rules
from services.triangulation.metrics import Metrics
from services.triangulation.observations import listing_of, observe
from sextant.core.instruments import base_asset
from sextant.runtime.stage import Input, Output, PlainHandler, SideView

INSTRUMENTS = "market.instruments.v1"
CLOCKS = "market.clocks.v1"
VALIDATED = "market.validated.v1"
ANOMALIES = "market.anomalies.v1"


class TriangulationHandler(PlainHandler):
    """The state of one market partition.

    Every batch is passed on. Instruments and clocks are reference data and change the state when they arrive; outputs name no side
    positions, for the worker journals when each took effect.
    """

    def __init__(self, rules: Rules, metrics: Metrics | None = None) -> None:
        self._rules = rules
        self._triangulator = Triangulator(rules)
        self._bases: dict[str, str] = {}
        if metrics is not None:
            metrics.watch(self)

    @property
    def memory(self) -> Memory:
        """The whole state."""
        return self._triangulator.memory

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        outputs: list[Output] = []
        for record in batch:
            seen = observe(record.value)
            base = self._base(seen.instrument)
            statement = self._triangulator.observe(seen)
            message = messages.validated(
                record.raw, seen.event_time_ns, statement, base, self._rules.currency
            )
            outputs.append(Output(VALIDATED, base, base, message, record))
            if statement.changes:
                outputs.extend(self._anomalies(statement.changes, record, base, seen.event_time_ns))
        return outputs

    def on_side(self, record: Input, side: SideView) -> Iterable[Output]:
        if record.position.topic == INSTRUMENTS:
            self._triangulator.list_instrument(listing_of(record.value))
        elif record.position.topic == CLOCKS:
            self._triangulator.set_clock(record.value.venue, record.value.offset_ns)
        return ()

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._triangulator.memory)

    def restore(self, state: bytes) -> None:
        self._triangulator = Triangulator(self._rules, msgspec.msgpack.decode(state, type=Memory))

    def _anomalies(
        self, changes: Sequence[Change], record: Input, base: str, event_time_ns: int
    ) -> Iterable[Output]:
        for change in changes:
            if change.verdict.judgement in WRONG or change.before in WRONG:
                message = messages.anomaly(change, event_time_ns, record.position, self._rules.fresh_ns)
                yield Output(ANOMALIES, base, base, message, record)

    def _base(self, instrument: str) -> str:
        base = self._bases.get(instrument)
        if base is None:
            base = self._bases[instrument] = base_asset(instrument)
        return base
