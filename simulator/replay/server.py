"""Puts a recording behind one port per venue: sockets, REST calls, and `/_replay` to watch and start the playback."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from pathlib import Path

from aiohttp import web

from simulator.replay.clock import ReplayClock
from simulator.replay.depth import RecordedDepth
from simulator.replay.instruments import instrument
from simulator.replay.player import Player, State
from simulator.replay.recording import RecordingFile, Venue, blocks, recorded_streams, recording_files
from simulator.replay.rest import VenueRest, event_time_ms
from simulator.replay.sockets import VenueSockets
from simulator.replay.subscribers import Switchboard
from simulator.replay.tape import TradeTape

HOST = "127.0.0.1"
KINDS = ("depth", "bookTicker", "trade")


class Start(Enum):
    """When a playback begins; it can be told to sooner."""

    SUBSCRIBED = "subscribed"
    """Each recorded stream of the expected kinds has a subscriber."""
    CONNECTED = "connected"
    """Anybody has subscribed to anything."""
    TOLD = "told"
    """Somebody has posted to `/_replay/start`."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How to play. `expected_kinds` are those that Start.SUBSCRIBED waits for."""

    recording: Path
    speed: float = 1.0
    port: int = 0
    start: Start = Start.SUBSCRIBED
    expected_kinds: Sequence[str] = KINDS


class ReplayServer:
    """One playback of one recording. Raises RecordingError or ValueError at once for what it cannot play."""

    def __init__(self, options: ReplayOptions, *, on_read_ahead: Callable[[], None] = lambda: None) -> None:
        self._options, self._on_read_ahead = options, on_read_ahead
        self._files = recording_files(options.recording)
        names = recorded_streams(self._files)
        self._boards = {
            venue: Switchboard(names[venue], self._on_change) for venue in Venue if venue in names
        }
        self._depths = {(file.venue, file.symbol): RecordedDepth(file) for file in self._files}
        self._instruments = {key: instrument(*key) for key in self._depths}
        self._tapes = {key: TradeTape(each) for key, each in self._instruments.items()}
        self.player = self._player()
        self._sockets = {
            venue: VenueSockets(venue, board, self.player) for venue, board in self._boards.items()
        }
        self._runners: list[web.AppRunner] = []
        self._playing: asyncio.Task[None] | None = None
        self.ports: dict[str, int] = {}

    async def start(self) -> dict[str, int]:
        """Open one port per venue and return them by the venue's name; the playback starts when it is due."""
        for offset, venue in enumerate(self._boards):
            port = self._options.port + offset if self._options.port else 0
            self.ports[venue.value] = await self._serve(self._application(venue), port)
        self._playing = asyncio.create_task(self._play())
        return self.ports

    async def finished(self) -> None:
        """Return when the last frame has been sent and all sockets are closed; raises what stopped the playback."""
        if self._playing is not None:
            await asyncio.shield(self._playing)

    async def stop(self) -> None:
        """Stop playing and close all ports."""
        if self._playing is not None and not self._playing.done():
            self._playing.cancel()
            await asyncio.wait([self._playing])
        for runner in self._runners:
            await runner.cleanup()

    def status(self) -> dict[str, object]:
        """Return how far the playback is, as `/_replay/status` shows it."""
        player = self.player
        streams = {
            f"{venue.value}/{stream.name}": {
                "recorded": stream.recorded,
                "sent": stream.sent,
                "subscribers": len(stream.subscribers),
            }
            for venue, board in self._boards.items()
            for stream in board.streams.values()
        }
        return {
            "state": player.state.value,
            "done": player.state is State.DONE,
            "speed": player.clock.speed,
            "first_ns": player.clock.first_ns,
            "position_ns": player.position_ns,
            "last_sent_ns": player.last_sent_ns,
            "frames_read": player.frames_read,
            "frames_sent": sum(
                board_stream.sent
                for board in self._boards.values()
                for board_stream in board.streams.values()
            ),
            "largest_send_lag_ms": player.largest_lag_ns / 1e6,
            "reader_pauses": player.reader_pauses,
            "waiting_for": self._awaited() if player.state is State.WAITING else [],
            "depth_answers": {
                f"{venue.value}/{symbol}": depth.answers for (venue, symbol), depth in self._depths.items()
            },
            "streams": streams,
        }

    def _player(self) -> Player:
        first_ns = min(next(chain.from_iterable(blocks([file]))).receive_ns for file in self._files)
        return Player(
            blocks(self._files),
            ReplayClock(first_ns, self._options.speed),
            {venue.value: board for venue, board in self._boards.items()},
            {(venue.value, symbol): depth for (venue, symbol), depth in self._depths.items()},
            {(venue.value, symbol): tape for (venue, symbol), tape in self._tapes.items()},
            self._on_read_ahead,
        )

    def _on_change(self) -> None:
        if self._options.start is Start.TOLD:
            return
        if self._options.start is Start.CONNECTED or not self._missing():
            self.player.start()

    def _awaited(self) -> list[str]:
        return ["POST /_replay/start"] if self._options.start is Start.TOLD else self._missing()

    def _missing(self) -> list[str]:
        """Return the expected streams that nobody has subscribed to."""
        return [
            f"{venue.value}/{stream.name}"
            for venue, board in self._boards.items()
            for stream in board.streams.values()
            if not stream.subscribers and stream.name.split("@")[1] in self._options.expected_kinds
        ]

    async def _play(self) -> None:
        await self.player.play()
        await asyncio.gather(*(sockets.close_all() for sockets in self._sockets.values()))

    def _application(self, venue: Venue) -> web.Application:
        application = web.Application()
        router = application.router
        router.add_get("/_replay/status", self._get_status)
        router.add_post("/_replay/start", self._post_start)
        self._sockets[venue].add_routes(router)
        self._rest(venue).add_routes(router)
        return application

    def _rest(self, venue: Venue) -> VenueRest:
        files = [file for file in self._files if file.venue is venue]
        symbols = [file.symbol for file in files]
        return VenueRest(
            venue,
            player=self.player,
            board=self._boards[venue],
            instruments={symbol: self._instruments[venue, symbol] for symbol in symbols},
            depths={symbol: self._depths[venue, symbol] for symbol in symbols},
            tapes={symbol: self._tapes[venue, symbol] for symbol in symbols},
            clock_offset_ms=_clock_offset_ms(files),
        )

    async def _serve(self, application: web.Application, port: int) -> int:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        address: tuple[str, int] = runner.addresses[-1]
        return address[1]

    async def _get_status(self, _request: web.Request) -> web.Response:
        return web.json_response(self.status())

    async def _post_start(self, _request: web.Request) -> web.Response:
        self.player.start()
        return web.json_response(self.status())


def _clock_offset_ms(files: Sequence[RecordingFile]) -> int:
    """Return the venue's clock minus the recorder's, as the first frame with an event time shows it."""
    for frame in chain.from_iterable(blocks(files)):
        stamp_ms = event_time_ms(frame.raw)
        if stamp_ms is not None:
            return stamp_ms - frame.receive_ns // 1_000_000
    return 0
