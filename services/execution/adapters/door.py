"""The emergency door: gRPC, a bearer token, nothing behind it but venues and a local file."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio

from services.execution.domain.halts import Level, Word
from services.execution.flattening import Flattened
from sextant.contracts.operator.v1 import operator_pb2, operator_pb2_grpc
from sextant.core.scopes import GLOBAL
from sextant.core.time import Clock

_LONGEST_ID: Final = 100
#: Who gave an order that names nobody.
_DOOR: Final = "emergency door"


class EmergencyDoor(operator_pb2_grpc.EmergencyServiceServicer):
    """Serves FlatAll and Status to who holds the token.

    The connection is not encrypted, so the token is good for this door and for nothing else, and the door should listen where only
    operators come: on the loopback, or behind what encrypts.
    """

    def __init__(
        self,
        token: str,
        clock: Clock,
        flatten: Callable[[Word], Awaitable[Flattened]],
        status: Callable[[], operator_pb2.StatusResponse],
    ) -> None:
        self._token, self._clock, self._flatten, self._status = token, clock, flatten, status
        self._server: grpc.aio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; 0 takes a free port. Returns the port. Raises RuntimeError when it is taken."""
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        operator_pb2_grpc.add_EmergencyServiceServicer_to_server(self, self._server)  # type: ignore[no-untyped-call]  # generated code
        chosen = self._server.add_insecure_port(f"{host}:{port}")
        await self._server.start()
        return int(chosen)

    async def close(self, grace_s: float) -> None:
        """Let calls end and stop listening. Calling twice is safe."""
        if self._server is not None:
            await self._server.stop(grace_s)
            self._server = None

    async def FlatAll(
        self, request: operator_pb2.FlatAllRequest, context: Any
    ) -> operator_pb2.FlatAllResponse:
        """Flatten the scope; answers when everything was tried."""
        await self._authorise(context)
        scope = request.scope or GLOBAL
        if not 0 < len(request.command_id) <= _LONGEST_ID or (
            scope != GLOBAL and not scope.startswith("portfolio/")
        ):
            expected = f'expected a command id of 1 to {_LONGEST_ID} characters and the scope "global" or "portfolio/<name>"'
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, expected)
        now_ns = self._clock.wall_ns()
        word = Word(request.command_id, scope, Level.FLAT, now_ns, request.reason, request.operator or _DOOR)
        result = await self._flatten(word)
        return operator_pb2.FlatAllResponse(
            cancelled_orders=result.cancelled, closing_orders=result.closing, problems=result.problems
        )

    async def Status(self, request: operator_pb2.StatusRequest, context: Any) -> operator_pb2.StatusResponse:
        """Say what is known right now."""
        await self._authorise(context)
        return self._status()

    async def _authorise(self, context: Any) -> None:
        given = dict(context.invocation_metadata()).get("authorization", "")
        # In constant time: how much of a guess was right must not show in how long the answer took.
        if not hmac.compare_digest(str(given).encode(), f"Bearer {self._token}".encode()):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "expected the operators' bearer token")
