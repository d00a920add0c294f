"""Intents in, decisions out; orders, fills, portfolios and commands move what is remembered."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from services.risk import state as states
from services.risk.domain.book import Book
from services.risk.domain.decide import decide
from services.risk.domain.money import Rates
from services.risk.domain.question import Question
from services.risk.domain.reservations import Reservations
from services.risk.domain.values import Intent, Rules
from services.risk.messages import FILLS, decision_message, fill_of, intent_of, order_of
from services.risk.sides import BREAKERS, PORTFOLIOS, Sides, size_multiplier, used
from sextant.contracts.commands import is_genuine
from sextant.contracts.control.v1 import control_pb2
from sextant.core.decimals import LEDGER_CONTEXT
from sextant.core.errors import InvalidValue, PoisonRecord
from sextant.core.partitions import portfolio_partition
from sextant.core.scopes import GLOBAL, portfolio_scope
from sextant.runtime.stage import Input, Output, PlainHandler, SideView

DECISIONS: Final = "risk.decisions.v1"
ORDERS: Final = "execution.orders.v1"
COMMANDS: Final = "control.commands.v1"
_MUST_SPEAK: Final = (PORTFOLIOS, BREAKERS)


class RiskHandler(PlainHandler):
    """One portfolio partition. Orders and fills of portfolios of other partitions are passed over.

    `smallest_size` is the share of the unit size that is ordered of an instrument of which features have said nothing yet.
    """

    def __init__(
        self,
        partition: int,
        rules: Mapping[str, Rules],
        rates: Rates,
        operator_key: bytes | None,
        smallest_size: float,
    ) -> None:
        self._partition, self._rules, self._rates, self._key = partition, rules, rates, operator_key
        self._smallest_size = smallest_size
        self._state, self._sides = states.State(), Sides()
        self._on_side: dict[str, Callable[[Input, SideView], None]] = {
            PORTFOLIOS: self._portfolio,
            ORDERS: self._order,
            FILLS: self._fill,
            COMMANDS: self._command,
        }

    @property
    def refused_commands(self) -> int:
        """How many commands were not obeyed: not signed, or an old RESUME."""
        return self._state.refused_commands

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        return [self._answer(record, side) for record in batch]

    def on_side(self, record: Input, side: SideView) -> Iterable[Output]:
        move = self._on_side.get(record.position.topic)
        if move is not None:
            with _exactly(record):
                move(record, side)
        return ()

    def snapshot(self) -> bytes:
        return states.dump(self._state)

    def restore(self, state: bytes) -> None:
        self._state = states.load(state)

    def _answer(self, record: Input, side: SideView) -> Output:
        with _exactly(record):
            intent = intent_of(record.value)
            self._state.newest_event_ns = max(self._state.newest_event_ns, intent.event_time_ns)
            book = self._booked(intent.portfolio, side)
            decision = decide(self._question(intent, book, side))
        if book is not None:
            book.take(intent, decision)
        message = decision_message(record.value, decision)
        name = intent.portfolio
        uses = used(side, name, intent.instrument)
        return Output(DECISIONS, name, name, message, cause=record, uses=uses, id_field="decision_id")

    def _question(self, intent: Intent, book: Book | None, side: SideView) -> Question:
        own, portfolio = portfolio_scope(intent.portfolio), self._sides.portfolios.get(side, intent.portfolio)
        reservations = Reservations() if book is None else book.reservations
        names = (
            intent.instrument,
            *(() if portfolio is None else portfolio.positions),
            *(order.instrument for order in reservations.orders.values()),
        )
        instruments = self._sides.instruments(side, dict.fromkeys(names))
        global_breaker, own_breaker = (self._sides.breakers.get(side, scope) for scope in (GLOBAL, own))
        return Question(
            intent=intent,
            rules=self._rules.get(intent.portfolio),
            venue=intent.instrument.partition(":")[0],
            instrument=instruments.get(intent.instrument),
            portfolio=portfolio,
            global_breaker=global_breaker,
            own_breaker=own_breaker,
            silent=tuple(topic for topic in _MUST_SPEAK if topic in side.silent),
            halted_by=self._state.halts.over(GLOBAL, own),
            newest_event_ns=self._state.newest_event_ns,
            newest_version=0 if book is None else book.newest_version,
            trials_used=0 if book is None else book.trials_used,
            trial_epoch=0 if book is None else book.trial_epoch,
            size_multiplier=size_multiplier(side, intent.instrument, self._smallest_size),
            reservations=reservations,
            instruments=instruments,
            rates=self._rates,
        )

    def _portfolio(self, record: Input, side: SideView) -> None:
        self._booked(record.value.portfolio, side)

    def _order(self, record: Input, side: SideView) -> None:
        book = self._booked(record.value.portfolio, side)
        if book is not None:
            book.reservations.on_order(order_of(record.value))

    def _fill(self, record: Input, side: SideView) -> None:
        book, position = self._booked(record.value.portfolio, side), record.position
        if book is not None:
            book.reservations.on_fill(fill_of(record.value, position.partition, position.offset))
            self._booked(record.value.portfolio, side)

    def _command(self, record: Input, side: SideView) -> None:
        command: control_pb2.Command = record.value
        if not is_genuine(command, self._key):
            self._state.refused_commands += 1
            return
        time_ns, halts = command.command_time.ToNanoseconds(), self._state.halts
        if command.kind in (control_pb2.COMMAND_KIND_HALT, control_pb2.COMMAND_KIND_FLAT_ALL):
            name = control_pb2.CommandKind.Name(command.kind).removeprefix("COMMAND_KIND_")
            halts.halt(command.scope, f"{name} by {command.operator}", time_ns)
        elif command.kind == control_pb2.COMMAND_KIND_RESUME and not halts.resume(command.scope, time_ns):
            self._state.refused_commands += 1

    def _booked(self, portfolio: str, side: SideView) -> Book | None:
        """Return the book of one of our portfolios with everything settled that the ledger's newest word covers."""
        if portfolio not in self._rules or portfolio_partition(portfolio) != self._partition:
            return None
        book = self._state.books.setdefault(portfolio, Book())
        word = self._sides.portfolios.get(side, portfolio)
        if word is not None and word.version >= book.newest_version:
            book.newest_version = word.version
            book.reservations.on_booked(word.applied)
        return book


@contextmanager
def _exactly(record: Input) -> Iterator[None]:
    """Reckon exactly; what cannot be read, or not be reckoned with, is poison on a money topic: the partition halts."""
    try:
        with decimal.localcontext(LEDGER_CONTEXT):
            yield
    except (InvalidValue, decimal.DecimalException) as error:
        at, is_read = record.position, isinstance(error, InvalidValue)
        reason = str(error) if is_read else "holds a number that cannot be reckoned with exactly"
        raise PoisonRecord(topic=at.topic, partition=at.partition, offset=at.offset, reason=reason) from error
