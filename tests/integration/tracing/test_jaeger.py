"""A run's spans in a real Jaeger: an order is found by its id, and its trace leads from the venue's frame to the ledger."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from proofs.traced.edges import DECISIONS, EDGES, FILLS
from proofs.traced.exporting import exporting
from proofs.traced.run import told, trade
from sextant.bus.port import Record
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.runtime.stamp import TRACEPARENT
from sextant.runtime.trace import parent_of
from tests.support.jaeger import Jaeger, jaeger_program, running_jaeger

PROGRAM = jaeger_program()
pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="no Jaeger: neither $JAEGER_HOME/jaeger nor one on the path"),
    pytest.mark.timeout(180),
]
SERVICES = {service for edge in EDGES for service in edge}
Spans = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class World:
    jaeger: Jaeger
    log: Mapping[str, list[Record]]

    def trace_of(self, record: Record) -> Spans:
        """Return the spans of a record's trace by id, once Jaeger has the record's own."""
        trace, own = (part.hex() for part in parent_of(record.headers[TRACEPARENT]))
        deadline = time.monotonic() + 20
        while True:
            spans = {span["spanID"]: span for span in self.jaeger.trace(trace)}
            if own in spans or time.monotonic() > deadline:
                return spans
            time.sleep(0.2)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("jaeger")
    with running_jaeger(PROGRAM or "", folder) as jaeger:
        with exporting(jaeger.otlp) as exported:
            result = trade(folder, 2.5, 7, exported.sink, lambda line: None)
        assert exported.lost == 0
        yield World(jaeger, {topic: list(records) for topic, records in told(result).items()})


def tags(span: Mapping[str, Any]) -> dict[str, Any]:
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def edges(spans: Spans) -> set[tuple[str, str]]:
    """Return (service, service below) of every reference to a parent."""
    return {
        (spans[parent["spanID"]]["process"]["serviceName"], span["process"]["serviceName"])
        for span in spans.values()
        for parent in span["references"]
        if parent["refType"] == "CHILD_OF"
    }


def test_a_filled_order_is_one_trace_through_every_service(world: World) -> None:
    booked = world.log[FILLS][0]
    spans = world.trace_of(booked)
    assert {span["process"]["serviceName"] for span in spans.values()} == SERVICES
    assert set(EDGES) <= edges(spans)
    assert world.jaeger.services() >= SERVICES


def test_an_order_is_found_by_its_id(world: World) -> None:
    fill = execution_pb2.Fill.FromString(world.log[FILLS][0].value or b"")
    trace = parent_of(world.log[FILLS][0].headers[TRACEPARENT])[0].hex()
    world.trace_of(world.log[FILLS][0])
    found = world.jaeger.traces("execution", **{"sextant.client_order_id": fill.client_order_id})
    assert found == [trace]


def test_a_refused_intent_ends_at_an_error_that_says_why(world: World) -> None:
    record = next(
        each
        for each in world.log[DECISIONS]
        if risk_pb2.Decision.FromString(each.value or b"").WhichOneof("outcome") == "refused"
    )
    decided = world.trace_of(record)[parent_of(record.headers[TRACEPARENT])[1].hex()]
    found = tags(decided)
    assert found["error"] is True
    assert found["otel.status_description"].startswith(found["sextant.refusal"])
    assert found["messaging.destination.name"] == "strategies.intents.v1"
