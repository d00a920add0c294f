"""A client of the operator API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import grpc
import grpc.aio

from sextant.contracts.operator.v1 import api_pb2, api_pb2_grpc, picture_pb2
from sextant.core.errors import SettingsInvalid
from sextant.operator.calls import answer, check_address, failure, reach

_STATUS_S: Final = 5.0
_EXPLAIN_S: Final = 30.0
_COMMAND_S: Final = 20.0
_SILENT: Final = "no operator API answers; the console tells its port as `operator` in the file that SEXTANT_PORT_FILE names"
_OPTIONS: Final = (("grpc.keepalive_time_ms", 30_000), ("grpc.keepalive_timeout_ms", 10_000))


class OperatorClient:
    """A connection to the API at `address` (host:port), for use in `async with`. `token` is derived from the operators' secret.

    With the certificates of an authority the connection is encrypted and the server proves its name; without, it is not.
    Methods raise CallFailed when nothing was done, CallRefused, and OutcomeUnknown.
    """

    def __init__(self, address: str, token: str, authority: bytes | None = None) -> None:
        self._address = check_address("--api", address, "host:port of the operator API")
        self._metadata = (("authorization", f"Bearer {token}"),)
        if authority is None:
            self._channel = grpc.aio.insecure_channel(address, options=_OPTIONS)
        else:
            credentials = grpc.ssl_channel_credentials(authority)
            self._channel = grpc.aio.secure_channel(address, credentials, options=_OPTIONS)
        self._stub: Any = api_pb2_grpc.OperatorServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated code

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Disconnect. Calling twice is safe."""
        await self._channel.close()

    async def status(self) -> picture_pb2.Picture:
        """Return the picture of this moment."""
        request = api_pb2.OperatorServiceStatusRequest()
        found = await self._ask("Status", request, _STATUS_S, "is the console stuck?")
        picture: picture_pb2.Picture = found.picture
        return picture

    async def explain(self, order_id: str, jaeger_url: str = "") -> api_pb2.ExplainResponse:
        """Return how an order came about, its trace linked at Jaeger's address where one is named."""
        request = api_pb2.ExplainRequest(order_id=order_id, jaeger_url=jaeger_url)
        found: api_pb2.ExplainResponse = await self._ask("Explain", request, _EXPLAIN_S, "ask again")
        return found

    async def halt(self, order: api_pb2.Order) -> api_pb2.Receipt:
        """Take no new risk."""
        return await self._give("Halt", api_pb2.HaltRequest(order=order), order)

    async def resume(self, order: api_pb2.Order) -> api_pb2.Receipt:
        """Take new risk again."""
        return await self._give("Resume", api_pb2.ResumeRequest(order=order), order)

    async def set_parameter(self, order: api_pb2.Order, name: str, value: str) -> api_pb2.Receipt:
        """Change a parameter. Raises CallRefused where no service obeys it."""
        request = api_pb2.SetParameterRequest(order=order, name=name, value=value)
        return await self._give("SetParameter", request, order)

    async def flat_all(
        self, order: api_pb2.Order, timeout_s: float
    ) -> api_pb2.OperatorServiceFlatAllResponse:
        """Flatten a scope."""
        request = api_pb2.OperatorServiceFlatAllRequest(order=order)
        found: api_pb2.OperatorServiceFlatAllResponse = await self._ask(
            "FlatAll", request, timeout_s, _again(order)
        )
        return found

    async def watch(self, kinds: Iterable[api_pb2.ChangeKind] = ()) -> AsyncIterator[api_pb2.WatchResponse]:
        """Yield what changes from now on, beats included. Raises CallFailed when this watcher is too slow, or one too many."""
        await reach(self._channel, self._address, _SILENT)
        call = self._stub.Watch(api_pb2.WatchRequest(kinds=list(kinds)), metadata=self._metadata)
        try:
            async for change in call:
                yield change
        except grpc.aio.AioRpcError as error:
            raise failure(error, self._address, "watch again") from error
        finally:
            call.cancel()

    async def _give(self, method: str, request: Any, order: api_pb2.Order) -> api_pb2.Receipt:
        found = await self._ask(method, request, _COMMAND_S, _again(order))
        receipt: api_pb2.Receipt = found.receipt
        return receipt

    async def _ask(self, method: str, request: Any, timeout_s: float, late: str) -> Any:
        await reach(self._channel, self._address, _SILENT)
        call = getattr(self._stub, method)(request, metadata=self._metadata, timeout=timeout_s)
        return await answer(call, self._address, late)


def read_authority(file: Path | None) -> bytes | None:
    """Return the certificates in a file, None without a file. Raises SettingsInvalid."""
    if file is None:
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsInvalid(f"certificates {file}: {error.strerror}") from None


def _again(order: api_pb2.Order) -> str:
    return f"nobody knows whether it took effect: look with `sextant status`, repeat with --command-id {order.command_id}"
