"""FLAT ALL through the API at execution's real door: who and why arrive there, and of several doors the first that answers is asked."""

from __future__ import annotations

import pytest

from services.execution.adapters.door import EmergencyDoor
from services.execution.domain.halts import Level, Word
from services.execution.flattening import Flattened
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.contracts.operator.v1 import api_pb2, operator_pb2
from sextant.core.time import SystemClock
from sextant.operator.calls import CallFailed, CallRefused
from sextant.operator.door import Door
from tests.integration.console.world import DEAD, KEYS, serving

ORDER = api_pb2.Order(command_id="cmd-1", scope="portfolio/main", reason="venue lies", operator="ada")


class FakeExecution:
    """Remembers what it was told to flatten."""

    def __init__(self) -> None:
        self.words: list[Word] = []

    async def flatten(self, word: Word) -> Flattened:
        self.words.append(word)
        return Flattened(cancelled=3, closing=2, problems=["alpha: late"])

    def status(self) -> operator_pb2.StatusResponse:
        return operator_pb2.StatusResponse(is_halted=bool(self.words), open_orders=1)


async def test_the_door_hears_who_and_why_and_its_answer_is_told() -> None:
    execution = FakeExecution()
    door = EmergencyDoor(KEYS.door_token, SystemClock(), execution.flatten, execution.status)
    address = f"127.0.0.1:{await door.open('127.0.0.1', 0)}"
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    try:
        knocking = Door(f"{DEAD},{address}", KEYS.door_token)
        async with serving(bus, door=knocking) as served, served.client() as client:
            answer = await client.flat_all(ORDER, 20)
        assert (answer.route, answer.done.cancelled_orders, list(answer.done.problems)) == (
            api_pb2.FLAT_ALL_ROUTE_DOOR,
            3,
            ["alpha: late"],
        )
        (word,) = execution.words
        assert (word.command_id, word.scope, word.level, word.reason, word.operator) == (
            "cmd-1",
            "portfolio/main",
            Level.FLAT,
            "venue lies",
            "ada",
        )
        assert (await knocking.status()).is_halted
        with pytest.raises(CallRefused, match="another secret"):
            await Door(address, KEYS.api_token).status()
    finally:
        await door.close(0.1)


async def test_doors_that_are_all_dead_are_all_named() -> None:
    with pytest.raises(CallFailed, match=rf"{DEAD}.*127\.0\.0\.1:10"):
        await Door(f"{DEAD},127.0.0.1:10", KEYS.door_token).status()
