"""Which trace a line in the log belongs to: that of the record or of the order that it speaks of."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sextant.bus.port import Record
from sextant.core.errors import InvalidValue
from sextant.core.identity import Root, trace_id
from sextant.runtime.stage import Input
from sextant.runtime.stamp import ROOT_TOPIC, TRACEPARENT, identity_of, root_for_outputs
from sextant.runtime.trace import parent_of
from sextant.telemetry.logs import in_trace


def speaking_of(record: Input | Record) -> AbstractContextManager[None]:
    """Put the trace id of a record on the lines that are logged inside. A record whose headers cannot be read has none."""
    return in_trace(_trace_of(record))


def speaking_of_order(traceparent: bytes) -> AbstractContextManager[None]:
    """Put the trace id of an order on the lines that are logged inside, by its W3C header; an operator's order has none."""
    return in_trace(parent_of(traceparent)[0])


def _trace_of(record: Input | Record) -> bytes:
    header = record.trace if isinstance(record, Input) else record.headers.get(TRACEPARENT, b"")
    found = parent_of(header)[0]
    if found:
        return found
    try:
        return trace_id(_root(record))
    except InvalidValue:
        return b""


def _root(record: Input | Record) -> Root:
    if isinstance(record, Input):
        return root_for_outputs(record).root
    at = record.position
    if at.topic == ROOT_TOPIC:
        return Root.at(at.topic, at.partition, at.offset)
    return identity_of(record).root
