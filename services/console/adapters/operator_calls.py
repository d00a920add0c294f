"""The calls of the operator API: each looks at what is asked, has it done, and says in a status code what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

import grpc
import grpc.aio

from services.console.asked import explained_of, kinds_of, order_of, parameter_of
from services.console.commanding import Commands, Flattening, NobodyObeys
from services.console.domain.summary import Summary
from services.console.feed import Feed, FellBehind, TooManyWatchers, Watcher
from services.console.messages import change_message, picture_message
from services.console.metrics import ConsoleMetrics
from sextant.bus.errors import BusUnavailable, OutputLost
from sextant.bus.port import Position
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.operator.v1 import api_pb2, api_pb2_grpc
from sextant.core.errors import InvalidValue, OutcomeUnknown
from sextant.explaining.gather import OrderNotFound

Explain = Callable[[str, str], Awaitable[api_pb2.ExplainResponse]]
_Code = grpc.StatusCode

#: Longest that the server works for one call, s, however patient its caller is.
_STATUS_S: Final = 5.0
_EXPLAIN_S: Final = 30.0
_COMMAND_S: Final = 20.0
_FLAT_ALL_S: Final = 90.0
#: A stream says every so often that it lives, s.
BEAT_S: Final = 5.0
#: Longest that one change may wait for a watcher to take it, s.
WRITE_S: Final = 10.0
#: Explanations at once: each reads a good part of the log.
_EXPLAINED_AT_ONCE: Final = 2
#: What a failure means to the caller.
_CODES: Final = (
    (InvalidValue, _Code.INVALID_ARGUMENT),
    (OrderNotFound, _Code.NOT_FOUND),
    (NobodyObeys, _Code.FAILED_PRECONDITION),
    (BusUnavailable, _Code.ABORTED),
    (OutputLost, _Code.UNKNOWN),
    (OutcomeUnknown, _Code.UNKNOWN),
    (FellBehind, _Code.RESOURCE_EXHAUSTED),
    (TooManyWatchers, _Code.RESOURCE_EXHAUSTED),
    (TimeoutError, _Code.DEADLINE_EXCEEDED),
)
_FAILURES: Final = tuple(kind for kind, _ in _CODES)
_Answer = TypeVar("_Answer")


class OperatorCalls(api_pb2_grpc.OperatorServiceServicer):
    """Answers operators. Who calls has shown the token already."""

    def __init__(
        self,
        summary: Callable[[], Summary],
        feed: Feed,
        explain: Explain,
        commands: Commands,
        metrics: ConsoleMetrics,
        *,
        beat_s: float = BEAT_S,
        write_s: float = WRITE_S,
    ) -> None:
        self._summary, self._feed, self._explain, self._commands = summary, feed, explain, commands
        self._metrics, self._beat_s, self._write_s = metrics, beat_s, write_s
        self._explaining = asyncio.Semaphore(_EXPLAINED_AT_ONCE)

    async def Status(
        self, request: api_pb2.OperatorServiceStatusRequest, context: Any
    ) -> api_pb2.OperatorServiceStatusResponse:
        """Return the picture of this moment."""

        async def work() -> api_pb2.OperatorServiceStatusResponse:
            return api_pb2.OperatorServiceStatusResponse(picture=picture_message(self._summary()))

        return await self._answer("Status", context, work(), _STATUS_S)

    async def Explain(self, request: api_pb2.ExplainRequest, context: Any) -> api_pb2.ExplainResponse:
        """Return how an order came about."""

        async def work() -> api_pb2.ExplainResponse:
            order_id, jaeger_url = explained_of(request)
            async with self._explaining:
                return await self._explain(order_id, jaeger_url)

        return await self._answer("Explain", context, work(), _EXPLAIN_S)

    async def FlatAll(
        self, request: api_pb2.OperatorServiceFlatAllRequest, context: Any
    ) -> api_pb2.OperatorServiceFlatAllResponse:
        """Flatten a scope, and say which way the order went."""

        async def work() -> api_pb2.OperatorServiceFlatAllResponse:
            order = order_of(request.order)
            return _flattened(order.command_id, await self._commands.flat_all(order))

        return await self._answer("FlatAll", context, work(), _FLAT_ALL_S)

    async def Halt(self, request: api_pb2.HaltRequest, context: Any) -> api_pb2.HaltResponse:
        """Take no new risk."""

        async def work() -> api_pb2.HaltResponse:
            order = order_of(request.order)
            return api_pb2.HaltResponse(receipt=_receipt(order.command_id, await self._commands.halt(order)))

        return await self._answer("Halt", context, work(), _COMMAND_S)

    async def Resume(self, request: api_pb2.ResumeRequest, context: Any) -> api_pb2.ResumeResponse:
        """Take new risk again."""

        async def work() -> api_pb2.ResumeResponse:
            order = order_of(request.order)
            position = await self._commands.resume(order)
            return api_pb2.ResumeResponse(receipt=_receipt(order.command_id, position))

        return await self._answer("Resume", context, work(), _COMMAND_S)

    async def SetParameter(
        self, request: api_pb2.SetParameterRequest, context: Any
    ) -> api_pb2.SetParameterResponse:
        """Change a parameter that some service obeys."""

        async def work() -> api_pb2.SetParameterResponse:
            order = order_of(request.order)
            position = await self._commands.set_parameter(order, *parameter_of(request))
            return api_pb2.SetParameterResponse(receipt=_receipt(order.command_id, position))

        return await self._answer("SetParameter", context, work(), _COMMAND_S)

    async def Watch(self, request: api_pb2.WatchRequest, context: Any) -> None:
        """Tell what changes, until the caller goes or is too slow."""
        await self._answer("Watch", context, self._tell(request, context), None)

    async def _tell(self, request: api_pb2.WatchRequest, context: Any) -> None:
        watcher = self._feed.watch(kinds_of(request.kinds))
        self._metrics.watchers.set(len(self._feed))
        try:
            await self._write(context, api_pb2.WatchResponse(beat=api_pb2.Beat()))
            while True:
                await self._write(context, await self._next(watcher))
        except FellBehind:
            self._metrics.watchers_dropped.inc()
            raise
        finally:
            self._feed.leave(watcher)
            self._metrics.watchers.set(len(self._feed))

    async def _next(self, watcher: Watcher) -> api_pb2.WatchResponse:
        change = await watcher.next(self._beat_s)
        return api_pb2.WatchResponse(beat=api_pb2.Beat()) if change is None else change_message(change)

    async def _write(self, context: Any, message: api_pb2.WatchResponse) -> None:
        try:
            async with asyncio.timeout(self._write_s):
                await context.write(message)
        except TimeoutError:
            raise FellBehind(f"an answer was not taken within {self._write_s:g} s: watch again") from None

    async def _answer(
        self, method: str, context: Any, work: Coroutine[Any, Any, _Answer], limit_s: float | None
    ) -> _Answer:
        """Return what the work returns; a failure ends the call with the code that it has."""
        code, detail = _Code.UNKNOWN, ""
        try:
            async with asyncio.timeout(limit_s):
                answer = await work
            code = _Code.OK
            return answer
        except asyncio.CancelledError:  # the caller went, or its deadline has passed
            code = _Code.CANCELLED
            raise
        except _FAILURES as error:
            code = next(code for kind, code in _CODES if isinstance(error, kind))
            detail = str(error) or f"not done within {limit_s} s"
        finally:
            self._metrics.calls.labels(method, code.name).inc()
        await context.abort(code, detail)
        raise AssertionError("abort() raises")


def _flattened(command_id: str, found: Flattening) -> api_pb2.OperatorServiceFlatAllResponse:
    if found.position is None:
        return api_pb2.OperatorServiceFlatAllResponse(
            command_id=command_id, route=api_pb2.FLAT_ALL_ROUTE_DOOR, done=found.done
        )
    return api_pb2.OperatorServiceFlatAllResponse(
        command_id=command_id,
        route=api_pb2.FLAT_ALL_ROUTE_LOG,
        receipt=_receipt(command_id, found.position),
        problems=found.problems,
    )


def _receipt(command_id: str, at: Position) -> api_pb2.Receipt:
    position = values_pb2.Position(topic=at.topic, partition=at.partition, offset=at.offset)
    return api_pb2.Receipt(command_id=command_id, position=position)
