"""Calling execution's emergency door."""

from __future__ import annotations

from typing import Any, Final

import grpc
import grpc.aio

from sextant.contracts.operator.v1 import operator_pb2, operator_pb2_grpc
from sextant.operator.calls import CallFailed, answer, check_address, reach

_STATUS_S: Final = 5.0
_STUCK: Final = "is the process stuck?"
_SILENT: Final = "no emergency door answers; execution tells its port as `operator` in the file that SEXTANT_PORT_FILE names"


class Door:
    """A client of the doors at `addresses` (host:port[,host:port]), of which any one does it all: the first that answers is asked.

    `token` is derived from the operators' secret. Methods raise CallFailed, CallRefused and OutcomeUnknown.
    """

    def __init__(self, addresses: str, token: str) -> None:
        expected = "host:port[,host:port] of execution's emergency doors"
        self._addresses = [check_address("--door", each, expected) for each in addresses.split(",")]
        self._metadata = (("authorization", f"Bearer {token}"),)

    async def flat_all(
        self, command_id: str, scope: str, reason: str, timeout_s: float, *, operator: str = ""
    ) -> operator_pb2.FlatAllResponse:
        """Flatten a scope. Raises OutcomeUnknown when no answer came in time: the same command id again does nothing twice."""
        request = operator_pb2.FlatAllRequest(
            command_id=command_id, scope=scope, reason=reason, operator=operator
        )
        again = (
            f"nobody knows how far it came: look with `sextant status`, repeat with --command-id {command_id}"
        )
        done: operator_pb2.FlatAllResponse = await self._ask("FlatAll", request, timeout_s, again)
        return done

    async def status(self) -> operator_pb2.StatusResponse:
        """Ask what execution knows right now."""
        request = operator_pb2.StatusRequest()
        found: operator_pb2.StatusResponse = await self._ask("Status", request, _STATUS_S, _STUCK)
        return found

    async def _ask(self, method: str, request: Any, timeout_s: float, late: str) -> Any:
        failed: list[str] = []
        for address in self._addresses:
            async with grpc.aio.insecure_channel(address) as channel:
                try:
                    await reach(channel, address, _SILENT)
                except CallFailed as error:
                    failed.append(str(error))
                    continue
                stub: Any = operator_pb2_grpc.EmergencyServiceStub(channel)  # type: ignore[no-untyped-call]  # generated code
                call = getattr(stub, method)(request, metadata=self._metadata, timeout=timeout_s)
                return await answer(call, address, late)
        raise CallFailed("; ".join(failed))
