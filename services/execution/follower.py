"""Following orders: every event goes through the state machine and the journal, then what the machine asks for is done."""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from services.execution.domain import machine
from services.execution.domain.events import (
    Ask,
    Cancel,
    CheckGate,
    Closed,
    Command,
    Contradiction,
    Doubted,
    Event,
    GateClosed,
    GateOpened,
    Place,
    Step,
)
from services.execution.domain.gate import check
from services.execution.domain.halts import CONTRADICTION, Level, Word
from services.execution.domain.holdings import Traded
from services.execution.domain.order import Order, Phase
from services.execution.drift import Drift
from services.execution.journal import Context, Draft, Entry, Journal, JournalUnavailable, Writer
from services.execution.metrics import ACCEPTED, REJECTED, UNCERTAIN
from services.execution.telling import drafts_of
from services.execution.tools import Tools
from services.execution.tracing import OrderTrace
from services.execution.translate import query_event, reported, submit_event, venue_order
from sextant.core.time import SECOND
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import ROOT_STAGE
from sextant.runtime.trace import parent_of
from sextant.telemetry.latency import exemplar_of
from sextant.telemetry.span import Span
from sextant.venues.port import Accepted, OutcomeUnknown, Rejected

_DONE_KEPT: Final = 5_000
#: For so long after the journal compared our epoch a call may begin: a process that stood still for longer asks first.
_COMPARED_FOR_NS: Final = 1 * SECOND
_COMPARISONS: Final = 3
_RESULTS: Final = {Accepted: ACCEPTED, Rejected: REJECTED, OutcomeUnknown: UNCERTAIN}


@dataclass(slots=True)
class Followed:
    """An order that is being followed; `span` is the order's own, added when it leaves us.

    `compared_ns` is when the last statement began in which the journal compared our epoch with its own, monotonic.
    """

    order: Order
    context: Context
    writer: Writer
    span: Span | None = None
    compared_ns: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_asking: bool = False


