"""Calling execution's emergency door: every way in which a call can fail has its own name and its own next step."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final, TypeVar

import grpc
import grpc.aio

from sextant.contracts.operator.v1 import operator_pb2, operator_pb2_grpc
from sextant.core.errors import InvalidValue, OutcomeUnknown, Refused, Retryable

_STATUS_S: Final = 5.0
_Answer = TypeVar("_Answer")


class DoorSilent(Retryable):
    """Nobody listens at the address."""


class DoorRefused(Refused):
    """The door does not take the call: the secret is another one, or an argument is wrong."""


class Door:
    """A client of one door. `token` is derived from the operators' secret."""

    def __init__(self, address: str, token: str) -> None:
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise InvalidValue("--door", address, "host:port of execution's emergency door")
        self._address = address
        self._metadata = (("authorization", f"Bearer {token}"),)

    async def flat_all(
        self, command_id: str, scope: str, reason: str, timeout_s: float
    ) -> operator_pb2.FlatAllResponse:
        """Flatten a scope. Raises OutcomeUnknown when no answer came in time: the same command id again does nothing twice."""
        request = operator_pb2.FlatAllRequest(command_id=command_id, scope=scope, reason=reason)
        async with grpc.aio.insecure_channel(self._address) as channel:
            call = _stub(channel).FlatAll(request, metadata=self._metadata, timeout=timeout_s)
            again = f"nobody knows how far it came: look with `sextant status`, repeat with --command-id {command_id}"
            return await self._answer(call, again)

    async def status(self) -> operator_pb2.StatusResponse:
        """Ask what execution knows right now."""
        async with grpc.aio.insecure_channel(self._address) as channel:
            call = _stub(channel).Status(
                operator_pb2.StatusRequest(), metadata=self._metadata, timeout=_STATUS_S
            )
            return await self._answer(call, "is the process stuck?")

    async def _answer(self, call: Awaitable[_Answer], late: str) -> _Answer:
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            code, detail = error.code(), error.details() or ""
            if code is grpc.StatusCode.UNAVAILABLE:
                raise DoorSilent(
                    f"{self._address}: no emergency door answers ({detail}); execution tells its port as `operator` in the "
                    "file that SEXTANT_PORT_FILE names"
                ) from error
            if code is grpc.StatusCode.UNAUTHENTICATED:
                raise DoorRefused(
                    f"{self._address}: the door knows another secret; --secret-file must name execution's own"
                ) from error
            if code is grpc.StatusCode.INVALID_ARGUMENT:
                raise DoorRefused(f"{self._address}: {detail}") from error
            raise OutcomeUnknown(f"{self._address}: {code.name} {detail}; {late}") from error


def _stub(channel: grpc.aio.Channel) -> Any:
    return operator_pb2_grpc.EmergencyServiceStub(channel)  # type: ignore[no-untyped-call]  # generated code
