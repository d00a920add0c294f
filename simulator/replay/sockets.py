"""The WebSocket side of one recorded venue: its paths, its handshake, its client messages."""

import asyncio
import re
from urllib.parse import unquote

from aiohttp import WSCloseCode, WSMsgType, web

from simulator.replay.messages import answer, is_routed
from simulator.replay.player import Player, State
from simulator.replay.recording import Venue
from simulator.replay.subscribers import Connection, Switchboard

PATH = re.compile(r"/(?:(?P<route>public|market|private)/)?(?P<form>ws|stream)(?:/(?P<streams>.*))?")
STAMPS_HEADER, STAMPS_QUERY = "X-Replay-Stamps", "replayStamps"
END_OF_RECORDING = b"recording ended"


class VenueSockets:
    """Accepts streams on `/ws`, `/ws/<stream>/..` and `/stream?streams=..`; USD-M also below its routes."""

    def __init__(self, venue: Venue, board: Switchboard, player: Player) -> None:
        self._venue, self._board, self._player = venue, board, player
        self._sockets: set[web.WebSocketResponse] = set()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        routes = r"(?:(?:public|market|private)/)?" if self._venue is Venue.USDM else ""
        router.add_get(rf"/{{path:{routes}(?:ws|stream)(?:/.*)?}}", self.handle)

    async def close_all(self) -> None:
        """Close every socket with code 1000: the recording is over."""
        closing = [socket.close(code=WSCloseCode.OK, message=END_OF_RECORDING) for socket in self._sockets]
        await asyncio.gather(*closing)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        if self._player.state is State.DONE:
            await socket.close(code=WSCloseCode.OK, message=END_OF_RECORDING)
            return socket
        self._sockets.add(socket)
        connection, route = self._connect(request)
        try:
            await self._converse(socket, connection, route)
        finally:
            self._board.leave(connection)
            self._sockets.discard(socket)
        return socket

    def _connect(self, request: web.Request) -> tuple[Connection, str | None]:
        match = PATH.fullmatch(request.path)
        if match is None or request.transport is None:
            raise web.HTTPNotFound
        stamps = request.headers.get(STAMPS_HEADER) or request.query.get(STAMPS_QUERY)
        connection = Connection(
            request.transport,
            combined=match["form"] == "stream",
            stamped=stamps == "1",
            joined_ns=self._player.last_sent_ns,
        )
        self._board.join(connection)
        route = (match["route"] or "public") if self._venue is Venue.USDM else None
        for name in _stream_names(match["streams"], request.query.get("streams")):
            self._board.subscribe(connection, name, routed=is_routed(route, name))
        return connection, route

    async def _converse(
        self, socket: web.WebSocketResponse, connection: Connection, route: str | None
    ) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(answer(message.data, connection, self._board, route))


def _stream_names(path: str | None, query: str | None) -> list[str]:
    return [name for part in (path, query) if part for name in unquote(part).split("/") if "@" in name]