class Follower:
    """The live orders of one partition. Failures of the journal end up in `failure`, whatever task met them."""

    def __init__(self, journal: Journal, tools: Tools, offer: Callable[[Iterable[Entry]], None]) -> None:
        self._journal, self._tools, self._offer = journal, tools, offer
        self.drift = Drift(journal, tools, lambda: [followed.order for followed in self.live])
        self._trace = OrderTrace(tools)
        self._live: dict[str, Followed] = {}
        self._done: OrderedDict[str, Followed] = OrderedDict()
        self._tasks: set[asyncio.Task[object]] = set()
        self._random = random.Random()
        self.reconciled: set[str] = set()
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def live(self) -> list[Followed]:
        """The orders that are not final."""
        return list(self._live.values())

    def find(self, client_order_id: str) -> Followed | None:
        """Return an order that is followed, or was until recently."""
        return self._live.get(client_order_id) or self._done.get(client_order_id)

    def follow(self, followed: Followed, commands: Iterable[Command] = ()) -> None:
        """Take an order that is in the journal, and do what the machine asked for."""
        self._keep(followed)
        self._obey(followed, commands)

    async def apply(self, followed: Followed, event: Event) -> None:
        """Let an event happen to an order. Raises WriterFenced, JournalUnavailable."""
        step = await self._step(followed, event)
        self._obey(followed, step.commands)

    def drafts(self, step: Step, context: Context, writer: Writer) -> list[Draft]:
        """Return the records that tell a step, and count it."""
        self._count(step)
        now_ns = self._tools.clock.wall_ns()
        return drafts_of(step, context, self._trace, writer_epoch=writer.epoch, now_ns=now_ns)

    def fail(self, error: BaseException) -> None:
        """Remember what made following impossible: memory and journal may differ from now on."""
        if not self.failure.done():
            self.failure.set_exception(error)

    async def drain(self, timeout_s: float) -> None:
        """Let calls that are under way end; pauses between questions are cut."""
        waiting = [task for task in self._tasks if task.get_name() == "ask"]
        for task in waiting:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=timeout_s)
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _step(self, followed: Followed, event: Event) -> Step:
        async with followed.lock:
            try:
                step = machine.apply(followed.order, event, self._tools.rules)
            except Contradiction as error:
                self._contradicted(followed, error)
                return Step(followed.order)
            if step.is_revised:
                await self._write(followed, step)
            followed.order = step.order
            self._keep(followed)
            return step

    async def _write(self, followed: Followed, step: Step) -> None:
        began = self._tools.clock.monotonic_ns()
        drafts = self.drafts(step, followed.context, followed.writer)
        entries = await self._journal.update(followed.writer, step.order, step.fills, drafts)
        followed.compared_ns = began
        terms = step.order.terms
        self.drift.add(step.order, (Traded(terms.instrument, terms.side, fill) for fill in step.fills))
        if step.order.phase is Phase.DONE:
            self.close_span(followed)
        self._offer(entries)
        self._tools.metrics.journal_seconds.observe((self._tools.clock.monotonic_ns() - began) / SECOND)

    def _keep(self, followed: Followed) -> None:
        name = followed.order.terms.client_order_id
        if followed.order.phase is Phase.DONE and followed.order.is_settled:
            self._live.pop(name, None)
            self._done[name] = followed
            while len(self._done) > _DONE_KEPT:
                self._done.popitem(last=False)
        else:
            self._live[name] = followed

    def _obey(self, followed: Followed, commands: Iterable[Command]) -> None:
        for command in commands:
            match command:
                case CheckGate():
                    self._start(self._send(followed), "send")
                case Ask(after_ns) if not followed.is_asking:
                    followed.is_asking = True
                    self._start(self._ask(followed, after_ns), "ask")
                case Cancel():
                    self._start(self.cancel(followed), "cancel")
                case _:
                    pass

    def _start(self, work: Coroutine[Any, Any, object], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self.fail(error)

    async def _send(self, followed: Followed) -> None:
        """Check the gate and call the venue, with nothing in between that could take time."""
        account = self._tools.accounts[followed.order.terms.venue_account]
        async with account.calls:
            await self._compare(followed)
            gate = self._gate(followed)
            step = await self._step(followed, gate)
            if isinstance(gate, GateClosed) and step.is_revised:
                self._tools.metrics.ways.labels(gate.cause).inc()
            if not any(isinstance(command, Place) for command in step.commands):
                self._obey(followed, step.commands)
                return
            self.close_span(followed)
            began, began_ns = self._tools.clock.monotonic_ns(), self._tools.clock.wall_ns()
            self._measure_way(followed, began_ns)
            outcome = await account.venue.submit(venue_order(followed.order.terms))
            now = self._tools.clock.monotonic_ns()
        trace = exemplar_of(parent_of(followed.context.trace)[0])
        self._tools.metrics.submit_seconds.labels(account.name).observe((now - began) / SECOND, trace)
        self._tools.metrics.ways.labels(_RESULTS[type(outcome)]).inc()
        self._trace.call(followed.context.trace, followed.order, began_ns, type(outcome).__name__)
        if isinstance(outcome, OutcomeUnknown):
            self._tools.log.warning(
                "outcome unknown", client_order_id=outcome.client_order_id, cause=outcome.cause
            )
        await self.apply(followed, submit_event(outcome, account.name, now))

    async def _compare(self, followed: Followed) -> None:
        """Let the journal compare our epoch unless it did just now. Raises WriterFenced, JournalUnavailable."""
        for _ in range(_COMPARISONS):
            now = self._tools.clock.monotonic_ns()
            if followed.compared_ns and now - followed.compared_ns <= _COMPARED_FOR_NS:
                return
            await self._journal.check(followed.writer)
            followed.compared_ns = now  # an answer that was long on its way is asked for again
        if self._tools.clock.monotonic_ns() - followed.compared_ns > _COMPARED_FOR_NS:
            raise JournalUnavailable(f"journal: {_COMPARISONS} comparisons of the epoch took too long")

    def _measure_way(self, followed: Followed, now_ns: int) -> None:
        """Take how old the tick is that is acted on; of an order that is sent again after long asking it says nothing."""
        if followed.order.asking_since_ns:
            return
        first = Lineage(followed.context.lineage).first()
        if first is not None and first.stage == ROOT_STAGE:
            trace = parent_of(followed.context.trace)[0]
            self._tools.metrics.tick_age.observe(first.in_ns, now_ns, trace)

    def _gate(self, followed: Followed) -> GateOpened | GateClosed:
        terms = followed.order.terms
        account = self._tools.accounts[terms.venue_account]
        venue_ns, monotonic_ns = account.venue_ns(), self._tools.clock.monotonic_ns()
        is_operators = terms.is_operators
        if account.name not in self.reconciled and not is_operators:
            return GateClosed(venue_ns, "the venue account is not reconciled yet", Closed.UNRECONCILED)
        return check(
            terms, self._tools.seen, venue_ns=venue_ns, monotonic_ns=monotonic_ns, is_operators=is_operators
        )

    def close_span(self, followed: Followed) -> None:
        """Add the order's own span, ended now. Before the record of a final state is offered: that waits for it to leave."""
        if followed.span is not None:
            self._tools.spans.add(_ended_now(followed.span, self._tools.clock.wall_ns()))
            followed.span = None

    async def _ask(self, followed: Followed, after_ns: int) -> None:
        terms = followed.order.terms
        account = self._tools.accounts[terms.venue_account]
        try:
            await asyncio.sleep(after_ns / SECOND * self._random.uniform(0.8, 1.2))
            async with account.calls:
                answer = await account.venue.query(terms.symbol, terms.client_order_id)
        finally:
            followed.is_asking = False
        await self.apply(followed, query_event(answer, account.name, self._tools.clock.monotonic_ns()))

    async def cancel(self, followed: Followed) -> bool:
        """Cancel an order at the venue; return whether the venue confirmed it. Otherwise the order is asked for."""
        terms = followed.order.terms
        account = self._tools.accounts[terms.venue_account]
        async with account.calls:
            outcome = await account.venue.cancel(terms.symbol, terms.client_order_id)
        if isinstance(outcome, Accepted):
            await self.apply(followed, reported(outcome.report, account.name))
            return True
        now = self._tools.clock.monotonic_ns()
        await self.apply(followed, Doubted(now, "a cancel was not confirmed"))
        return False

    def _contradicted(self, followed: Followed, error: Contradiction) -> None:
        terms = followed.order.terms
        self._tools.metrics.contradictions.labels(terms.venue_account).inc()
        self._tools.log.error("contradiction", client_order_id=terms.client_order_id, detail=error.detail)
        now_ns = self._tools.clock.wall_ns()
        # One word for an order: after an operator's RESUME the same contradiction does not halt again.
        name, scope = f"{CONTRADICTION}{terms.client_order_id}", f"portfolio/{terms.portfolio}"
        self._tools.halt(Word(name, scope, Level.HALTED, now_ns, str(error), "execution"))

    def _count(self, step: Step) -> None:
        metrics, order = self._tools.metrics, step.order
        metrics.orders.labels(order.state.name).inc()
        metrics.fills.labels(order.terms.venue_account).inc(len(step.fills))


def _ended_now(span: Span, now_ns: int) -> Span:
    return replace(span, end_ns=now_ns)
