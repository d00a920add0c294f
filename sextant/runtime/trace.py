"""Which span is whose: ids from (root, stage), parents along the triggering path, so that every order is one trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from google.protobuf.message import Message

from sextant.bus.port import Position
from sextant.core.identity import Identity, Root, span_id, trace_id
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stage import Join
from sextant.runtime.trace_attributes import SEND, order_attributes, position_attributes, refusal_of
from sextant.telemetry.span import Attributes, Kind, Link, Span

_ORDINAL_BYTES: Final = 2
#: What each stage does on the way to an order: names of spans are few, so that tools can count by them.
_NAMES: Final = {
    "ingest": "batch frames",
    "triangulation": "fix price",
    "features": "compute vector",
    "strategies": "signal",
    "ensemble": "vote",
    "risk": "decide",
}


@dataclass(frozen=True, slots=True)
class Below:
    """The place of one span below another: ids by W3C's trace context, and `header`, under which whatever comes after it lies."""

    trace_id: bytes
    parent_id: bytes
    span_id: bytes

    @property
    def header(self) -> bytes:
        return _header(self.trace_id, self.span_id)

    def span(
        self,
        name: str,
        hop: Hop,
        attributes: Attributes,
        *,
        kind: Kind = Kind.INTERNAL,
        error: str = "",
    ) -> Span:
        """Return the span in this place; one of a hop that read a record is a consumer's."""
        return _span(
            hop,
            self.trace_id,
            self.span_id,
            self.parent_id,
            name,
            attributes=attributes,
            kind=kind,
            error=error,
        )


def below(header: bytes, stage: str, own: str) -> Below:
    """Return the place of a span under a traceparent header. Its id is a function of (parent, stage, `own`)."""
    trace, parent = parent_of(header)
    return Below(trace, parent, span_id(Root(header.decode("ascii", "replace"), 0, 0), stage, own.encode()))


def upstream_spans(lineage: Lineage, identity: Identity) -> Iterator[Span]:
    """Yield the span of every hop that led to a record with `identity`, which the stage after the last hop made.

    A hop's record has the record's path less one ordinal for each stage behind it; ingest's has none. Ingest read no record: its span
    says which one it wrote, which is what the next hop read.
    """
    hops = lineage.hops()
    trace, parent = trace_id(identity.root), b""
    for number, hop in enumerate(hops):
        own = span_id(identity.root, hop.stage, _path_at(identity.path, len(hops) - number))
        written = hops[number + 1].input if hop.input is None and number + 1 < len(hops) else None
        yield _span(hop, trace, own, parent, _NAMES.get(hop.stage, hop.stage), written=written)
        parent = own


def decision_span(
    hop: Hop, identity: Identity, message: Message, parent: bytes, joins: Iterable[Join] = ()
) -> Span:
    """Return the span in which a stage made an intent or a decision; `parent` is the id of the span that caused it, if any.

    A refusal is a span with an error. `joins` are linked: other signals that were counted in a vote.
    """
    own = span_id(identity.root, hop.stage, identity.path)
    return _span(
        hop,
        trace_id(identity.root),
        own,
        parent,
        _NAMES.get(hop.stage, hop.stage),
        attributes=order_attributes(message),
        links=tuple(map(_link, joins)),
        error=refusal_of(message),
    )


def traceparent_of(stage: str, identity: Identity) -> bytes:
    """Return the header that names the span in which `stage` made the record with `identity`."""
    return traceparent(identity.root, span_id(identity.root, stage, identity.path))


def traceparent(root: Root, span: bytes) -> bytes:
    """Return the W3C trace context header: version 00, sampled."""
    return _header(trace_id(root), span)


def parent_of(header: bytes) -> tuple[bytes, bytes]:
    """Return (trace id, span id) of a traceparent header; any flags are accepted. Empty ids when it is not one."""
    parts = header.split(b"-")
    if len(parts) != 4 or len(parts[1]) != 32 or len(parts[2]) != 16:
        return b"", b""
    return bytes.fromhex(parts[1].decode()), bytes.fromhex(parts[2].decode())


def _header(trace: bytes, span: bytes) -> bytes:
    return b"00-" + trace.hex().encode() + b"-" + span.hex().encode() + b"-01"


def _path_at(path: bytes, stages_behind: int) -> bytes:
    return path[: max(0, len(path) - _ORDINAL_BYTES * stages_behind)]


def _link(join: Join) -> Link:
    root, path = join.identity
    return Link(trace_id(root), span_id(root, join.stage, path), position_attributes(join.position))


def _span(
    hop: Hop,
    trace: bytes,
    own: bytes,
    parent: bytes,
    name: str,
    *,
    attributes: Attributes | None = None,
    written: Position | None = None,
    kind: Kind = Kind.INTERNAL,
    links: tuple[Link, ...] = (),
    error: str = "",
) -> Span:
    if hop.input is not None:
        where, kind = position_attributes(hop.input), Kind.CONSUMER
    else:
        where = position_attributes(written, SEND)
        kind = Kind.PRODUCER if written is not None else kind
    return Span(
        trace_id=trace,
        span_id=own,
        parent_id=parent,
        service=hop.stage,
        instance=hop.instance,
        region=hop.region,
        name=name,
        start_ns=hop.in_ns,
        end_ns=hop.out_ns,
        attributes=dict(chain(where.items(), (attributes or {}).items())),
        kind=kind,
        links=links,
        error=error,
    )
