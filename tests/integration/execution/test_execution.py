"""Orders over a real socket: each decision becomes at most one order, whatever is lost on the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import ClientSession

from sextant.bus.port import Outgoing
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.runtime.stamp import identity_of, open_record
from simulator.exchange.interface import Side
from tests.integration.execution.world import DECISIONS, FILLS, ORDERS, KeptJournal, World, speaking, until
from tests.integration.simulator.venues import running_venue

STATE = execution_pb2.OrderState


@pytest.fixture
def journal() -> KeptJournal:
    return KeptJournal()


@pytest.fixture
async def world(tmp_path: Path, journal: KeptJournal) -> AsyncIterator[World]:
    async def connect() -> KeptJournal:
        return journal

    async with running_venue() as venue:
        venue.quote(Side.SELL, "5", "60010")
        venue.quote(Side.BUY, "5", "60000")
        async with speaking(World(venue, tmp_path, connect)) as made:
            yield made


async def fault(world: World, **body: object) -> None:
    async with ClientSession(world.venue.http) as http:
        response = await http.post("/_sim/faults", json=body)
        assert response.status == 200, await response.text()


async def heal(world: World) -> None:
    async with ClientSession(world.venue.http) as http:
        await http.delete("/_sim/faults")


async def test_an_approved_decision_becomes_a_filled_order_with_all_its_facts(world: World) -> None:
    async with world.running():
        record = await world.decide("sxfilled")
        end = await world.ends("sxfilled")
    assert end.state == STATE.ORDER_STATE_FILLED
    assert Decimal(end.filled_quantity.value) == Decimal("0.1")
    assert end.venue_order_id
    assert end.gate_time_ns > 0
    assert (end.intent_id, end.decision_id, end.portfolio) == ("intent-sxfilled", "d-sxfilled", "main")
    [fill] = await world.fills()
    assert (fill.client_order_id, fill.commission_asset) == ("sxfilled", "BTC")
    assert fill.fill_id.startswith("alpha-main/BTCUSDT/")
    assert Decimal(fill.price.value) == 60010
    revisions = [event.revision for event in await world.orders("sxfilled")]
    assert revisions == list(range(1, len(revisions) + 1))
    [fill_record] = await world.records(FILLS)
    hops = open_record(fill_record).lineage.hops()
    assert [(hop.stage, hop.input) for hop in hops] == [("execution", record.position)]
    assert open_record(fill_record).trace.split(b"-")[1] == open_record(record).trace.split(b"-")[1]


async def test_outputs_have_ids_of_their_place_in_the_journal(world: World) -> None:
    async with world.running():
        for number in range(5):
            await world.decide(f"sx{number}", quantity="0.01")
        for number in range(5):
            await world.ends(f"sx{number}")
    records = [*await world.records(ORDERS), *await world.records(FILLS)]
    roots = sorted(identity_of(record).root.sequence for record in records)
    assert roots == list(range(len(records)))
    assert {identity_of(record).root.source for record in records} == {
        f"execution.journal/{records[0].partition}"
    }
    for name in (ORDERS, FILLS):
        places = [identity_of(record).root.sequence for record in await world.records(name)]
        assert places == sorted(places)


async def test_what_an_ioc_order_cannot_get_is_cancelled_with_what_it_got(world: World) -> None:
    async with world.running():
        await world.decide("sxpart", quantity="7")
        end = await world.ends("sxpart")
    assert end.state == STATE.ORDER_STATE_CANCELLED
    assert Decimal(end.filled_quantity.value) == 5
    assert sum(Decimal(fill.quantity.value) for fill in await world.fills()) == 5


async def test_a_refusal_of_the_venue_is_final(world: World) -> None:
    async with world.running():
        await world.decide("sxpoor", side=2, quantity="5000", price="60000")
        end = await world.ends("sxpoor")
    assert end.state == STATE.ORDER_STATE_REJECTED
    assert "-2010" in end.reason


async def test_a_lost_reply_is_asked_for_and_nothing_is_sent_twice(world: World) -> None:
    async with world.running():
        await fault(world, kind="lose_replies", probability=1)
        before = world.venue.exchange.listed("BTCUSDT").last_order_id
        await world.decide("sxlost")
        await asyncio.sleep(0.1)
        await heal(world)
        end = await world.ends("sxlost", timeout_s=15)
        assert world.venue.exchange.listed("BTCUSDT").last_order_id == before + 1
    assert end.state == STATE.ORDER_STATE_FILLED
    assert len(await world.fills()) == 1


async def test_fills_that_came_while_the_stream_was_down_are_found(world: World) -> None:
    async with world.running():
        await world.decide("sxrest", price="60005", force=risk_pb2.TIME_IN_FORCE_GTC)
        await world.comes("sxrest", STATE.ORDER_STATE_OPEN)
        await fault(world, kind="drop_connections", scope="all")
        world.venue.quote(Side.SELL, "0.04", "60005")
        world.venue.quote(Side.SELL, "0.06", "60005")
        end = await world.ends("sxrest", timeout_s=15)
    assert end.state == STATE.ORDER_STATE_FILLED
    assert [Decimal(fill.quantity.value) for fill in await world.fills()] == [
        Decimal("0.04"),
        Decimal("0.06"),
    ]
    assert all(fill.is_maker for fill in await world.fills())


async def test_the_same_decision_twice_is_one_order(world: World) -> None:
    async with world.running():
        record = await world.decide("sxtwice")
        await world.ends("sxtwice")
        again = Outgoing(DECISIONS, record.partition, record.key, record.value, record.headers)
        before = world.venue.exchange.listed("BTCUSDT").last_order_id
        await world.bus.producer().send([again])
        await world.decide("sxafter", quantity="0.01")
        await world.ends("sxafter")
        assert world.venue.exchange.listed("BTCUSDT").last_order_id == before + 1
    assert Counter(fill.client_order_id for fill in await world.fills()) == {"sxtwice": 1, "sxafter": 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"valid_ms": -1}, "approval expired"),
        ({"epoch": 7}, "breaker epoch 7"),
        ({"price": "1", "reduce_only": False, "epoch": 0}, "breaker epoch 0"),
    ],
)
async def test_what_does_not_pass_the_gate_is_never_sent_and_says_why(
    world: World, change: dict[str, object], reason: str
) -> None:
    async with world.running():
        before = world.venue.exchange.listed("BTCUSDT").last_order_id
        await world.decide("sxgate", **change)  # type: ignore[arg-type]  # keywords of decide
        end = await world.ends("sxgate")
        assert world.venue.exchange.listed("BTCUSDT").last_order_id == before
    assert end.state == STATE.ORDER_STATE_NOT_SENT
    assert reason in end.reason
    assert end.gate_time_ns > 0


async def test_silent_breakers_close_the_gate(world: World) -> None:
    async with world.running():
        world.breakers_speak = False
        await asyncio.sleep(2.3)
        await world.decide("sxsilent")
        end = await world.ends("sxsilent")
    assert (end.state, end.reason.split(" for")[0]) == (STATE.ORDER_STATE_NOT_SENT, "breakers silent")


async def test_an_open_breaker_lets_only_reducing_orders_pass(world: World) -> None:
    async with world.running():
        world.breaker_state, world.breaker_epoch = risk_pb2.BREAKER_STATE_OPEN, 2
        await asyncio.sleep(0.3)
        await world.decide("sxnew", epoch=2)
        await world.decide("sxless", side=2, price="60000", quantity="0.01", reduce_only=True)
        assert (await world.ends("sxnew")).state == STATE.ORDER_STATE_NOT_SENT
        assert (await world.ends("sxless")).state == STATE.ORDER_STATE_FILLED


async def test_a_halt_counts_only_with_the_operators_signature_and_a_resume_lifts_it(world: World) -> None:
    async with world.running():
        await world.command(control_pb2.COMMAND_KIND_HALT, "forged", key=b"somebody else")
        await asyncio.sleep(0.2)
        await world.decide("sxforged", quantity="0.01")
        assert (await world.ends("sxforged")).state == STATE.ORDER_STATE_FILLED
        await world.command(control_pb2.COMMAND_KIND_HALT, "halt")
        await asyncio.sleep(0.2)
        await world.decide("sxhalted", quantity="0.01")
        assert (await world.ends("sxhalted")).reason == "halted by the operator"
        await world.command(control_pb2.COMMAND_KIND_RESUME, "resume")
        await asyncio.sleep(0.2)
        await world.decide("sxresumed", quantity="0.01")
        assert (await world.ends("sxresumed")).state == STATE.ORDER_STATE_FILLED


async def test_a_record_that_cannot_be_read_halts_the_partition(world: World) -> None:
    async with world.running():
        record = await world.decide("sxgood", quantity="0.01")
        await world.ends("sxgood")
        broken = Outgoing(DECISIONS, record.partition, record.key, b"\xff\xff", record.headers)
        await world.bus.producer().send([broken])
        health = world.tools[-1].health
        await until(lambda: not health.is_ready, "the partition goes on")
        await world.decide("sxlater", quantity="0.01")
        await asyncio.sleep(0.3)
        assert await world.orders("sxlater") == []


async def test_flat_all_over_the_log_cancels_closes_and_keeps_flat(world: World) -> None:
    async with world.running():
        await world.decide("sxlong", quantity="1")
        await world.ends("sxlong")
        await world.decide("sxopen", price="59000", force=risk_pb2.TIME_IN_FORCE_GTC)
        await world.comes("sxopen", STATE.ORDER_STATE_OPEN)
        await world.command(control_pb2.COMMAND_KIND_FLAT_ALL, "flat-1")
        assert (await world.ends("sxopen")).state == STATE.ORDER_STATE_CANCELLED
        closing = await _closing(world)
        assert closing.state == STATE.ORDER_STATE_FILLED
        assert closing.decision_id == ""
        await world.decide("sxagain", quantity="0.01", reduce_only=True)
        assert "flattened" in (await world.ends("sxagain")).reason
    free, locked = world.venue.exchange.balance("main", "BTC")
    assert abs(free + locked - 10) < Decimal("0.00001")


async def _closing(world: World) -> execution_pb2.OrderEvent:
    async with asyncio.timeout(10):
        while True:
            for event in await world.orders():
                if not event.decision_id and event.state == STATE.ORDER_STATE_FILLED:
                    return event
            await asyncio.sleep(0.05)


async def test_a_new_owner_takes_up_what_the_old_one_left_and_the_old_one_is_refused(
    world: World, journal: KeptJournal
) -> None:
    async with world.running("old"):
        await world.decide("sxleft", price="59000", force=risk_pb2.TIME_IN_FORCE_GTC)
        await world.comes("sxleft", STATE.ORDER_STATE_OPEN)
        await journal.acquire("main", 0, "somebody else")
        await world.decide("sxrefused", quantity="0.01")
        await until(lambda: not world.tools[0].health.is_ready, "the old owner goes on")
        assert await world.orders("sxrefused") == []
        before = world.venue.exchange.listed("BTCUSDT").last_order_id
    async with world.running("new"):
        assert (await world.ends("sxrefused")).state in (STATE.ORDER_STATE_FILLED, STATE.ORDER_STATE_NOT_SENT)
        assert world.venue.exchange.listed("BTCUSDT").last_order_id <= before + 1
        world.venue.quote(Side.SELL, "0.1", "59000")
        await asyncio.sleep(0.5)
    assert [event.revision for event in await world.orders("sxleft")][:2] == [1, 2]
