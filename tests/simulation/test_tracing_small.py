"""The small proof of tracing: 500 orders, each one whole trace as a collector received it; what a stage leaves out is found."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from proofs.traced.edges import EDGES, judge
from proofs.traced.exporting import exporting
from proofs.traced.receiver import Receiver, serving
from proofs.traced.run import told, trade
from proofs.tracing import SCALES
from sextant.bus.port import Record
from sextant.runtime.trace_attributes import PROCESS
from sextant.telemetry.span import Kind, Span

SMALL = SCALES["small"]
Log = dict[str, list[Record]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Log, list[Span]]:
    receiver = Receiver()
    folder = tmp_path_factory.mktemp("tracing")
    with serving(receiver) as endpoint, exporting(endpoint) as exported:
        result = trade(folder, SMALL.seconds, 7, exported.sink, lambda line: None)
    assert exported.lost == 0
    return {topic: list(records) for topic, records in told(result).items()}, receiver.spans


def test_every_order_and_every_refused_intent_is_one_whole_trace(run: tuple[Log, list[Span]]) -> None:
    verdict = judge(*run)
    assert list(verdict.shortfalls(SMALL.orders)) == []
    assert verdict.whole == verdict.orders + verdict.refused
    assert verdict.refused > 0
    assert all(verdict.edges[edge] for edge in EDGES)
    assert verdict.links > 0, "a portfolio of two strategies counts both their signals"


@pytest.mark.parametrize("stage", ["ingest", "triangulation", "features", "strategies", "ensemble", "risk"])
def test_nothing_is_whole_without_one_stage(run: tuple[Log, list[Span]], stage: str) -> None:
    log, spans = run
    verdict = judge(log, [span for span in spans if span.service != stage])
    assert verdict.whole == 0
    assert list(verdict.shortfalls(SMALL.orders))


@pytest.mark.parametrize("stage", ["execution", "ledger"])
def test_no_filled_order_is_whole_without_what_became_of_it(run: tuple[Log, list[Span]], stage: str) -> None:
    log, spans = run
    verdict = judge(log, [span for span in spans if span.service != stage])
    assert len(verdict.broken) >= verdict.filled > 0


def test_a_span_that_says_another_offset_than_the_log_is_found(run: tuple[Log, list[Span]]) -> None:
    log, spans = run
    wrong = [
        replace(span, attributes={**span.attributes, "messaging.kafka.offset": -1})
        if span.service == "features"
        else span
        for span in spans
    ]
    verdict = judge(log, wrong)
    assert verdict.whole == 0


def test_spans_have_few_names_and_those_of_consumers_say_where_their_record_lies(
    run: tuple[Log, list[Span]],
) -> None:
    _, spans = run
    names = Counter((span.service, span.name) for span in spans)
    assert len(names) <= 12
    for span in spans:
        assert span.region
        assert span.instance
        if span.kind is Kind.CONSUMER:
            assert span.attributes["messaging.operation.type"] == PROCESS
            assert {"messaging.destination.partition.id", "messaging.kafka.offset"} <= span.attributes.keys()
