"""A span as a plain value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

Value = str | int | float | bool
Attributes = Mapping[str, Value]


class Kind(IntEnum):
    """What a span is to others, with OpenTelemetry's numbers."""

    INTERNAL = 1
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class Link(NamedTuple):
    """Another span that this one came of beside its parent, mostly of another trace."""

    trace_id: bytes
    span_id: bytes
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Span:
    """One span of one stage; ids are hashes of (root, stage), so redelivery makes no second span. Times in ns.

    `name` says what kind of work it is and is one of a few; what it worked on stands in the attributes. `error` is the reason where
    the work came to nothing, such as a refusal; empty otherwise.
    """

    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    service: str
    instance: str
    region: str
    name: str
    start_ns: int
    end_ns: int
    attributes: Attributes = field(default_factory=dict)
    kind: Kind = Kind.INTERNAL
    links: tuple[Link, ...] = ()
    error: str = ""
