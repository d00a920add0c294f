"""The operator API's server: who may call, encryption, limits, and grpc.health.v1 beside the calls."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio

from services.console.adapters.certificate import Certificate
from services.console.adapters.operator_calls import OperatorCalls
from services.console.metrics import ConsoleMetrics
from sextant.contracts.operator.v1 import api_pb2, api_pb2_grpc

_SERVICE: Final = api_pb2.DESCRIPTOR.services_by_name["OperatorService"].full_name
_HEALTH: Final = "/grpc.health.v1.Health/"
_HEALTH_EVERY_S: Final = 0.5
#: No request of operators is nearly as long.
_LONGEST_REQUEST: Final = 64 * 1024
#: Calls at once, streams included; more are refused at once with RESOURCE_EXHAUSTED.
_MOST_CALLS: Final = 100
_OPTIONS: Final = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", _LONGEST_REQUEST),
    ("grpc.max_metadata_size", 16 * 1024),
    # A peer that vanished without a word is noticed, and its streams end.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)


class OperatorServer:
    """Serves the calls to who holds the token; health to everybody. `is_ready` is what health tells."""

    def __init__(
        self, calls: OperatorCalls, token: str, metrics: ConsoleMetrics, is_ready: Callable[[], bool]
    ) -> None:
        self._calls, self._token, self._metrics, self._is_ready = calls, token, metrics, is_ready
        self._server: grpc.aio.Server | None = None
        self._health = health_aio.HealthServicer()
        self._telling: asyncio.Task[None] | None = None

    async def open(self, host: str, port: int, certificate: Certificate | None) -> int:
        """Listen, encrypted where there is a certificate; 0 takes a free port. Returns the port. Raises RuntimeError when it is taken."""
        self._server = server = grpc.aio.server(
            interceptors=[TokenCheck(self._token, self._metrics)],
            options=_OPTIONS,
            maximum_concurrent_rpcs=_MOST_CALLS,
        )
        api_pb2_grpc.add_OperatorServiceServicer_to_server(self._calls, server)  # type: ignore[no-untyped-call]  # generated code
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        address = f"{host}:{port}"
        chosen = (
            server.add_insecure_port(address)
            if certificate is None
            else server.add_secure_port(address, certificate.credentials())
        )
        await self._tell()
        await server.start()
        self._telling = asyncio.create_task(self._keep_telling())
        return int(chosen)

    async def close(self, grace_s: float) -> None:
        """Say so, let calls end, and stop listening. Calling twice is safe."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        if self._server is not None:
            await self._health.enter_graceful_shutdown()
            await self._server.stop(grace_s)
            self._server = None

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(_HEALTH_EVERY_S)
            await self._tell()

    async def _tell(self) -> None:
        status = health_pb2.HealthCheckResponse
        said = status.SERVING if self._is_ready() else status.NOT_SERVING
        for service in ("", _SERVICE):
            await self._health.set(service, said)


class TokenCheck(grpc.aio.ServerInterceptor):
    """Refuses every call without the token before its request is read, whichever method it is for."""

    def __init__(self, token: str, metrics: ConsoleMetrics) -> None:
        self._expected = f"Bearer {token}".encode()
        self._metrics = metrics

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        if handler_call_details.method.startswith(_HEALTH) or self._is_known(handler_call_details):
            return await continuation(handler_call_details)
        self._metrics.unauthenticated.inc()
        return grpc.unary_unary_rpc_method_handler(_refuse)

    def _is_known(self, details: grpc.HandlerCallDetails) -> bool:
        given = next((value for key, value in details.invocation_metadata if key == "authorization"), "")
        # In constant time: how much of a guess was right must not show in how long the answer took.
        return hmac.compare_digest(given.encode() if isinstance(given, str) else given, self._expected)


async def _refuse(request: Any, context: Any) -> None:
    await context.abort(grpc.StatusCode.UNAUTHENTICATED, "expected the operators' bearer token")
