"""From what a stage says to records with identity, lineage and trace; and the spans of what belongs to an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sextant.bus.port import Outgoing, Position
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import Stamper
from sextant.runtime.trace import decision_span, parent_of, traceparent_of, upstream_spans
from sextant.runtime.worker.engine import Addressed
from sextant.telemetry.span import Span
from sextant.telemetry.spans import SpanSink

#: From this stage on every record belongs to an order's trace.
_MATERIALISES = "ensemble"
#: What is said under a trace of its own.
TRACED = frozenset({"strategies.intents.v1", "risk.decisions.v1"})


class OutputStamper:
    """Stamps outputs of one worker and adds the spans of those that are traced.

    A record names its span at once; what the span holds is put together after the record is on its way, because nobody waits for it.
    """

    def __init__(self, stamper: Stamper, spans: SpanSink) -> None:
        self._stamper, self._spans = stamper, spans
        self._untold: list[tuple[Addressed, Hop]] = []

    def stamp(self, said: Iterable[Addressed], in_ns: int) -> list[Outgoing]:
        """Return the records to send, in order."""
        return [self._one(addressed, in_ns) for addressed in said]

    def tell(self) -> None:
        """Add the spans of everything that was stamped since the last call: before it is committed, so that a crash tells them again."""
        untold, self._untold = self._untold, []
        if not self._spans.is_wanted:
            return
        causes: dict[Position, bytes] = {}
        for said, hop in untold:
            for span in self._spans_of(said, hop, causes):
                self._spans.add(span)

    def _one(self, said: Addressed, in_ns: int) -> Outgoing:
        cause, output = said.cause, said.output
        hop = self._stamper.hop(in_ns, cause.position if cause else None)
        before = cause.lineage if cause else Lineage()
        lineage = before.with_hop(hop, output.uses)
        trace = b""
        if output.topic in TRACED:
            trace = traceparent_of(hop.stage, said.identity)
            self._untold.append((said, hop))
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

    def _spans_of(self, said: Addressed, hop: Hop, causes: dict[Position, bytes]) -> Iterator[Span]:
        """Yield the spans of one output; those of the way to its cause once for all outputs of the cause, whose last one `causes` holds."""
        parent, cause = b"", said.cause
        if cause is not None and hop.stage == _MATERIALISES:
            known = causes.get(cause.position)
            if known is None:
                for span in upstream_spans(cause.lineage, said.identity):
                    parent = span.span_id
                    yield span
                causes[cause.position] = parent
            else:
                parent = known
        elif cause is not None:
            parent = parent_of(cause.trace)[1]
        yield decision_span(hop, said.identity, said.output.value, parent, said.output.joins)
