"""The desk of one portfolio partition: takes decisions over the journal to the venues and follows what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from services.execution.account import Account
from services.execution.domain.events import Closed, Doubted, GateClosed, GateOpened
from services.execution.domain.gate import check
from services.execution.domain.machine import begin
from services.execution.domain.order import Order, Phase, Terms
from services.execution.follower import Followed, Follower
from services.execution.journal import Context, Draft, Entry, Journal, JournalUnavailable, Writer
from services.execution.messages import order_of, terms_of
from services.execution.outbox import Outbox
from services.execution.reconcile import Reconciler
from services.execution.reconciling import Reconciling
from services.execution.tools import Tools
from services.execution.tracing import OrderTrace
from sextant.bus.port import Producer
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.errors import InvalidValue, PoisonRecord, WriterFenced
from sextant.runtime.stage import Input
from sextant.telemetry.span import Span
from sextant.venues.port import OrderReport

#: How long opening a desk waits for venues; one that is late is reconciled later and closed until then.
_VENUE_PATIENCE_S: Final = 5.0
#: How often accounts are compared with the journal although nothing gave cause: a stream may lose a report without breaking.
_REGULARLY_S: Final = 60.0


class Desk:
    """Open it before use, let it be found by reports, then settle it. What its tasks meet (WriterFenced, JournalUnavailable, OutputLost)
    comes out of check()."""

    def __init__(self, partition: int, journal: Journal, producer: Producer, tools: Tools) -> None:
        self.partition = partition
        self._journal, self._producer, self._tools = journal, producer, tools
        self._trace = OrderTrace(tools)
        self._writers: dict[str, Writer] = {}
        self._follower = Follower(journal, tools, self._offer)
        self._reconciler = Reconciler(journal, tools, self._follower, self._writers)
        self._reconciling = Reconciling(self._reconciler, tools)
        self._outbox: Outbox
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def live(self) -> list[Followed]:
        """The orders that are not final."""
        return self._follower.live

    def find(self, client_order_id: str) -> Order | None:
        """Return an order that is followed here, or was until recently."""
        followed = self._follower.find(client_order_id)
        return None if followed is None else followed.order

    @property
    def waiting(self) -> int:
        """How many journalled records the log has not acknowledged."""
        return self._outbox.waiting

    async def open(self, portfolios: Sequence[str], *, session_timeout_s: float) -> None:
        """Become the writer of the portfolios and take up their orders. From then on it takes reports.

        Waits out the session of a previous owner that did not leave in good order, so that it has stopped before our first call.
        """
        for portfolio in portfolios:
            writer = await self._journal.acquire(portfolio, self.partition, self._tools.stamper.instance)
            self._writers[portfolio] = writer
            await self._tools.past.take_up(self._journal, writer, self._tools.accounts_of(portfolio))
        await self._open_outbox()
        patience = 0.0 if all(writer.is_clean for writer in self._writers.values()) else session_timeout_s
        await asyncio.gather(asyncio.sleep(patience), self._take_up())

    async def settle(self) -> None:
        """Compare every account with its venue, and go on doing so; a venue that is late is waited for in the background.

        Reports must reach the desk before this: what a venue says once its account was compared is in no later answer.
        """
        first = [self._reconciling.start(account, "start") for account in self._accounts()]
        self._tasks.append(asyncio.create_task(self._compare_regularly()))
        self._tasks.append(asyncio.create_task(self._follower.drift.watch(self._accounts())))
        if first:
            await asyncio.wait(first, timeout=_VENUE_PATIENCE_S)

    async def decide(self, record: Input, in_ns: int) -> None:
        """Journal a decision's order and start sending it. Raises PoisonRecord, WriterFenced, JournalUnavailable."""
        decision: risk_pb2.Decision = record.value
        outcome = decision.WhichOneof("outcome")
        if outcome == "refused":
            return
        writer = self._writers.get(decision.intent.portfolio)
        if outcome != "approved" or writer is None:
            raise _poison(record, f"outcome {outcome} for portfolio {decision.intent.portfolio!r}")
        try:
            instrument = self._tools.instruments.get(decision.intent.instrument)
            terms = terms_of(decision, instrument.venue_symbol if instrument else "")
        except InvalidValue as error:
            raise _poison(record, str(error)) from error
        span, header = self._trace.order(record.trace, terms, in_ns, record.position)
        lineage = record.lineage.with_hop(self._tools.stamper.hop(in_ns, record.position))
        context = Context(record.raw, record.identity.encode(), lineage.raw, header)
        await self._begin(terms, self._gate(terms), context, writer, span)

    async def operate(self, terms: Terms) -> bool:
        """Journal an operator's order and start sending it; False when it is known already. Raises as decide()."""
        gate = GateOpened(self._tools.accounts[terms.venue_account].venue_ns())
        span, context = self._trace.operators(terms, self._tools.clock.wall_ns())
        with self._failing():
            return await self._begin(terms, gate, context, self._writers[terms.portfolio], span)

    async def adopt(self, terms: Terms) -> None:
        """Take up an operator's order that was sent while the journal was away: it is asked for, never sent again."""
        step = begin(terms, GateOpened(0))
        writer = self._writers[terms.portfolio]
        span, context = self._trace.operators(terms, self._tools.clock.wall_ns())
        drafts = self._follower.drafts(step, context, writer)
        entries = await self._journal.insert(writer, step.order, context, drafts)
        if entries is None:
            return
        if span is not None:
            self._tools.spans.add(span)
        self._offer(entries)
        called = replace(step.order, phase=Phase.CALLING)
        await self._doubt(Followed(called, context, writer), "sent while the journal was away")

    async def report(self, account: Account, report: OrderReport) -> None:
        """Take what a venue says by itself. Raises WriterFenced, JournalUnavailable; the desk must then be opened anew."""
        with self._failing():
            await self._reconciler.report(account, report)

    def reconcile(self, account: Account, cause: str) -> None:
        """Compare the account with the journal, in the background, until the venue answers."""
        self._reconciling.start(account, cause)

    async def cancel(self, followed: Followed) -> bool:
        """Cancel an order at its venue; return whether the venue confirmed it."""
        return await self._follower.cancel(followed)

    def check(self) -> None:
        """Raise what a task of the desk has met."""
        if self._follower.failure.done():
            self._follower.failure.result()
        for task in (*self._tasks, *self._reconciling.tasks):
            if task.done() and not task.cancelled():
                task.result()

    async def close(self, timeout_s: float, *, is_clean: bool) -> None:
        """Let calls end, publish what is journalled, and let go of the portfolios. Calling twice is safe."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await self._reconciling.close()
        await self._follower.drain(timeout_s if is_clean else 0.0)
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._follower.failure.done():
            self._follower.failure.exception()  # seen
        if is_clean:
            await self._outbox.flush()
            for writer in self._writers.values():
                await self._journal.release(writer)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (WriterFenced, JournalUnavailable) as error:
            self._follower.fail(error)
            raise

    async def _open_outbox(self) -> None:
        next_sequence = await self._journal.next_sequence(self.partition)
        unpublished = await self._journal.unpublished(self.partition)
        await self._trace_again(unpublished)
        self._outbox = Outbox(
            self.partition,
            self._journal,
            self._producer,
            self._tools.stamper,
            self._tools.metrics,
            self._tools.spans,
            unpublished=unpublished,
            next_sequence=next_sequence,
        )
        self._tasks.append(asyncio.create_task(self._outbox.run()))

    async def _trace_again(self, unpublished: Iterable[Entry]) -> None:
        """Make the spans that tell of unpublished records again: they may not have left when the process died."""
        drafts: dict[str, list[Draft]] = {}
        for entry in unpublished:
            drafts.setdefault(order_of(entry.draft), []).append(entry.draft)
        for name, about in drafts.items():
            found = await self._journal.find(name)
            if found is not None:
                self._trace.again(*found, about)

    def _accounts(self) -> list[Account]:
        return [account for portfolio in self._writers for account in self._tools.accounts_of(portfolio)]

    async def _compare_regularly(self) -> None:
        while True:
            await asyncio.sleep(_REGULARLY_S)
            for account in self._accounts():
                self.reconcile(account, "regular comparison")

    async def _take_up(self) -> None:
        for portfolio, writer in self._writers.items():
            for order, context in await self._journal.unfinished(portfolio):
                self._trace.again(order, context)
                await self._doubt(Followed(order, context, writer), "execution was restarted")

    async def _doubt(self, followed: Followed, cause: str) -> None:
        self._follower.follow(followed)
        await self._follower.apply(followed, Doubted(self._tools.clock.monotonic_ns(), cause))

    async def _begin(
        self, terms: Terms, gate: GateOpened | GateClosed, context: Context, writer: Writer, span: Span | None
    ) -> bool:
        step, began_ns = begin(terms, gate), self._tools.clock.monotonic_ns()
        drafts = self._follower.drafts(step, context, writer)
        entries = await self._journal.insert(writer, step.order, context, drafts)
        if entries is None:
            return False
        followed = Followed(step.order, context, writer, span, began_ns)
        if step.order.phase is Phase.DONE:
            self._follower.close_span(followed)
        if isinstance(gate, GateClosed):
            self._tools.metrics.ways.labels(gate.cause).inc()
        self._offer(entries)
        self._follower.follow(followed, step.commands)
        return True

    def _gate(self, terms: Terms) -> GateOpened | GateClosed:
        account = self._tools.accounts.get(terms.venue_account)
        if account is None or account.portfolio != terms.portfolio:
            reason = f"{terms.venue_account!r} is no venue account of portfolio {terms.portfolio!r}"
            return GateClosed(self._tools.clock.wall_ns(), reason, Closed.UNKNOWN)
        venue_ns = account.venue_ns()
        if not terms.symbol:
            return GateClosed(venue_ns, f"the rules of {terms.instrument} are not known", Closed.UNKNOWN)
        monotonic_ns = self._tools.clock.monotonic_ns()
        return check(terms, self._tools.seen, venue_ns=venue_ns, monotonic_ns=monotonic_ns)

    def _offer(self, entries: Iterable[Entry]) -> None:
        self._outbox.offer(entries)


def _poison(record: Input, reason: str) -> PoisonRecord:
    at = record.position
    return PoisonRecord(topic=at.topic, partition=at.partition, offset=at.offset, reason=reason)
