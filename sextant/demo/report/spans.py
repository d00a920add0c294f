"""Reading spans back from OTLP JSON lines, as any collector would receive them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sextant.core.errors import InvalidValue
from sextant.telemetry.span import Span

_READERS = {"stringValue": str, "intValue": int, "doubleValue": float, "boolValue": bool}


def load_spans(traces: Path | Sequence[Span]) -> dict[bytes, Span]:
    """Return spans by id, of every `*.jsonl` of a folder or of a sequence; a span that was exported twice is one.

    A last line that a kill cut short is left out. Raises InvalidValue for any other line that is not an export request.
    """
    spans = _of_folder(traces) if isinstance(traces, Path) else iter(traces)
    return {span.span_id: span for span in spans}


def _of_folder(folder: Path) -> Iterator[Span]:
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith("\n"):
                    yield from _of_line(line, f"{path.name}:{number}")


def _of_line(line: str, where: str) -> Iterator[Span]:
    try:
        for resource in json.loads(line)["resourceSpans"]:
            names = _attributes(resource["resource"]["attributes"])
            for scope in resource["scopeSpans"]:
                for raw in scope["spans"]:
                    yield _span(raw, names)
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidValue(f"trace file {where}", line[:80], "an OTLP export request as JSON") from error


def _span(raw: dict[str, Any], resource: dict[str, str | int | float | bool]) -> Span:
    return Span(
        trace_id=bytes.fromhex(raw["traceId"]),
        span_id=bytes.fromhex(raw["spanId"]),
        parent_id=bytes.fromhex(raw.get("parentSpanId", "")),
        service=str(resource["service.name"]),
        instance=str(resource.get("service.instance.id", "")),
        region=str(resource.get("cloud.region", "")),
        name=raw["name"],
        start_ns=int(raw["startTimeUnixNano"]),
        end_ns=int(raw["endTimeUnixNano"]),
        attributes=_attributes(raw.get("attributes", [])),
    )


def _attributes(pairs: list[dict[str, Any]]) -> dict[str, str | int | float | bool]:
    found = {}
    for pair in pairs:
        ((kind, value),) = pair["value"].items()
        found[pair["key"]] = _READERS[kind](value)
    return found
