"""The operator API over a real socket and a log in memory: what it answers, to whom, and what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.console.adapters import operator_calls
from sextant.bus.errors import BusUnavailable
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, Record, TopicPartition
from sextant.contracts.commands import is_genuine
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.examples.values import ORDER_ID
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.operator.v1 import api_pb2, api_pb2_grpc, operator_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.errors import OutcomeUnknown
from sextant.operator.calls import CallFailed, CallRefused
from sextant.operator.client import OperatorClient
from sextant.runtime.commanding import COMMANDS
from sextant.runtime.stamp import open_record
from tests.integration.console.world import DEAD, KEYS, Served, serving, until
from tests.unit.services.console.story import example

ORDER = api_pb2.Order(command_id="cmd-1", scope="global", reason="checking fills", operator="ada")


@pytest.fixture
async def bus() -> MemoryBus:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    return bus


@pytest.fixture
async def served(bus: MemoryBus) -> AsyncIterator[Served]:
    async with serving(bus) as running:
        yield running


async def send(bus: MemoryBus, topic: str, name: str) -> None:
    record = example(topic, name)
    await bus.producer().send([Outgoing(topic, 0, record.key, record.value, record.headers)])


async def caught_up(served: Served) -> None:
    await until(lambda: served.console.picture.is_caught_up, "not caught up")


async def commands(bus: MemoryBus) -> list[control_pb2.Command]:
    return [open_record(record).value for record in await bus.read(TopicPartition(COMMANDS, 0))]


async def test_status_is_the_picture_and_knows_orders_from_before_the_start(bus: MemoryBus) -> None:
    for topic, name in (
        ("ledger.portfolios.v1", "trading"),
        ("risk.breakers.v1", "closed"),
        ("execution.orders.v1", "pending"),
        ("execution.orders.v1", "unknown"),
    ):
        await send(bus, topic, name)
    async with serving(bus) as served, served.client() as client:
        await caught_up(served)
        picture = await client.status()
    assert picture.is_caught_up
    assert [portfolio.portfolio for portfolio in picture.portfolios] == ["main"]
    assert [(breaker.scope, breaker.state) for breaker in picture.breakers] == [
        ("global", risk_pb2.BREAKER_STATE_CLOSED)
    ]
    (order,) = picture.working_orders
    assert (order.order_id, order.state) == (ORDER_ID, execution_pb2.ORDER_STATE_UNKNOWN)
    assert {count.state: count.count for count in picture.order_counts if count.count} == {
        execution_pb2.ORDER_STATE_UNKNOWN: 1
    }
    assert {venue.venue for venue in picture.venues} == {"alpha", "beta", "gamma"}


@pytest.mark.parametrize("token", ["", "wrong", KEYS.door_token, KEYS.command_key.hex()])
async def test_without_the_token_no_method_answers(served: Served, token: str) -> None:
    async with served.client(token) as client:
        for call in (client.status(), client.explain("x"), client.halt(ORDER), client.flat_all(ORDER, 5)):
            with pytest.raises(CallRefused, match="another secret"):
                await call
        with pytest.raises(CallRefused, match="another secret"):
            async for _ in client.watch():
                pass
    assert served.metrics.get_sample_value("sextant_console_unauthenticated_total") == 5


async def test_a_call_without_any_metadata_is_refused_and_health_is_not(served: Served) -> None:
    await until(lambda: served.resources.health.is_ready, "not ready")
    async with grpc.aio.insecure_channel(served.address) as channel:
        stub: Any = api_pb2_grpc.OperatorServiceStub(channel)  # type: ignore[no-untyped-call]  # generated code
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Status(api_pb2.OperatorServiceStatusRequest(), timeout=5)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        health: Any = health_pb2_grpc.HealthStub(channel)
        for service in ("", "sextant.operator.v1.OperatorService"):
            async for answer in health.Watch(health_pb2.HealthCheckRequest(service=service), timeout=5):
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    break


async def test_halt_and_resume_lie_signed_in_the_log_with_who_and_why(bus: MemoryBus, served: Served) -> None:
    async with served.client() as client:
        receipt = await client.halt(ORDER)
        await client.resume(api_pb2.Order(command_id="cmd-2", scope="portfolio/main", operator="bob"))
    assert (receipt.command_id, receipt.position.topic, receipt.position.offset) == ("cmd-1", COMMANDS, 0)
    halt, resume = await commands(bus)
    assert is_genuine(halt, KEYS.command_key)
    assert is_genuine(resume, KEYS.command_key)
    assert (halt.kind, halt.scope, halt.operator, dict(halt.arguments)) == (
        control_pb2.COMMAND_KIND_HALT,
        "global",
        "ada",
        {"reason": "checking fills"},
    )
    assert (resume.kind, resume.scope, resume.operator) == (
        control_pb2.COMMAND_KIND_RESUME,
        "portfolio/main",
        "bob",
    )
    assert resume.command_time.ToNanoseconds() > halt.command_time.ToNanoseconds()


async def test_a_parameter_that_nobody_obeys_is_refused_and_said_to_nobody(
    bus: MemoryBus, served: Served
) -> None:
    async with served.client() as client:
        with pytest.raises(CallRefused, match="no service obeys it"):
            await client.set_parameter(ORDER, "limits.max_notional", "1000")
    assert await commands(bus) == []


async def test_a_parameter_that_somebody_obeys_lies_in_the_log(bus: MemoryBus) -> None:
    async with serving(bus, obeyed={"pace": "a service of this test"}) as served, served.client() as client:
        await client.set_parameter(ORDER, "pace", "slow")
    (command,) = await commands(bus)
    assert command.kind == control_pb2.COMMAND_KIND_SET_PARAMETER
    assert dict(command.arguments) == {"pace": "slow", "reason": "checking fills"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"command_id": ""}, "command_id"),
        ({"command_id": "a b"}, "a b"),
        ({"scope": "everything"}, "everything"),
        ({"scope": "portfolio/A"}, "portfolio/A"),
        ({"reason": "x" * 501}, "501 characters"),
        ({"operator": ""}, "order.operator"),
    ],
)
async def test_an_order_that_cannot_be_names_its_field_and_goes_nowhere(
    bus: MemoryBus, served: Served, change: dict[str, str], named: str
) -> None:
    order = api_pb2.Order()
    order.CopyFrom(ORDER)
    for field, value in change.items():
        setattr(order, field, value)
    async with served.client() as client:
        for call in (client.halt(order), client.resume(order), client.flat_all(order, 5)):
            with pytest.raises(CallRefused, match=named):
                await call
    assert await commands(bus) == []


async def test_explain_answers_or_says_that_the_log_does_not_hold_the_order(bus: MemoryBus) -> None:
    async def explain(order_id: str, jaeger_url: str) -> api_pb2.ExplainResponse:
        return api_pb2.ExplainResponse(text=f"order {order_id} {jaeger_url}", document="{}")

    async with serving(bus, explain=explain) as served, served.client() as client:
        assert (await client.explain("abc", "http://jaeger:1")).text == "order abc http://jaeger:1"
        with pytest.raises(CallRefused, match="jaeger_url"):
            await client.explain("abc", "javascript:alert(1)")
        with pytest.raises(CallRefused, match="order_id"):
            await client.explain("a/b")
    async with serving(bus) as served, served.client() as client:
        with pytest.raises(CallRefused, match="not in the log"):
            await client.explain("abc")


async def test_the_server_has_a_limit_of_its_own_where_the_caller_is_patient(
    bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def explain(order_id: str, jaeger_url: str) -> api_pb2.ExplainResponse:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits so long")

    monkeypatch.setattr(operator_calls, "_EXPLAIN_S", 0.2)
    async with serving(bus, explain=explain) as served, served.client() as client:
        with pytest.raises(OutcomeUnknown, match=r"DEADLINE_EXCEEDED not done within 0\.2 s"):
            await client.explain("abc")
        assert (await client.status()).mode


class FakeDoor:
    """Flattens, or fails as it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[tuple[str, str, str, str]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def flat_all(
        self, command_id: str, scope: str, reason: str, timeout_s: float, *, operator: str
    ) -> operator_pb2.FlatAllResponse:
        self.asked.append((command_id, scope, reason, operator))
        await self.may_go_on.wait()
        if self.error is not None:
            raise self.error
        return operator_pb2.FlatAllResponse(cancelled_orders=2, closing_orders=1)


async def test_flat_all_goes_to_the_door_where_it_answers(bus: MemoryBus) -> None:
    door = FakeDoor()
    async with serving(bus, door=door) as served, served.client() as client:
        answer = await client.flat_all(ORDER, 5)
    assert (answer.route, answer.done.cancelled_orders) == (api_pb2.FLAT_ALL_ROUTE_DOOR, 2)
    assert door.asked == [("cmd-1", "global", "checking fills", "ada")]
    assert await commands(bus) == [], "the door publishes the command itself"


@pytest.mark.parametrize(
    "error", [CallFailed("no door answers"), CallRefused("another secret"), OutcomeUnknown("broke off")]
)
async def test_flat_all_lies_in_the_log_where_the_door_did_not_take_it(
    bus: MemoryBus, error: Exception
) -> None:
    async with serving(bus, door=FakeDoor(error)) as served, served.client() as client:
        answer = await client.flat_all(ORDER, 5)
    assert answer.route == api_pb2.FLAT_ALL_ROUTE_LOG
    assert list(answer.problems) == [str(error)]
    (command,) = await commands(bus)
    assert (command.kind, command.command_id, command.operator) == (
        control_pb2.COMMAND_KIND_FLAT_ALL,
        "cmd-1",
        "ada",
    )


class SilentBus(MemoryBus):
    """A log that cannot be reached any more."""

    is_silent = False

    async def read(
        self, partition: TopicPartition, start: int | None = None, end: int | None = None
    ) -> Sequence[Record]:
        if self.is_silent:
            raise BusUnavailable(address="127.0.0.1:9092", reason="no answer")
        return await super().read(partition, start, end)


@pytest.mark.parametrize(
    ("of_the_door", "meant"),
    [(CallFailed("no door answers"), CallFailed), (OutcomeUnknown("broke off"), OutcomeUnknown)],
)
async def test_with_neither_door_nor_log_it_says_what_is_known_of_both(
    of_the_door: Exception, meant: type[Exception]
) -> None:
    bus = SilentBus(MemoryLog())
    await bus.ensure_topics()
    async with serving(bus, door=FakeDoor(of_the_door)) as served, served.client() as client:
        await caught_up(served)
        bus.is_silent = True
        with pytest.raises(meant, match=f"no answer; {of_the_door}"):
            await client.flat_all(ORDER, 5)
        with pytest.raises(CallFailed, match="no answer"):
            await client.halt(ORDER)
        assert (await client.status()).is_caught_up, "the picture is still told"


async def test_an_order_whose_caller_has_gone_is_finished(bus: MemoryBus) -> None:
    door = FakeDoor(CallFailed("no door answers"))
    door.may_go_on.clear()
    async with serving(bus, door=door) as served, served.client() as client:
        with pytest.raises(OutcomeUnknown, match=r"DEADLINE_EXCEEDED.*--command-id cmd-1"):
            await client.flat_all(ORDER, 0.3)
        assert await commands(bus) == []
        door.may_go_on.set()
        await served.commands.drain(5)
    assert [command.command_id for command in await commands(bus)] == ["cmd-1"]


async def test_nobody_at_the_address_is_said_so() -> None:
    async with OperatorClient(DEAD, KEYS.api_token) as client:
        with pytest.raises(CallFailed, match="no operator API answers"):
            await client.status()


async def test_a_request_that_is_too_long_is_refused(served: Served) -> None:
    order = api_pb2.Order(command_id="x", scope="global", operator="ada", reason="y" * 100_000)
    async with served.client() as client:
        with pytest.raises(CallFailed):
            await client.halt(order)


async def test_a_console_that_starts_anew_knows_what_it_knew(bus: MemoryBus) -> None:
    for name in ("pending", "open"):
        await send(bus, "execution.orders.v1", name)
    states = []
    port = 0
    for _ in range(2):
        async with serving(bus, port=port) as served, served.client() as client:
            port = int(served.address.rpartition(":")[2])
            await caught_up(served)
            states.append([(o.order_id, o.state, o.revision) for o in (await client.status()).working_orders])
    assert states[0] == states[1] == [(ORDER_ID, execution_pb2.ORDER_STATE_OPEN, 2)]
