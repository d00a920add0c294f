"""From what a stage says to records with identity, lineage and trace; and the spans of what belongs to an order."""

from __future__ import annotations

from collections.abc import Iterable

from sextant.bus.port import Outgoing
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import Stamper
from sextant.runtime.trace import decision_span, traceparent, upstream_spans
from sextant.runtime.worker.engine import Addressed
from sextant.telemetry.spans import SpanSink

#: From this stage on every record belongs to an order's trace.
_MATERIALISES = "ensemble"
_TRACED = frozenset({"strategies.intents.v1", "risk.decisions.v1"})


class OutputStamper:
    """Stamps outputs of one worker and adds the spans of those that are traced."""

    def __init__(self, stamper: Stamper, spans: SpanSink) -> None:
        self._stamper, self._spans = stamper, spans

    def stamp(self, said: Iterable[Addressed], in_ns: int) -> list[Outgoing]:
        """Return the records to send, in order."""
        return [self._one(addressed, in_ns) for addressed in said]

    def _one(self, said: Addressed, in_ns: int) -> Outgoing:
        cause, output = said.cause, said.output
        hop = self._stamper.hop(in_ns, cause.position if cause else None)
        before = cause.lineage if cause else Lineage()
        lineage = before.with_hop(hop, output.uses)
        trace = self._trace(said, before, hop) if output.topic in _TRACED else b""
        return self._stamper.outgoing(
            output.topic,
            output.key,
            output.partition_key,
            output.value,
            said.identity,
            lineage,
            id_field=output.id_field,
            trace=trace,
        )

    def _trace(self, said: Addressed, before: Lineage, hop: Hop) -> bytes:
        root = said.identity.root
        if hop.stage == _MATERIALISES:
            for span in upstream_spans(before, said.identity):
                self._spans.add(span)
        span = decision_span(hop, said.identity, said.output.value, said.cause)
        self._spans.add(span)
        return traceparent(root, span.span_id)
