"""Spans leave before what they tell of is committed, unless the exporter is away: then nobody waits for long, and it is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from sextant.demo.report.spans import load_spans
from sextant.telemetry.batching import BatchingSink
from sextant.telemetry.metrics import SpanMetrics
from sextant.telemetry.span import Span
from sextant.telemetry.spans import FileExporter, HttpExporter, SpansRefused

#: No batch leaves by itself within a test.
NEVER_S = 1_000.0


def span(number: int) -> Span:
    return Span(b"t" * 16, number.to_bytes(8, "big"), b"", "risk", "risk-0", "local", "risk", 1, 2)


class Collector:
    """An exporter whose collector may be gone (`fails`: so many attempts) or hang (`open` is cleared)."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.fails = 0
        self.open = asyncio.Event()
        self.open.set()
        self.is_closed = False

    async def export(self, spans: list[Span]) -> None:
        await self.open.wait()
        if self.fails:
            self.fails -= 1
            raise OSError("connection refused")
        self.spans += spans

    async def close(self) -> None:
        self.is_closed = True


class Refusing(Collector):
    """A collector that takes nothing of us, until it does."""

    is_refusing = True

    async def export(self, spans: list[Span]) -> None:
        if self.is_refusing:
            raise SpansRefused("status 401")
        await super().export(spans)


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[str]:
    """Serve a collector that gives one answer to everything; yield its address."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/v1/traces", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def sink(
    collector: Collector, *, patience_s: float = 5.0
) -> AsyncIterator[tuple[BatchingSink, CollectorRegistry]]:
    registry = CollectorRegistry()
    made = BatchingSink(collector, SpanMetrics(registry), interval_s=NEVER_S, patience_s=patience_s)
    task = asyncio.create_task(made.run())
    await asyncio.sleep(0)
    try:
        yield made, registry
    finally:
        collector.open.set()
        made.close()
        await asyncio.wait_for(task, 5)


def late(registry: CollectorRegistry) -> float | None:
    return registry.get_sample_value("sextant_spans_late_total")


async def test_settling_returns_when_everything_added_before_has_left() -> None:
    collector = Collector()
    async with sink(collector) as (spans, registry):
        assert not spans.is_pending
        await spans.settle()
        for number in range(5_000):  # several batches
            spans.add(span(number))
        assert spans.is_pending
        await spans.settle()
        assert not spans.is_pending
        assert collector.spans == [span(number) for number in range(5_000)]
        assert late(registry) == 0


async def test_what_is_added_later_is_not_waited_for() -> None:
    collector = Collector()
    async with sink(collector) as (spans, _):
        collector.open.clear()
        spans.add(span(1))
        settling = asyncio.create_task(spans.settle())
        await asyncio.sleep(0.01)
        spans.add(span(2))
        assert not settling.done()
        collector.open.set()
        await settling
        assert span(1) in collector.spans


async def test_an_exporter_that_answers_again_in_time_is_waited_for() -> None:
    collector = Collector()
    async with sink(collector) as (spans, registry):
        collector.fails = 3
        spans.add(span(1))
        await spans.settle()
        assert collector.spans == [span(1)]
        assert late(registry) == 0


async def test_an_exporter_that_hangs_is_waited_for_once_and_its_spans_count_as_late() -> None:
    collector = Collector()
    async with sink(collector, patience_s=0.05) as (spans, registry):
        collector.open.clear()
        spans.add(span(1))
        await asyncio.wait_for(spans.settle(), 5)
        assert late(registry) == 1
        spans.add(span(2))
        settling = asyncio.create_task(spans.settle())
        await asyncio.sleep(0)
        assert settling.done(), "an exporter that is known to be away is waited for again"
        assert late(registry) == 2
        await spans.settle()
        assert late(registry) == 2, "a span counts as late once"
        collector.open.set()
        for _ in range(1_000):
            await asyncio.sleep(0.001 if spans.is_pending else 0)
        spans.add(span(3))
        await spans.settle()
        assert collector.spans == [span(1), span(2), span(3)], "what was late leaves all the same, once"
        assert late(registry) == 2, "an exporter that is back is waited for again"


async def test_what_the_collector_refuses_is_given_up_and_counted_and_what_comes_later_leaves() -> None:
    collector = Refusing()
    async with sink(collector, patience_s=5.0) as (spans, registry):
        spans.add(span(1))
        await spans.settle()
        assert not spans.is_pending
        assert registry.get_sample_value("sextant_spans_refused_total") == 1
        collector.is_refusing = False
        spans.add(span(2))
        await spans.settle()
        assert collector.spans == [span(2)]
        assert registry.get_sample_value("sextant_spans_exported_total") == 1
        assert late(registry) == 0


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, None), (202, None), (400, SpansRefused), (401, SpansRefused), (404, SpansRefused), (413, SpansRefused),
     (408, OSError), (429, OSError), (500, OSError), (503, OSError)],
)  # fmt: skip
async def test_a_collector_s_answer_says_whether_to_come_again(
    status: int, expected: type[Exception] | None
) -> None:
    async with answering(status) as url:
        exporter = HttpExporter(url)
        try:
            if expected is None:
                await exporter.export([span(1)])
            else:
                with pytest.raises(expected, match=f"status {status}"):
                    await exporter.export([span(1)])
        finally:
            await exporter.close()


async def test_what_is_left_leaves_at_the_end() -> None:
    collector = Collector()
    async with sink(collector) as (spans, _):
        spans.add(span(1))
    assert (collector.spans, collector.is_closed) == ([span(1)], True)


async def test_a_full_queue_drops_and_counts() -> None:
    collector = Collector()
    async with sink(collector) as (spans, registry):
        for number in range(BatchingSink.CAPACITY + 3):
            spans.add(span(number))
        await spans.settle()
        assert len(collector.spans) == BatchingSink.CAPACITY
        assert registry.get_sample_value("sextant_spans_dropped_total") == 3


async def test_a_line_that_a_kill_cut_short_is_cut_off_before_the_next_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "risk.jsonl"
    await FileExporter(path).export([span(1)])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    await FileExporter(path).export([span(2)])
    assert list(load_spans(tmp_path).values()) == [span(1), span(2)]


async def test_a_file_that_holds_a_part_of_a_line_only_becomes_empty(tmp_path: Path) -> None:
    path = tmp_path / "risk.jsonl"
    path.write_bytes(b"x" * 200_000)
    FileExporter(path)
    assert path.read_bytes() == b""
