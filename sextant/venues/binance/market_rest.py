"""Binance's public REST calls, inside the venue's limits.

Source: Binance "General API Information": request weights per minute and address, 429 and 418 with Retry-After, used weight in a header.
"""

from __future__ import annotations

import asyncio
import random
from typing import Final

import aiohttp
import msgspec
from msgspec import Struct
from msgspec.json import Decoder

from sextant.core.errors import Retryable
from sextant.core.time import MILLISECOND, SECOND, Clock
from sextant.venues.binance.markets import Market

_USED: Final = "X-MBX-USED-WEIGHT-1M"
#: Part of the weight that market data may use: orders of the same address come first.
_SHARE: Final = 0.8
_TOO_MANY, _BANNED = 429, 418
_KLINES_WEIGHT, _TIME_WEIGHT = 5, 1
_MINUTE_NS: Final = 60 * SECOND


class RestFailed(Retryable):
    """The call gave no usable answer; nothing was changed anywhere."""

    def __init__(self, *, call: str, reason: str) -> None:
        super().__init__(f"{call}: {reason}")
        self.call, self.reason = call, reason


class _Time(Struct):
    serverTime: int


_TIME: Final = Decoder(_Time)


class MarketRest:
    """One venue's public REST. Calls wait when the minute's weight is used up or the venue has said to wait."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        market: Market,
        clock: Clock,
        *,
        timeout_s: float = 10.0,
    ) -> None:
        self._session, self._base, self._market, self._clock = session, base_url.rstrip("/"), market, clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._used, self._minute = 0, -1
        self._blocked_until_ns = 0

    async def exchange_info(self) -> bytes:
        """Return the exchangeInfo answer. This and all other calls raise RestFailed."""
        return await self._get("exchangeInfo", self._market.rules.info_weight)

    async def depth(self, symbol: str, *, timeout_s: float | None = None) -> bytes:
        """Return a depth snapshot; `timeout_s` where the venue may hold the answer back."""
        rules = self._market.rules
        return await self._get(
            "depth", rules.depth_weight, timeout_s, symbol=symbol, limit=str(rules.depth_limit)
        )

    async def klines(self, symbol: str, interval: str, limit: int) -> bytes:
        """Return the newest candles."""
        return await self._get("klines", _KLINES_WEIGHT, symbol=symbol, interval=interval, limit=str(limit))

    async def time(self) -> tuple[int, int, int]:
        """Return when we asked, what the venue's clock said and when the answer came, ns."""
        sent = self._clock.wall_ns()
        raw = await self._get("time", _TIME_WEIGHT)
        received = self._clock.wall_ns()
        try:
            return sent, _TIME.decode(raw).serverTime * MILLISECOND, received
        except msgspec.DecodeError as error:
            raise RestFailed(call="time", reason=str(error)) from error

    async def _get(self, call: str, weight: int, timeout_s: float | None = None, **parameters: str) -> bytes:
        await self._wait_for_room(weight)
        url = f"{self._base}{self._market.rules.rest}/{call}"
        timeout = self._timeout if timeout_s is None else aiohttp.ClientTimeout(total=timeout_s)
        try:
            async with self._session.get(url, params=parameters, timeout=timeout) as reply:
                body = await reply.read()
                self._note(reply)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise RestFailed(call=url, reason=str(error) or type(error).__name__) from error
        if reply.status != 200:
            raise RestFailed(call=url, reason=f"HTTP {reply.status} {body[:200].decode(errors='replace')}")
        return body

    async def _wait_for_room(self, weight: int) -> None:
        while True:
            now = self._clock.wall_ns()
            minute = now // _MINUTE_NS
            if minute != self._minute:
                self._minute, self._used = minute, 0
            wait_ns = self._blocked_until_ns - now
            if wait_ns <= 0:
                if self._used + weight <= self._market.rules.weight_limit * _SHARE:
                    self._used += weight
                    return
                wait_ns = (minute + 1) * _MINUTE_NS - now
            # A little more than asked for, and not all at once.
            await asyncio.sleep(wait_ns / SECOND + random.uniform(0.05, 0.5))

    def _note(self, reply: aiohttp.ClientResponse) -> None:
        used = reply.headers.get(_USED, "")
        if used.isdecimal():
            self._used = max(self._used, int(used))
        if reply.status in (_TOO_MANY, _BANNED):
            text = reply.headers.get("Retry-After", "")
            seconds = int(text) if text.isdecimal() else 60
            self._blocked_until_ns = max(self._blocked_until_ns, self._clock.wall_ns() + seconds * SECOND)
