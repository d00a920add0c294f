"""A call over gRPC and the ways in which it can fail: each has its own name and its own next step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

import grpc
import grpc.aio

from sextant.core.errors import InvalidValue, OutcomeUnknown, Refused, Retryable

#: How long a connection may take.
_REACH_S: Final = 3.0
_REFUSED: Final = frozenset(
    {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION}
)
_NOT_NOW: Final = frozenset({grpc.StatusCode.ABORTED, grpc.StatusCode.RESOURCE_EXHAUSTED})
_Answer = TypeVar("_Answer")


class CallFailed(Retryable):
    """Nobody listens at the address, or who does cannot do it now. Nothing was done."""


class CallRefused(Refused):
    """The call is not taken: the secret is another one, or an argument is wrong."""


def check_address(field: str, address: str, expected: str) -> str:
    """Return host:port. Raises InvalidValue."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise InvalidValue(field, address, expected)
    return address


async def reach(channel: grpc.aio.Channel, address: str, silent: str) -> None:
    """Wait for a connection. Raises CallFailed with `silent`, which says what to look at: nothing was sent."""
    try:
        async with asyncio.timeout(_REACH_S):
            state = channel.get_state(try_to_connect=True)
            while state is not grpc.ChannelConnectivity.READY:
                if state is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
                    raise CallFailed(f"{address}: {silent}")
                await channel.wait_for_state_change(state)
                state = channel.get_state(try_to_connect=True)
    except TimeoutError:
        raise CallFailed(f"{address}: no connection within {_REACH_S:.0f} s; {silent}") from None


async def answer(call: Awaitable[_Answer], address: str, late: str) -> _Answer:
    """Return what a call over a connection that stands answers. Raises as failure() says."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise failure(error, address, late) from error


def failure(
    error: grpc.aio.AioRpcError, address: str, late: str
) -> CallFailed | CallRefused | OutcomeUnknown:
    """Return what a failed call means: also a connection that broke leaves open what came of it, and `late` says what to do then."""
    code, detail = error.code(), error.details() or ""
    if code in _NOT_NOW:
        return CallFailed(f"{address}: {detail}")
    if code is grpc.StatusCode.UNAUTHENTICATED:
        return CallRefused(f"{address}: another secret is known there; --secret-file must name the same one")
    if code in _REFUSED:
        return CallRefused(f"{address}: {detail}")
    return OutcomeUnknown(f"{address}: {code.name} {detail}; {late}")
