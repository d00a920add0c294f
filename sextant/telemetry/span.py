"""A span as a plain value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """One span of one stage; ids are hashes of (root, stage), so redelivery makes no second span. Times in ns."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    service: str
    instance: str
    region: str
    name: str
    start_ns: int
    end_ns: int
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict)
