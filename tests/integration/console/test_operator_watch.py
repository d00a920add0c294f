"""The stream of changes over a real socket: what is told, to whom, and what becomes of a watcher that does not read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest

from services.console.domain.facts import Breaker
from services.console.feed import MOST_WATCHERS
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing
from sextant.contracts.operator.v1 import api_pb2, api_pb2_grpc
from sextant.operator.calls import CallFailed, CallRefused
from tests.integration.console.world import KEYS, Served, serving, until
from tests.unit.services.console.story import example

METADATA = (("authorization", f"Bearer {KEYS.api_token}"),)


@pytest.fixture
async def bus() -> MemoryBus:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    return bus


async def send(bus: MemoryBus, topic: str, name: str) -> None:
    record = example(topic, name)
    await bus.producer().send([Outgoing(topic, 0, record.key, record.value, record.headers)])


async def watched(served: Served, kinds: tuple[api_pb2.ChangeKind, ...], most: int) -> list[str]:
    """Return what kinds the next changes are, beats left out."""
    seen: list[str] = []
    async with served.client() as client:
        async for change in client.watch(kinds):
            kind = change.WhichOneof("change")
            if kind and kind != "beat":
                seen.append(kind)
            if len(seen) == most:
                return seen
    return seen


async def test_what_changes_is_told_as_it_changes(bus: MemoryBus) -> None:
    async with serving(bus) as served:
        await until(lambda: served.console.picture.is_caught_up, "not caught up")
        everything = asyncio.create_task(watched(served, (), 6))
        fills = asyncio.create_task(watched(served, (api_pb2.CHANGE_KIND_FILL,), 1))
        await until(lambda: len(served.console.feed) == 2, "nobody watches")
        for topic, name in (
            ("execution.orders.v1", "pending"),
            ("execution.orders.v1", "pending"),
            ("execution.orders.v1", "filled"),
            ("risk.decisions.v1", "refused"),
            ("risk.breakers.v1", "closed"),
            ("execution.fills.v1", "taker"),
            ("market.anomalies.v1", next(iter(_anomalies()))),
        ):
            await send(bus, topic, name)
        told = await asyncio.wait_for(everything, 10)
        assert sorted(told) == ["anomaly", "breaker", "fill", "order", "order", "refusal"]
        assert await asyncio.wait_for(fills, 10) == ["fill"]
        await until(lambda: len(served.console.feed) == 0, "watchers that went are still served")


def _anomalies() -> Any:
    from sextant.contracts.examples import EXAMPLES

    return EXAMPLES["market.anomalies.v1"]


async def test_a_quiet_stream_beats(bus: MemoryBus) -> None:
    async with serving(bus) as served, served.client() as client:
        beats = 0
        async for change in client.watch():
            assert change.WhichOneof("change") == "beat"
            beats += 1
            if beats == 3:
                break


async def test_a_kind_that_does_not_exist_is_refused(bus: MemoryBus) -> None:
    async with serving(bus) as served, served.client() as client:
        with pytest.raises(CallRefused, match="kinds"):
            async for _ in client.watch([99]):  # type: ignore[list-item]  # the wire may carry any number
                pass


async def test_a_watcher_that_does_not_read_is_cut_off_and_costs_bounded_memory(bus: MemoryBus) -> None:
    """It has opened the stream and takes nothing: what fits into the connection is sent, then it is let go of."""
    async with serving(bus, write_s=0.5) as served:
        await until(lambda: served.console.picture.is_caught_up, "not caught up")
        async with grpc.aio.insecure_channel(served.address) as channel:
            stub: Any = api_pb2_grpc.OperatorServiceStub(channel)  # type: ignore[no-untyped-call]  # generated code
            call = stub.Watch(api_pb2.WatchRequest(), metadata=METADATA)
            await until(lambda: len(served.console.feed) == 1, "nobody watches")
            for number in range(200):
                for _ in range(100):
                    served.console.feed.publish(Breaker("global", "OPEN", "x" * 1_000, number))
                await asyncio.sleep(0)
            await until(lambda: len(served.console.feed) == 0, "the slow watcher is still served")
            assert served.console.feed.dropped == 1
            taken = [change async for change in _until_it_ends(call)]
            assert await call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert len(taken) < 20_000
        await until(
            lambda: served.metrics.get_sample_value("sextant_console_watchers_dropped_total") == 1,
            "the end of the stream is not counted",
        )
        assert served.metrics.get_sample_value("sextant_console_watchers") == 0


async def _until_it_ends(call: Any) -> AsyncIterator[api_pb2.WatchResponse]:
    with contextlib.suppress(grpc.aio.AioRpcError):
        async for change in call:
            yield change


async def test_watchers_too_many_are_told_so_and_the_others_go_on(bus: MemoryBus) -> None:
    async with serving(bus) as served, served.client() as client:
        await until(lambda: served.console.picture.is_caught_up, "not caught up")
        watchers = [served.console.feed.watch() for _ in range(MOST_WATCHERS)]
        with pytest.raises(CallFailed, match="watchers are served"):
            async for _ in client.watch():
                pass
        served.console.feed.leave(watchers[0])
        async for change in client.watch():
            assert change.WhichOneof("change") == "beat"
            break
