"""Spans of orders after a kill: what had not left with the old process is made again from the journal, the same and not a second time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.telemetry.span import Span
from sextant.telemetry.spans import CollectedSpans
from simulator.exchange.interface import Side
from tests.integration.execution.world import KeptJournal, World, speaking, until
from tests.integration.simulator.venues import running_venue

STATE = execution_pb2.OrderState


class DyingJournal(KeptJournal):
    """A journal whose process dies before it marks anything as published; `lives` mends it."""

    lives = False

    async def mark_published(self, partition: int, up_to: int) -> None:
        if self.lives:
            await super().mark_published(partition, up_to)


@pytest.fixture
def journal() -> DyingJournal:
    return DyingJournal()


@pytest.fixture
async def world(tmp_path: Path, journal: DyingJournal) -> AsyncIterator[World]:
    async def connect() -> DyingJournal:
        return journal

    async with running_venue() as venue:
        venue.quote(Side.SELL, "5", "60010")
        async with speaking(World(venue, tmp_path, connect)) as made:
            yield made


def lasting(spans: Sequence[Span]) -> dict[bytes, tuple[bytes, bytes, str]]:
    """Return the spans of orders and fills; a call that was under way is not in the journal."""
    return {
        span.span_id: (
            span.trace_id,
            span.parent_id,
            f"{span.name} {span.attributes['sextant.client_order_id']}",
        )
        for span in spans
        if span.name != "venue call"
    }


def spans_of(world: World, life: int) -> Sequence[Span]:
    spans = world.tools[life].spans
    assert isinstance(spans, CollectedSpans)
    return spans.spans


async def test_a_new_process_makes_the_spans_again_that_may_not_have_left(
    world: World, journal: DyingJournal
) -> None:
    async with world.running("old"):
        await world.decide("sxfilled")
        await world.ends("sxfilled")
        await world.decide("sxlate", valid_ms=-1)
        assert (await world.ends("sxlate")).state == STATE.ORDER_STATE_NOT_SENT
        await world.decide("sxopen", price="59000", force=risk_pb2.TIME_IN_FORCE_GTC)
        await world.comes("sxopen", STATE.ORDER_STATE_OPEN)
    journal.lives = True
    async with world.running("new"):
        old = lasting(spans_of(world, 0))
        assert [name.split()[0] for _, _, name in old.values()].count("order") == 3
        await until(lambda: lasting(spans_of(world, 1)).keys() >= old.keys(), "spans are missing")
        assert lasting(spans_of(world, 1)) == old
        for span in spans_of(world, 1):
            assert 0 < span.start_ns <= span.end_ns


async def test_what_was_marked_is_not_made_again_and_what_is_open_is(
    world: World, journal: DyingJournal
) -> None:
    journal.lives = True
    async with world.running("old"):
        await world.decide("sxfilled", quantity="0.01")
        await world.ends("sxfilled")
        await world.decide("sxopen", price="59000", force=risk_pb2.TIME_IN_FORCE_GTC)
        await world.comes("sxopen", STATE.ORDER_STATE_OPEN)
    async with world.running("new"):
        assert [name for _, _, name in lasting(spans_of(world, 1)).values()] == ["order sxopen"]
        assert Decimal((await world.orders("sxfilled"))[-1].filled_quantity.value) == Decimal("0.01")
