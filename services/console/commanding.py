"""Operators' orders as the console gives them: into the log, signed, and FLAT ALL to execution's door first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from structlog.typing import FilteringBoundLogger

from sextant.bus.errors import BusUnavailable
from sextant.bus.port import Position
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.operator.v1 import operator_pb2
from sextant.core.errors import OutcomeUnknown, Refused
from sextant.operator.calls import CallFailed, CallRefused

#: Parameters that running services obey, and who does. None does yet, and what nobody obeys is refused rather than swallowed.
OBEYED: Final[Mapping[str, str]] = {}
#: A door flattens an account within 30 s.
_DOOR_S: Final = 60.0
_Result = TypeVar("_Result")


class NobodyObeys(Refused):
    """The order would change nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order that was looked at: who, what about, why, under which id."""

    command_id: str
    scope: str
    reason: str
    operator: str


@dataclass(frozen=True, slots=True)
class Flattening:
    """What came of FLAT ALL: what the door did, or where the order lies, and why the door did not take it."""

    done: operator_pb2.FlatAllResponse | None = None
    position: Position | None = None
    problems: tuple[str, ...] = field(default_factory=tuple)


class Door(Protocol):
    """Execution's emergency door."""

    async def flat_all(
        self, command_id: str, scope: str, reason: str, timeout_s: float, *, operator: str
    ) -> operator_pb2.FlatAllResponse:
        """Flatten a scope. Raises CallFailed, CallRefused, OutcomeUnknown."""


class Commands:
    """Gives orders. One that was begun is finished although its caller has gone: half an order would be the worst of all."""

    def __init__(
        self,
        give: Callable[[control_pb2.Command], Coroutine[Any, Any, Position]],
        door: Door | None,
        log: FilteringBoundLogger,
        obeyed: Mapping[str, str] = OBEYED,
    ) -> None:
        self._give, self._door, self._log, self._obeyed = give, door, log, obeyed
        self._under_way: set[asyncio.Task[Any]] = set()

    async def halt(self, order: Order) -> Position:
        """Take no new risk. Raises BusUnavailable, OutputLost."""
        return await self._finish(self._say(control_pb2.COMMAND_KIND_HALT, order))

    async def resume(self, order: Order) -> Position:
        """Take new risk again. Raises BusUnavailable, OutputLost."""
        return await self._finish(self._say(control_pb2.COMMAND_KIND_RESUME, order))

    async def set_parameter(self, order: Order, name: str, value: str) -> Position:
        """Change a parameter. Raises NobodyObeys, BusUnavailable, OutputLost."""
        if name not in self._obeyed:
            known = ", ".join(sorted(self._obeyed)) or "none"
            raise NobodyObeys(f"parameter {name!r}: no service obeys it; those that are obeyed: {known}")
        return await self._finish(self._say(control_pb2.COMMAND_KIND_SET_PARAMETER, order, {name: value}))

    async def flat_all(self, order: Order) -> Flattening:
        """Flatten by the door where it answers, by the log where it does not.

        Raises BusUnavailable when neither took it, OutputLost and OutcomeUnknown when one of them may have.
        """
        return await self._finish(self._flatten(order))

    async def drain(self, seconds: float) -> None:
        """Wait for what is under way."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)

    async def _flatten(self, order: Order) -> Flattening:
        problem, may_be_done = "no door is named: SEXTANT_DOOR is not set", False
        if self._door is not None:
            try:
                done = await self._door.flat_all(
                    order.command_id, order.scope, order.reason, _DOOR_S, operator=order.operator
                )
                self._note("flattened by the door", "FLAT_ALL", order)
                return Flattening(done=done)
            except (CallFailed, CallRefused, OutcomeUnknown) as error:
                # Said twice under one id it is one command, so the log is told also where nobody knows what the door did.
                problem, may_be_done = str(error), isinstance(error, OutcomeUnknown)
        try:
            position = await self._say(control_pb2.COMMAND_KIND_FLAT_ALL, order)
        except BusUnavailable as error:
            if may_be_done:
                raise OutcomeUnknown(f"{error}; {problem}") from error
            raise BusUnavailable(address=error.address, reason=f"{error.reason}; {problem}") from error
        return Flattening(position=position, problems=(problem,))

    async def _say(
        self, kind: control_pb2.CommandKind, order: Order, arguments: Mapping[str, str] | None = None
    ) -> Position:
        why = {"reason": order.reason} if order.reason else {}
        command = control_pb2.Command(
            command_id=order.command_id,
            operator=order.operator,
            kind=kind,
            scope=order.scope,
            arguments={**why, **(arguments or {})},
        )
        position = await self._give(command)
        self._note("command given", control_pb2.CommandKind.Name(kind).removeprefix("COMMAND_KIND_"), order)
        return position

    def _note(self, event: str, kind: str, order: Order) -> None:
        self._log.warning(
            event,
            command=kind,
            command_id=order.command_id,
            scope=order.scope,
            operator=order.operator,
            reason=order.reason,
        )

    async def _finish(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)
