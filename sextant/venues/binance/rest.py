"""Signed REST calls to Binance; an answer is a value, ambiguity included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import msgspec

from sextant.core.time import MILLISECOND
from sextant.venues.binance.signing import Credentials, signed_query

#: How long after its timestamp the venue may still take a request, ms: what is asked later is an answer about the whole.
RECEIVE_WINDOW_MS: Final = 3_000
_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class RestReply:
    """An answer: HTTP status and the decoded body (None where it is not JSON)."""

    status: int
    body: Any


class NoReply(Exception):
    """No answer came; the request may have taken effect."""


class SignedRest:
    """One session to one venue. `now_ns` is our clock corrected to the venue's."""

    def __init__(self, base_url: str, credentials: Credentials, now_ns: Callable[[], int]) -> None:
        self._base, self._credentials, self._now_ns = base_url.rstrip("/"), credentials, now_ns
        self._session: aiohttp.ClientSession | None = None

    def stamped(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return parameters with time and window."""
        return {
            **parameters,
            "recvWindow": str(RECEIVE_WINDOW_MS),
            "timestamp": str(self._now_ns() // MILLISECOND),
        }

    async def call(self, method: str, path: str, parameters: Mapping[str, str]) -> RestReply:
        """Make a signed call. Raises NoReply when no readable answer came; it names the kind of failure and no secret."""
        url = f"{self._base}{path}?{signed_query(self._credentials, self.stamped(parameters))}"
        try:
            async with self._open().request(method, url) as reply:
                return RestReply(reply.status, _decoded(await reply.read()))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NoReply(type(error).__name__) from None  # the cause's message may hold the signed address

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            headers = {"X-MBX-APIKEY": self._credentials.api_key}
            timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
            self._session = aiohttp.ClientSession(headers=headers, timeout=timeout)
        return self._session


def _decoded(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return None
