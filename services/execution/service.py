"""Running execution: the emergency door and the venues' streams always, trading whenever journal and log answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from services.execution.desks import OUTAGES, Desks
from services.execution.domain.halts import Word
from services.execution.domain.order import Order, State
from services.execution.emergency_log import EmergencyLog
from services.execution.flattening import Flattened, Flattener
from services.execution.intake import DECISIONS, Intake
from services.execution.journal import Journal, JournalUnavailable
from services.execution.operators import FlatCommands
from services.execution.sides import SideInputs
from services.execution.streams import VenueStream
from services.execution.tools import Tools
from services.execution.words import Publish, Words
from sextant.bus.errors import MembershipLost
from sextant.bus.port import GroupConsumer, TopicPartition
from sextant.contracts.operator.v1 import operator_pb2
from sextant.core.time import SECOND
from sextant.runtime.migrations import DatabaseUnavailable
from sextant.runtime.service import Resources

GROUP: Final = "execution"
_POLL_S: Final = 0.1
_MAX_RECORDS: Final = 200
_AGAIN_S: Final = 1.0
_KEPT_HERE: Final = "the journal does not answer: what stays flat is written down on this machine only, and another that takes over would not know"


class ClosableJournal(Journal, Protocol):
    """A journal with a connection of its own."""

    async def close(self) -> None: ...


class Feed(Protocol):
    """Something that runs beside trading; `ready` is set once it has caught up."""

    ready: asyncio.Event

    async def run(self) -> None: ...


class ExecutionService:
    """A `Service`, and the `RebalanceListener` of its own consumer. `connect` opens the journal, anew after each outage.

    `reach` returns once the log was reached for the first time; None where it is there already.
    """

    def __init__(
        self,
        resources: Resources,
        tools: Tools,
        sides: SideInputs,
        connect: Callable[[], Awaitable[ClosableJournal]],
        emergency_log: EmergencyLog,
        feeds: Sequence[Feed] = (),
        publish: Publish | None = None,
        reach: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._resources, self._tools, self._connect = resources, tools, connect
        self._feeds, self._reach, self._reached = (sides, *feeds), reach, asyncio.Event()
        self._words = Words(tools, emergency_log, lambda: self._journal, publish)
        self._desks = Desks(resources, tools, self._words, self.on_flat)
        self._intake = Intake(tools, self._desks)
        self._turn = asyncio.Lock()
        self._began_ns = tools.clock.monotonic_ns()
        tools.metrics.expect(tools.accounts)
        self._journal: ClosableJournal | None = None
        self._flattener = Flattener(tools, emergency_log, self._words, self._desks.of)
        portfolios = resources.platform.portfolios
        self._flats = FlatCommands(tools, self._flattener, portfolios, self._desks.of, lambda: self._journal)
        self._words.on_flat, self._words.on_closing = self.on_flat, self._desks.adopt
        tools.halt, sides.on_word, sides.on_flat = self._words.order, self._words.hear, self.on_flat

    async def run(self, stop: asyncio.Event) -> None:
        """Trade until `stop`; outages of journal and log are waited out, with the door open."""
        self._words.recall()
        works: list[Coroutine[Any, Any, None]] = [self._words.run(self._reached), self._follow()]
        streams = (VenueStream(each, self._tools, self._desks.of) for each in self._tools.accounts.values())
        works.extend(stream.run() for stream in streams)
        tasks = [asyncio.create_task(work) for work in works]
        try:
            while not stop.is_set():
                try:
                    await self._trade(stop, tasks)
                except OUTAGES as error:
                    await self._outage(error, stop)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._flats.finish()
            for account in self._tools.accounts.values():
                await account.venue.close()

    def on_flat(self, word: Word) -> None:
        """An operator's FLAT ALL came over the log."""
        self._flats.start(word)

    async def flatten(self, word: Word) -> Flattened:
        """Stop and flatten what the word covers, at every account of this process; a late repeat of what was lifted does nothing."""
        is_new, stands = self._words.order(word), self._tools.seen.halts.is_flat_by(word.command_id)
        if not is_new and not stands and not self._flattener.has_answer(word):
            was = f"{word.command_id} was given before and no longer stands, so nothing was done now"
            return Flattened(problems=[f"{was}; {await self._flats.told(word)}"])
        result = await self._flattener.flatten(word)
        if await self._words.keep():
            return result
        return replace(result, problems=[*result.problems, _KEPT_HERE])

    def status(self) -> operator_pb2.StatusResponse:
        """Return what is known right now."""
        live = self._live()
        return operator_pb2.StatusResponse(
            is_halted=self._tools.seen.halts.is_any,
            open_orders=len(live),
            unknown_orders=sum(order.state is State.UNKNOWN for order in live),
        )

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Open the desks of the partitions that hold portfolios of ours."""
        async with self._turn:
            assert self._journal is not None
            for at in partitions:
                await self._desks.open(self._journal, at.partition)
            self._resources.health.set("state", True, f"{len(self._desks.by_partition)} portfolio partitions")
            return {}

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Let calls end, publish, and let go."""
        async with self._turn:
            self._intake.release(partitions)
            await self._desks.close([at.partition for at in partitions])

    async def _follow(self) -> None:
        """Reach the log, however long that takes, and follow what is said there."""
        if self._reach is not None:
            await self._reach()
        self._reached.set()
        async with asyncio.TaskGroup() as group:
            for feed in self._feeds:
                group.create_task(feed.run())

    async def _trade(self, stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
        async with self._journalled():
            if not await self._caught_up(stop, tasks):
                return
            bus, instance = self._resources.bus, self._resources.stamper.instance
            consumer = await bus.group(GROUP, [DECISIONS], self, instance=instance)
            self._resources.health.set("kafka", True, "connected")
            try:
                while not stop.is_set():
                    _raise_failed(tasks)
                    await self._cycle(consumer)
            finally:
                await asyncio.wait_for(consumer.stop(), self._resources.process.drain_s + _AGAIN_S)

    async def _cycle(self, consumer: GroupConsumer) -> None:
        self._resources.health.beat()
        polled = await consumer.poll(max_records=_MAX_RECORDS, timeout_s=_POLL_S)
        async with self._turn:
            offsets = await self._intake.take(consumer, polled, self._tools.clock.wall_ns())
        if offsets:
            try:
                await consumer.commit(offsets)
            except MembershipLost as error:
                self._tools.log.info("offsets not committed", reason=str(error))
        self._measure()

    async def _caught_up(self, stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> bool:
        """Wait for the side inputs; False when told to stop meanwhile."""
        while not stop.is_set():
            _raise_failed(tasks)
            self._resources.health.beat()
            missing = [type(feed).__name__ for feed in self._feeds if not feed.ready.is_set()]
            self._resources.health.set("side", not missing, ", ".join(missing))
            if not missing:
                return True
            await asyncio.sleep(_POLL_S)
        return False

    @contextlib.asynccontextmanager
    async def _journalled(self) -> AsyncIterator[None]:
        self._resources.health.set("database", False, "connecting")
        self._journal = await self._connect()
        self._resources.health.set("database", True, "connected")
        try:
            yield
        finally:
            await self._desks.close(list(self._desks.by_partition))
            journal, self._journal = self._journal, None
            await journal.close()

    async def _outage(self, error: Exception, stop: asyncio.Event) -> None:
        is_database = isinstance(error, JournalUnavailable | DatabaseUnavailable)
        self._resources.health.set("database" if is_database else "kafka", False, str(error))
        self._tools.log.error("trading stopped", kind=type(error).__name__, reason=str(error))
        self._resources.health.beat()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _AGAIN_S)

    def _live(self) -> list[Order]:
        return [followed.order for desk in self._desks.by_partition.values() for followed in desk.live]

    def _measure(self) -> None:
        live = self._live()
        unknown = [order for order in live if order.state is State.UNKNOWN]
        now, metrics, seen = self._tools.clock.monotonic_ns(), self._tools.metrics, self._tools.seen
        oldest = max((now - order.asking_since_ns for order in unknown if order.asking_since_ns), default=0)
        metrics.unknown_age.set(oldest / SECOND)
        states = Counter(order.state for order in live)
        for state in State:
            if not state.is_final:
                metrics.open_orders.labels(state.name).set(states[state])
        heard_ns = self._began_ns if seen.breakers_heard_ns is None else seen.breakers_heard_ns
        metrics.silence.set((now - heard_ns) / SECOND)


def _raise_failed(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()
