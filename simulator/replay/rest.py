"""The REST calls that a market data client needs beside the streams, answered from the recording."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from simulator.replay.depth import RecordedDepth, cut, rebuild
from simulator.replay.instruments import Instrument, exchange_info
from simulator.replay.player import Player
from simulator.replay.recording import Venue
from simulator.replay.subscribers import Switchboard
from simulator.replay.tape import INTERVALS_MS, TradeTape

ROOTS = {Venue.SPOT: "/api/v3", Venue.USDM: "/fapi/v1", Venue.COINM: "/dapi/v1"}
DEFAULT_DEPTH = {Venue.SPOT: 100, Venue.USDM: 500, Venue.COINM: 500}
EVENT_TIME = re.compile(rb'"E":(\d+)')
UNKNOWN_CALL, BAD_INTERVAL, BAD_SYMBOL, BAD_PARAMETER, NO_ANSWER = -1000, -1120, -1121, -1100, -1001
Handler = Callable[[web.Request], Awaitable[web.Response]]


class VenueError(Exception):
    """An error in the venue's own form, `{"code": .., "msg": ..}`."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class VenueRest:
    """The REST side of one recorded venue. `clock_offset_ms` is its clock minus the recorder's."""

    def __init__(
        self,
        venue: Venue,
        *,
        player: Player,
        board: Switchboard,
        instruments: Mapping[str, Instrument],
        depths: Mapping[str, RecordedDepth],
        tapes: Mapping[str, TradeTape],
        clock_offset_ms: int,
    ) -> None:
        self._venue, self._player, self._board = venue, player, board
        self._instruments, self._depths, self._tapes = instruments, depths, tapes
        self._clock_offset_ms = clock_offset_ms

    def add_routes(self, router: web.UrlDispatcher) -> None:
        root = ROOTS[self._venue]
        calls: dict[str, Handler] = {
            "ping": self._ping,
            "time": self._time,
            "exchangeInfo": self._exchange_info,
            "depth": self._depth,
            "klines": self._klines,
        }
        for name, handler in calls.items():
            router.add_get(f"{root}/{name}", _with_venue_errors(handler))
        router.add_route("*", root + "/{call:.*}", _with_venue_errors(self._unknown))

    @property
    def _time_ms(self) -> int:
        return self._player.position_ns // 1_000_000 + self._clock_offset_ms

    async def _ping(self, _request: web.Request) -> web.Response:
        return web.json_response({})

    async def _time(self, _request: web.Request) -> web.Response:
        return web.json_response({"serverTime": self._time_ms})

    async def _exchange_info(self, request: web.Request) -> web.Response:
        names = self._asked_for(request) if self._venue is Venue.SPOT else list(self._instruments)
        chosen = [self._instruments[name] for name in names]
        return web.json_response(exchange_info(self._venue, chosen, self._time_ms))

    async def _depth(self, request: web.Request) -> web.Response:
        symbol = self._symbol(request)
        limit = _whole_number(request, "limit") or DEFAULT_DEPTH[self._venue]
        depth = self._depths[symbol]
        recorded = await depth.wait()
        if recorded is None:
            raise VenueError(NO_ANSWER, f"the recording has no depth snapshot of {symbol}", status=503)
        raw = recorded.raw
        readers = self._board.depth_readers(symbol)
        if readers and all(reader.joined_ns > recorded.receive_ns for reader in readers):
            raw = await asyncio.to_thread(rebuild, depth.file, self._player.last_sent_ns)
        depth.answers += 1
        return web.Response(body=cut(raw, limit), content_type="application/json")

    async def _klines(self, request: web.Request) -> web.Response:
        symbol, interval = self._symbol(request), request.query.get("interval", "")
        if interval not in INTERVALS_MS:
            raise VenueError(BAD_INTERVAL, "Invalid interval.")
        rows = self._tapes[symbol].rows(
            INTERVALS_MS[interval],
            start_ms=_whole_number(request, "startTime"),
            end_ms=_whole_number(request, "endTime"),
            limit=_whole_number(request, "limit") or 500,
        )
        return web.json_response(rows)

    async def _unknown(self, request: web.Request) -> web.Response:
        raise VenueError(
            UNKNOWN_CALL, f"{request.method} {request.path} is not part of the replay", status=404
        )

    def _symbol(self, request: web.Request) -> str:
        symbol = request.query.get("symbol", "")
        if symbol not in self._instruments:
            raise VenueError(BAD_SYMBOL, "Invalid symbol.")
        return symbol

    def _asked_for(self, request: web.Request) -> list[str]:
        if "symbol" in request.query:
            return [self._symbol(request)]
        if "symbols" not in request.query:
            return list(self._instruments)
        try:
            names = json.loads(request.query["symbols"])
        except json.JSONDecodeError:
            raise VenueError(BAD_PARAMETER, "Illegal characters found in parameter 'symbols'.") from None
        if not isinstance(names, list) or not set(names) <= set(self._instruments):
            raise VenueError(BAD_SYMBOL, "Invalid symbol.")
        return names


def event_time_ms(raw: bytes) -> int | None:
    """Return the venue's stamp `E` of a frame, or None when it has none."""
    found = EVENT_TIME.search(raw)
    return int(found[1]) if found else None


def _whole_number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise VenueError(BAD_PARAMETER, f"Illegal characters found in parameter '{name}'.")
    return int(text)


def _with_venue_errors(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except VenueError as error:
            return web.json_response({"code": error.code, "msg": error.message}, status=error.status)

    return handle
