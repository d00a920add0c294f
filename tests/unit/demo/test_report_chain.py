"""The checker recomputes the audit chain by itself: a link that was changed or left out is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from services.ledger.domain.audit import Act, Link, append
from services.ledger.messages import audit_message
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root
from sextant.demo.report.chain import AUDIT, chain_problems
from sextant.runtime import identity_header
from sextant.runtime.stamp import IDENTITY

Entries = list[control_pb2.AuditEntry]


def links(count: int) -> Entries:
    made: list[Link] = []
    for number in range(count):
        act = Act("ada", "command.HALT", {"scope": "global", "né": str(number)}, 1_000 + number)
        made.append(append(made[-1] if made else None, act))
    return [audit_message(link) for link in made]


async def problems(entries: Sequence[control_pb2.AuditEntry]) -> list[str]:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    for entry in entries:
        identity = Identity(Root("control.audit", 0, entry.number))
        headers = {IDENTITY: identity_header.encode(TOPICS[AUDIT], identity)}
        await bus.producer().send([Outgoing(AUDIT, 0, b"chain", entry.SerializeToString(), headers)])
    return await chain_problems(bus)


def _changed(entries: Entries) -> None:
    entries[1].detail = entries[1].detail.replace("global", "portfolio/main")


def _left_out(entries: Entries) -> None:
    del entries[1]


def _beginning_left_out(entries: Entries) -> None:
    del entries[0]


def _changed_and_sealed_anew(entries: Entries) -> None:
    entries[1] = audit_message(append(None, Act("eve", "command.RESUME", {}, 5)))
    entries[1].number = 2


@pytest.mark.parametrize("count", [0, 1, 5])
async def test_a_whole_chain_has_no_problems_however_often_it_was_sent(count: int) -> None:
    assert await problems([*links(count), *links(count)]) == []


@pytest.mark.parametrize("bend", [_changed, _left_out, _beginning_left_out, _changed_and_sealed_anew])
async def test_a_chain_that_was_touched_is_told(bend: Callable[[Entries], None]) -> None:
    entries = links(3)
    bend(entries)
    assert await problems(entries)
