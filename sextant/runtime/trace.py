"""Which span is whose: ids from (root, stage), parents along the triggering path, so that every order is one trace."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.message import Message

from sextant.bus.port import Position
from sextant.core.identity import Identity, Root, span_id, trace_id
from sextant.runtime.lineage import Hop, Lineage
from sextant.telemetry.span import Span

_ORDINAL_BYTES = 2


def upstream_spans(lineage: Lineage, identity: Identity) -> Iterator[Span]:
    """Yield the span of every hop that led to a record with `identity`, which the stage after the last hop made.

    A hop's record has the record's path less one ordinal for each stage behind it; ingest's has none.
    """
    hops = lineage.hops()
    trace, parent = trace_id(identity.root), b""
    for number, hop in enumerate(hops):
        own = _path_at(identity.path, len(hops) - number)
        span = span_id(identity.root, hop.stage, own)
        yield _span(hop, trace, span, parent, {"record.path": own.hex()})
        parent = span


def decision_span(hop: Hop, identity: Identity, message: Message, parent: bytes) -> Span:
    """Return the span in which a stage made an intent or a decision; `parent` is the id of the span that caused it, if any."""
    own = span_id(identity.root, hop.stage, identity.path)
    return _span(hop, trace_id(identity.root), own, parent, order_attributes(message))


def traceparent_of(stage: str, identity: Identity) -> bytes:
    """Return the header that names the span in which `stage` made the record with `identity`."""
    return traceparent(identity.root, span_id(identity.root, stage, identity.path))


def order_attributes(message: Message) -> dict[str, str | int | float | bool]:
    """Return what an operator searches an order by: ids, portfolio, instrument, refusal."""
    found: dict[str, str | int | float | bool] = {}
    for name in (
        "intent_id",
        "decision_id",
        "client_order_id",
        "portfolio",
        "instrument",
        "fill_id",
        "entry_id",
    ):
        value = getattr(message, name, "")
        if value:
            found[f"sextant.{name}"] = value
    intent = getattr(message, "intent", None)
    if intent is not None:
        found.update(order_attributes(intent))
        outcome = message.WhichOneof("outcome")
        found["sextant.outcome"] = outcome or "none"
        if outcome == "approved":
            found["sextant.client_order_id"] = message.approved.client_order_id  # type: ignore[attr-defined]  # a Decision
        elif outcome == "refused":
            found["sextant.refusal"] = int(message.refused.code)  # type: ignore[attr-defined]  # a Decision
    return found


def traceparent(root: Root, span: bytes) -> bytes:
    """Return the W3C trace context header: version 00, sampled."""
    return b"00-" + trace_id(root).hex().encode() + b"-" + span.hex().encode() + b"-01"


def parent_of(header: bytes) -> tuple[bytes, bytes]:
    """Return (trace id, span id) of a traceparent header; any flags are accepted. Empty ids when it is not one."""
    parts = header.split(b"-")
    if len(parts) != 4 or len(parts[1]) != 32 or len(parts[2]) != 16:
        return b"", b""
    return bytes.fromhex(parts[1].decode()), bytes.fromhex(parts[2].decode())


def child_span(
    header: bytes, stage: str, name: str, hop: Hop, attributes: dict[str, str | int | float | bool]
) -> tuple[Span, bytes]:
    """Return a span under a traceparent header, and the header for what comes after it. The id is a function of (parent, stage, name)."""
    trace, parent = parent_of(header)
    own = span_id(Root(header.decode("ascii", "replace"), 0, 0), stage, name.encode())
    span = _span(hop, trace, own, parent, attributes, name)
    return span, b"00-" + trace.hex().encode() + b"-" + own.hex().encode() + b"-01"


def _path_at(path: bytes, stages_behind: int) -> bytes:
    return path[: max(0, len(path) - _ORDINAL_BYTES * stages_behind)]


def _span(
    hop: Hop,
    trace: bytes,
    own: bytes,
    parent: bytes,
    attributes: dict[str, str | int | float | bool],
    name: str = "",
) -> Span:
    where = _position_attributes(hop.input)
    return Span(
        trace_id=trace,
        span_id=own,
        parent_id=parent,
        service=hop.stage,
        instance=hop.instance,
        region=hop.region,
        name=name or hop.stage,
        start_ns=hop.in_ns,
        end_ns=hop.out_ns,
        attributes={**where, **attributes},
    )


def _position_attributes(position: Position | None) -> dict[str, str | int | float | bool]:
    if position is None:
        return {}
    return {
        "messaging.system": "kafka",
        "messaging.destination.name": position.topic,
        "messaging.destination.partition.id": str(position.partition),
        "messaging.kafka.offset": position.offset,
    }
