"""Commands, portfolios and timers in, breaker states out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from services.breaker import state as states
from services.breaker.domain.breakers import Breaker, Breakers, Equity, Order
from sextant.contracts.commands import is_genuine
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.decimals import from_statistic
from sextant.core.errors import InvalidValue
from sextant.core.time import SECOND
from sextant.runtime.stage import Input, Output, PlainHandler, SideView

BREAKERS: Final = "risk.breakers.v1"
PORTFOLIOS: Final = "ledger.portfolios.v1"
_DAY_S: Final = 86_400
_STATISTIC_STEP: Final = Decimal("0.00000001")
_ORDERS: Final[dict[int, Order]] = {
    control_pb2.COMMAND_KIND_FLAT_ALL: Order.FLAT_ALL,
    control_pb2.COMMAND_KIND_HALT: Order.HALT,
    control_pb2.COMMAND_KIND_RESUME: Order.RESUME,
}


class BreakerHandler(PlainHandler):
    """The only partition of the commands. Without an operator key every command is refused and counted.

    A replay verifies again: the key may change only after a clean stop, whose snapshot lies behind all commands.
    """

    def __init__(self, breakers: Breakers, operator_key: bytes | None) -> None:
        self._breakers, self._key = breakers, operator_key

    @property
    def refused_commands(self) -> int:
        """How many commands were not obeyed: not signed, of an unknown scope, or an old RESUME."""
        return self._breakers.refused_commands

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        return [output for record in batch for output in self._obey(record)]

    def on_side(self, record: Input, side: SideView) -> Iterable[Output]:
        if record.position.topic != PORTFOLIOS:
            return []
        changed = self._breakers.judge(record.value.portfolio, equity_of(record.value))
        return [] if changed is None else [self._output(changed, record)]

    def on_timer(self, now_ns: int, side: SideView) -> Iterable[Output]:
        return [self._output(breaker, None) for breaker in self._breakers.tick(now_ns)]

    def snapshot(self) -> bytes:
        return states.dump(self._breakers)

    def restore(self, state: bytes) -> None:
        states.load(state, self._breakers)

    def _obey(self, record: Input) -> Iterable[Output]:
        command: control_pb2.Command = record.value
        order = _ORDERS.get(command.kind)
        if not is_genuine(command, self._key):
            self._breakers.refused_commands += 1
            return []
        if order is None:  # parameters are no business of a breaker
            return []
        time_ns = command.command_time.ToNanoseconds()
        changed = self._breakers.order(command.scope, order, command.operator, time_ns)
        return [self._output(breaker, record) for breaker in changed]

    def _output(self, breaker: Breaker, cause: Input | None) -> Output:
        message = risk_pb2.Breaker(
            scope=breaker.scope,
            state=breaker.state.value,  # type: ignore[arg-type]  # our states have the wire's values
            cause=breaker.cause,
            epoch=breaker.epoch,
            state_time=_timestamp(self._breakers.now_ns),
        )
        return Output(BREAKERS, breaker.scope, breaker.scope, message, cause=cause)


def equity_of(portfolio: ledger_pb2.Portfolio) -> Equity:
    """Return what the ledger says of a portfolio's equity on the ledger's own UTC day."""
    day = portfolio.state_time.seconds // _DAY_S
    return Equity(day, _exact(portfolio.equity), _exact(portfolio.day_start_equity))


def _exact(statistic: float) -> Decimal | None:
    try:
        return from_statistic(statistic, _STATISTIC_STEP)
    except InvalidValue:
        return None


def _timestamp(ns: int) -> Timestamp:
    return Timestamp(seconds=ns // SECOND, nanos=ns % SECOND)
