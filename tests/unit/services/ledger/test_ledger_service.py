"""The running ledger: outages pass, the audit chain reaches the log, nothing is believed unsigned, nothing is skipped in silence."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.ledger import service
from services.ledger.adapters.memory import MemoryLedgerStore
from services.ledger.domain.audit import first_broken
from services.ledger.store import Audited, Booked, BooksDiffer
from sextant.bus.errors import MembershipLost
from sextant.bus.memory import MemoryLog
from sextant.bus.memory.consumers import MemoryBroadcastConsumer, MemoryGroupConsumer
from sextant.bus.port import Outgoing, Record, TopicPartition
from sextant.runtime.migrations import DatabaseUnavailable
from tests.support.ledger import (
    AUDIT,
    FILLS,
    KEY,
    PARTITION,
    PORTFOLIOS,
    QUANTITY,
    command,
    fill,
    fills_said,
    new_log,
    newest_quantity,
    running,
    said,
    until,
    vector,
)

CALLS = ("acquire", "load", "book", "unpublished", "published", "day_start")
AUDIT_CALLS = ("append_audit", "unpublished_audit", "audit_published")


class Failing(MemoryLedgerStore):
    """A store whose database goes away: `failing` names the calls that do not reach it, `check` among them as long as `is_down`."""

    def __init__(self) -> None:
        super().__init__()
        self.failing = ""
        self.is_down = asyncio.Event()
        self.refused = 0
        self.calls: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in (*CALLS, *AUDIT_CALLS, "check"):
            return found

        async def call(*arguments: Any) -> Any:
            self.calls.append(name)
            if name == self.failing or (name == "check" and self.is_down.is_set()):
                self.refused += 1
                raise DatabaseUnavailable("database: gone")
            return await found(*arguments)

        return call


@pytest.mark.parametrize("call", CALLS)
async def test_an_outage_in_any_call_passes(call: str) -> None:
    log, store = new_log(), Failing()
    async with running(log, store) as run:
        await until(lambda: run.health.is_ready and len(store.booked) == 3, run)
        store.failing = call
        store.is_down.set()
        if call in ("acquire", "load", "unpublished", "day_start"):
            run.bus.members[0].expire()  # these are called when it is assigned anew
        log.append([fill(1), fill(2)])
        await until(lambda: store.refused > 0, run)
        await until(lambda: not run.health.is_ready, run)
        assert not run.health.report("database")[0]
        assert run.bus.members[-1].assignment() == frozenset()
        store.failing = ""
        store.is_down.clear()
        await until(lambda: len(fills_said(log)) == 2 and newest_quantity(log) == 2 * QUANTITY, run)
        await until(lambda: run.health.is_ready, run)
        assert run.metric("sextant_ledger_rejoins_total", cause="DatabaseUnavailable") > 0
    assert len(store.booked) == 5


@pytest.mark.parametrize("call", AUDIT_CALLS)
async def test_an_outage_while_auditing_passes_and_loses_no_link(call: str) -> None:
    log, store = new_log(), Failing()
    async with running(log, store) as run:
        await until(lambda: run.health.is_ready, run)
        store.failing = call
        if call == "unpublished_audit":
            run.bus.members[0].expire()
        log.append([command(1)])
        await until(lambda: store.refused > 0, run)
        store.failing = ""
        log.append([command(2)])
        await until(lambda: {each.value.number for each in said(log, AUDIT)} == {1, 2}, run)
    assert first_broken(each.link for each in store.chain) is None


async def test_the_start_of_a_day_is_asked_for_once() -> None:
    log, store = new_log(), Failing()
    async with running(log, store) as run:
        await until(lambda: len(said(log, PORTFOLIOS)) >= 3, run)
    assert store.calls.count("day_start") == 1


class Differing(MemoryLedgerStore):
    """A store that holds, once, what its owner does not know."""

    refusals = 1

    async def book(self, *arguments: Any) -> list[Booked]:
        if self.refusals and any(booking.fill for booking in arguments[2]):
            self.refusals -= 1
            raise BooksDiffer("database: duplicate key")
        return await super().book(*arguments)


async def test_books_that_differ_are_loaded_again() -> None:
    log, store = new_log(), Differing()
    async with running(log, store) as run:
        await until(lambda: run.health.is_ready, run)
        log.append([fill(1)])
        await until(lambda: list(fills_said(log)) == ["alpha-main/BTCUSDT/1"], run)
        assert run.metric("sextant_ledger_rejoins_total", cause="BooksDiffer") == 1


async def test_a_failure_that_stays_is_met_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_AGAIN_S", 0.01)
    log, store = new_log(), Differing()
    store.refusals = 6
    async with running(log, store) as run:
        began = time.monotonic()
        log.append([fill(1)])
        await until(lambda: len(fills_said(log)) == 1, run)
        assert time.monotonic() - began >= 0.01 * (1 + 2 + 4 + 8 + 16 + 32)


class Dying(MemoryLedgerStore):
    """A store whose process dies after it has committed a link, before the link is sent."""

    async def append_audit(self, *arguments: Any) -> list[Audited]:
        await super().append_audit(*arguments)
        raise SystemError("killed")


async def test_a_link_that_was_not_sent_before_the_end_is_sent_by_the_next_owner() -> None:
    log, store = new_log(), Dying()
    log.append([command(1)])
    with pytest.raises(SystemError, match="killed"):
        await until_it_dies(log, store)
    assert said(log, AUDIT) == []
    store.__class__ = MemoryLedgerStore  # type: ignore[assignment]  # the next process over the same tables
    async with running(log, store) as run:
        await until(lambda: len(said(log, AUDIT)) == 1, run)
        (link,) = said(log, AUDIT)
        assert (link.value.actor, link.value.action) == ("kim", "command.HALT")
        assert [hop.stage for hop in link.lineage.hops()] == ["ledger"]
    async with running(log, store) as run:
        await until(lambda: len(said(log, PORTFOLIOS)) > 3, run)
    assert len(said(log, AUDIT)) == 1


@pytest.mark.parametrize(
    ("signed_by", "own", "action"),
    [
        (KEY, KEY, "command.HALT"),
        (None, KEY, "refused.HALT"),
        (b"another key", KEY, "refused.HALT"),
        (KEY, None, "unverified.HALT"),
    ],
)
async def test_only_a_signature_makes_a_command_its_operators_act(
    signed_by: bytes | None, own: bytes | None, action: str
) -> None:
    log = new_log()
    async with running(log, MemoryLedgerStore(), key=own) as run:
        log.append([command(1, signed_by, operator="kim")])
        await until(lambda: len(said(log, AUDIT)) == 1, run)
    (link,) = said(log, AUDIT)
    is_proven = action.startswith("command.")
    assert (link.value.actor, link.value.action) == ("kim" if is_proven else "unverified", action)
    detail = json.loads(link.value.detail)
    assert detail["command_id"] == "c1"
    assert ("claimed_operator" in detail) is not is_proven


async def test_a_command_that_is_sent_twice_is_one_link_and_each_forgery_is_one_of_its_own() -> None:
    log, store = new_log(), MemoryLedgerStore()
    async with running(log, store) as run:
        log.append([command(1, None), command(1, None), command(1), command(1), command(2)])
        await until(lambda: len(said(log, AUDIT)) == 4, run)
    actions = [each.value.action for each in said(log, AUDIT)]
    assert actions == ["refused.HALT", "refused.HALT", "command.HALT", "command.HALT"]


async def test_a_halted_partition_that_is_handed_over_leaves_nothing_behind() -> None:
    log, store = new_log(), MemoryLedgerStore()
    async with running(log, store) as run:
        await until(lambda: run.health.is_ready, run)
        log.append([fill(1), garbage(FILLS), fill(2)])
        await until(lambda: not run.health.is_ready, run)
        assert run.metric("sextant_halted_partitions", stage="ledger") == 1
        assert list(fills_said(log)) == ["alpha-main/BTCUSDT/1"], "what comes before it is booked"
        await run.bus.members[0].release()
        assert run.metric("sextant_halted_partitions", stage="ledger") == 0
        assert not [name for name in run.health.report()[1]["checks"] if name.startswith("partition")]


async def test_a_membership_lost_at_a_commit_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    log, store = new_log(), MemoryLedgerStore()
    commit = MemoryGroupConsumer.commit
    lost: list[Any] = []

    async def losing(self: MemoryGroupConsumer, offsets: Any) -> None:
        if not lost and any(at.topic == FILLS.topic for at in offsets):
            lost.append(offsets)
            raise MembershipLost("owned by another member")
        await commit(self, offsets)

    monkeypatch.setattr(MemoryGroupConsumer, "commit", losing)
    async with running(log, store) as run:
        await until(lambda: run.health.is_ready, run)
        log.append([fill(1)])
        await until(lambda: len(run.bus.members) == 2, run)
        log.append([fill(2)])
        await until(lambda: newest_quantity(log) == 2 * QUANTITY, run)
        await until(lambda: run.health.is_ready, run)
    assert lost
    assert list(fills_said(log)) == ["alpha-main/BTCUSDT/1", "alpha-main/BTCUSDT/2"]


async def test_a_vector_that_cannot_be_read_is_counted_and_kept_aside() -> None:
    log = new_log()
    letters = TopicPartition("features.vectors.v1.ledger.dlq", 0)
    async with running(log, MemoryLedgerStore()) as run:
        await until(lambda: run.health.is_ready, run)
        log.append([garbage(TopicPartition("features.vectors.v1", 3))])
        await until(lambda: log.end(letters) == 1, run)
        assert run.metric("sextant_dead_letters_total", stage="ledger", topic="features.vectors.v1") == 1
    (letter,) = log.slice(letters, 0, 1)
    assert letter.headers["origin"] == b"features.vectors.v1/3@0"


async def test_no_portfolio_is_said_at_a_mark_of_yesterday(monkeypatch: pytest.MonkeyPatch) -> None:
    """A breaker would see yesterday's fall as a loss of today, and the day would begin with it."""
    log, store, rest = new_log(), MemoryLedgerStore(), asyncio.Event()
    log.append([vector(1, 57_000.0), vector(2, 61_000.0), fill(1)])
    polls: list[int] = []
    poll = MemoryBroadcastConsumer.poll

    async def slowly(
        self: MemoryBroadcastConsumer, *, max_records: int, timeout_s: float
    ) -> Sequence[Record]:
        polls.append(max_records)
        if len(polls) > 1:
            await rest.wait()
        return await poll(self, max_records=1, timeout_s=timeout_s)

    monkeypatch.setattr(MemoryBroadcastConsumer, "poll", slowly)
    async with running(log, store) as run:
        await until(lambda: len(fills_said(log)) == 1 and len(polls) == 2, run)
        assert not run.health.report("state/marks")[0]
        assert said(log, PORTFOLIOS) == []
        rest.set()
        await until(lambda: len(said(log, PORTFOLIOS)) > 1, run)
        assert run.health.is_ready
    states = [each.value for each in said(log, PORTFOLIOS)]
    assert {each.unrealised_pnl for each in states} == {100.0}
    assert {each.day_start_equity - each.equity for each in states} == {0.0}


async def test_a_later_owner_speaks_above_an_earlier_one_whose_clock_was_ahead() -> None:
    log, store = new_log(), MemoryLedgerStore()
    await store.acquire(FILLS.topic, PARTITION, "ahead", 2**61)
    async with running(log, store) as run:
        await until(lambda: len(said(log, PORTFOLIOS)) > 0, run)
    first = said(log, PORTFOLIOS)[0]
    assert first.identity.root.epoch > 2**61
    assert first.value.version > 2**61


async def until_it_dies(log: MemoryLog, store: MemoryLedgerStore) -> None:
    """Run a ledger until it fails, and raise what it failed with."""
    async with running(log, store) as run:
        await until(run.task.done)


def garbage(at: TopicPartition) -> Outgoing:
    """Return a record that nobody can read."""
    return replace(fill(9), topic=at.topic, partition=at.partition, value=b"\xff")
