"""An order is explained from the log alone: every step with its place and latency, whatever is missing said and not guessed."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from rich.console import Console

from services.archive.index import OrderIndex
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, TopicPartition
from sextant.contracts.examples import execution, risk, strategies
from sextant.contracts.examples.values import INTENT_ID, ORDER_ID
from sextant.contracts.market.v1 import events_pb2, frames_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.core.time import SECOND
from sextant.explaining.assemble import assemble
from sextant.explaining.gather import OrderNotFound, gather
from sextant.explaining.market_steps import frame_step
from sextant.explaining.tree import explanation_data, explanation_tree
from sextant.explaining.values import Explanation
from sextant.runtime.lineage import Lineage
from tests.support.story import OTHER_ORDER, TAKE_NS, WAIT_NS, MemoryReader, Story, operators_order

_OF_ORDERS = ("risk.decisions.v1", "execution.orders.v1", "execution.fills.v1", "ledger.entries.v1")
_CHAIN = [
    *("venue frame", "event batch", "fix", "vector", "signal", "intent", "decision"),
    *("order", "order filled", "fill", "postings"),
]


@dataclass
class World:
    bus: MemoryBus
    story: Story

    async def explain(self, order: str = ORDER_ID, since_ms: int | None = None) -> Explanation:
        return assemble(await gather(MemoryReader(self.bus), order, since_ms=since_ms))

    async def forget(self, topic: str) -> None:
        await self.bus.delete_before(dict(await self.bus.end_offsets(topic)))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    log = MemoryLog()
    bus = MemoryBus(log)
    await bus.ensure_topics()
    story = Story(bus)
    log._clock = story.clock
    yield World(bus, story)
    await bus.stop()


async def test_the_whole_chain_is_told_in_order_with_its_places(world: World) -> None:
    await world.story.tell()
    steps = {timed.step.name: timed for timed in (await world.explain()).steps}
    assert list(steps) == _CHAIN
    for name, topic in (
        ("venue frame", "market.frames.v1"),
        ("event batch", "market.events.v1"),
        ("fix", "market.validated.v1"),
        ("vector", "features.vectors.v1"),
        ("signal", "strategies.signals.v1"),
        ("intent", "strategies.intents.v1"),
        ("decision", "risk.decisions.v1"),
        ("fill", "execution.fills.v1"),
        ("postings", "ledger.entries.v1"),
    ):
        assert steps[name].step.at == world.story.places[topic], name
        assert not steps[name].step.problem


async def test_latencies_are_those_of_the_hops(world: World) -> None:
    await world.story.tell()
    steps = {timed.step.name: timed for timed in (await world.explain()).steps}
    for name in ("fix", "vector", "signal", "intent", "decision"):
        assert (steps[name].waited_ns, steps[name].took_ns) == (WAIT_NS, TAKE_NS)
    total = steps["decision"].total_ns
    assert total == steps["decision"].step.end_ns - steps["venue frame"].step.end_ns


async def test_money_is_told_exactly(world: World) -> None:
    await world.story.tell()
    steps = {timed.step.name: timed.step for timed in (await world.explain()).steps}
    assert dict(steps["decision"].facts)["approved"] == "0.02380 at 42042.50 on alpha-main"
    assert dict(steps["fill"].facts)["commission"] == "0.99961190 USDT"
    assert ("venue:alpha-main", "-999.6119000", "USDT") in steps["postings"].rows
    assert ("passed", "notional", "5000 USDT", "1000.6115 USDT") in steps["decision"].rows
    assert [row[0] for row in steps["venue frame"].rows] == ["17", "18"]
    assert steps["intent"].rows[0][4:] == ("24 bp", "strategies.signals.v1/0@1")


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("market.frames.v1", "venue frame"),
        ("market.validated.v1", "fix"),
        ("strategies.signals.v1", "signal"),
        ("risk.decisions.v1", "decision"),
    ],
)
async def test_a_record_that_is_gone_is_said_and_the_rest_is_told(
    world: World, topic: str, name: str
) -> None:
    await world.story.tell()
    await world.forget(topic)
    explanation = await world.explain()
    assert [timed.step.name for timed in explanation.steps] == _CHAIN
    (gone,) = (timed.step for timed in explanation.steps if timed.step.problem)
    assert gone.name == name
    assert "no longer in the" in gone.problem


async def test_without_the_batch_nothing_is_said_of_frames(world: World) -> None:
    await world.story.tell()
    await world.forget("market.events.v1")
    assert [timed.step.name for timed in (await world.explain()).steps] == _CHAIN[1:]


async def test_an_operators_order_has_no_chain_before_it(world: World) -> None:
    await world.story.event(operators_order(), Lineage())
    explanation = await world.explain(operators_order().client_order_id)
    assert [timed.step.name for timed in explanation.steps] == ["order"]
    assert "an operator's order" in explanation.summary


async def test_an_order_that_was_not_sent_ends_without_fills(world: World) -> None:
    not_sent = execution.orders()["not-sent"].message
    await world.story.event(execution.pending(), Lineage())
    await world.story.event(not_sent, Lineage())  # type: ignore[arg-type]  # the example of this topic
    explanation = await world.explain()
    assert [timed.step.name for timed in explanation.steps] == ["order", "order not sent"]
    assert ("reason", "approval expired") in explanation.steps[-1].step.facts


async def test_a_revision_that_was_published_twice_is_told_once(world: World) -> None:
    await world.story.tell()
    await world.story.event(execution.pending(), Lineage())
    await world.story.event(execution.filled(), Lineage())
    assert [timed.step.name for timed in (await world.explain()).steps] == _CHAIN


async def test_an_order_is_found_behind_thousands_of_others(world: World) -> None:
    await world.story.tell()
    at = world.story.places["execution.orders.v1"]
    other = Outgoing(at.topic, at.partition, OTHER_ORDER.encode(), execution.pending().SerializeToString())
    await world.bus.producer().send([other] * 4_500)
    assert len((await world.explain()).steps) == len(_CHAIN)


async def test_an_unknown_order_is_an_error_that_says_what_was_searched(world: World) -> None:
    await world.story.tell()
    with pytest.raises(
        OrderNotFound, match="order sxnone: not in the index, and nothing of it among the 8 records"
    ):
        await world.explain("sxnone")
    with pytest.raises(OrderNotFound, match="among the 0 records"):
        await world.explain(since_ms=world.story.clock.now_ns // 1_000_000 + 1)


async def test_frames_of_a_recording_carry_another_clock_and_count_for_no_latency(world: World) -> None:
    world.story.clock.now_ns += 3600 * SECOND
    await world.story.tell()
    first, batch = (await world.explain()).steps[:2]
    assert first.total_ns is None
    assert batch.waited_ns is None
    assert batch.total_ns == TAKE_NS


async def test_the_tree_is_aligned_and_the_data_says_the_same(world: World) -> None:
    await world.story.tell()
    explanation = await world.explain()
    console = Console(width=240, record=True, file=io.StringIO())
    console.print(explanation_tree(explanation))
    text = console.export_text()
    ends = {line.rstrip().rfind(" ms") for line in text.splitlines() if line.startswith(("├── ", "└── "))}
    assert len(ends) == 1, "the latencies of all steps end in one column"
    data = explanation_data(explanation)
    assert [step["step"] for step in data["steps"]] == _CHAIN
    assert data["steps"][-1]["rows"][0] == {
        "account": "venue:alpha-main",
        "amount": "0.02380",
        "asset": "BTC",
    }


async def test_frames_are_of_the_batchs_connection_epoch_and_numbers(world: World) -> None:
    await world.story.tell()
    found = await gather(MemoryReader(world.bus), ORDER_ID)
    assert [record.key for record in found.frames] == [b"alpha/spot-0"]
    assert [record.position for record in found.frames] == [world.story.places["market.frames.v1"]]


async def test_of_a_batchs_frames_those_of_its_own_market_are_shown(world: World) -> None:
    await world.story.tell()
    found = await gather(MemoryReader(world.bus), ORDER_ID)
    (record,) = found.frames
    journal = frames_pb2.FrameBatch.FromString(record.value or b"")
    other = b'{"s":"DOGEUSDT"}'
    journal.frames += other
    journal.lengths.append(len(other))
    journal.receive_time_ns.append(journal.receive_time_ns[-1] + 1)
    batch = events_pb2.EventBatch.FromString(found.upstream["ingest"].value or b"")
    batch.last_frame += 1
    step = frame_step([replace(record, value=journal.SerializeToString())], batch)
    assert [row[0] for row in step.rows] == ["17", "18"]
    batch.instrument = "alpha:XRP/USDT"
    step = frame_step([replace(record, value=journal.SerializeToString())], batch)
    assert [row[0] for row in step.rows] == ["17", "18", "19"], "where none names it, the newest are shown"


async def indexed(world: World) -> MemoryReader:
    """Let the archive index everything there is; return a reader that knows how far it came."""
    index = OrderIndex(world.bus.producer(), world.story.clock)
    reach: dict[TopicPartition, int] = {}
    for topic in ("strategies.intents.v1", *_OF_ORDERS):
        for at, end in (await world.bus.end_offsets(topic)).items():
            reach[at] = end
            index.see(await world.bus.read(at))
    await index.publish()
    return MemoryReader(world.bus, reach)


async def test_an_indexed_order_is_read_without_a_search_and_told_alike(world: World) -> None:
    await world.story.tell()
    at = world.story.places["execution.orders.v1"]
    other = Outgoing(at.topic, at.partition, OTHER_ORDER.encode(), execution.pending().SerializeToString())
    await world.bus.producer().send([other] * 4_500)
    searched = await world.explain()
    reader = await indexed(world)
    assert assemble(await gather(reader, ORDER_ID)) == searched
    assert reader.read_records < 30
    with pytest.raises(OrderNotFound, match="among the 0 records"):
        await gather(reader, "sxnone")


async def test_what_is_newer_than_the_index_is_found_by_reading_on(world: World) -> None:
    await world.story.event(execution.pending(), Lineage())
    reader = await indexed(world)
    await world.story.tell()
    explanation = assemble(await gather(reader, ORDER_ID))
    assert [timed.step.name for timed in explanation.steps[-3:]] == ["order filled", "fill", "postings"]


async def test_without_its_index_the_log_itself_is_searched(world: World) -> None:
    await world.story.tell()
    reader = await indexed(world)
    await world.forget("archive.places.v1")
    with pytest.raises(OrderNotFound):
        await gather(reader, ORDER_ID)
    assert (await gather(reader, ORDER_ID, uses_index=False)).events


@pytest.mark.parametrize("has_index", [True, False])
async def test_a_refused_intent_is_explained_by_its_id_up_to_the_decision(
    world: World, has_index: bool
) -> None:
    refused = risk.decisions()["refused"].message
    assert isinstance(refused, risk_pb2.Decision)
    await world.story.stage("risk", "risk.decisions.v1", "main", refused, None, Lineage())
    reader = await indexed(world) if has_index else MemoryReader(world.bus)
    explanation = assemble(await gather(reader, refused.intent.intent_id))
    assert explanation.title == f"intent {refused.intent.intent_id}"
    assert [timed.step.name for timed in explanation.steps] == ["decision"]
    assert "refused, NOTHING_TO_REDUCE: limit a position above 0, was 0" in explanation.summary


async def test_an_intents_id_leads_to_its_order(world: World) -> None:
    await world.story.tell()
    assert (await world.explain(INTENT_ID)).steps == (await world.explain()).steps


async def test_an_intent_that_nobody_has_decided_on_is_told_alone(world: World) -> None:
    intent = strategies.take()
    assert isinstance(intent, intents_pb2.Intent)
    await world.story.write("ensemble", "strategies.intents.v1", "main", "main", intent, Lineage())
    explanation = await world.explain(intent.intent_id)
    assert "no decision is in the log yet" in explanation.summary


async def test_the_trace_is_linked_where_jaeger_is_known(world: World) -> None:
    await world.story.tell()
    told = replace(await world.explain(), trace_id="ab" * 16)
    assert (
        explanation_data(told, "http://jaeger:16686/")["trace_url"]
        == f"http://jaeger:16686/trace/{'ab' * 16}"
    )
    assert explanation_data(told)["trace_url"] is None
    console = Console(width=240, record=True, file=io.StringIO())
    console.print(explanation_tree(told))
    assert f"trace {'ab' * 16}" in console.export_text()
