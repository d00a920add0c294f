"""The venue without sockets, for fused runs on a virtual clock: the same answers and the same frames, by function call."""

from collections.abc import Callable, Iterable, Mapping

from simulator.binance.endpoints import REST
from simulator.binance.formats import encode
from simulator.binance.server import VenueServer
from simulator.binance.streams import Subscriber
from simulator.binance.user_streams import Sink

ADDRESS = "in-process"


class InProcessVenue:
    """Calls on a venue's handlers. Whoever holds it is trusted: requests name their account and are not signed."""

    def __init__(self, server: VenueServer) -> None:
        self._server = server
        self._service = server.service

    def request(self, method: str, path: str, parameters: Mapping[str, str], account: str = "") -> bytes:
        """Return the JSON answer. Raises BinanceError as the venue would, and KeyError for a path it does not have."""
        return encode(self._service.answer(REST[method, path], parameters, account, ADDRESS))

    def subscribe(self, streams: Iterable[str], push: Callable[[str, bytes], None]) -> Subscriber:
        """Have `push` called with the stream's name and each bare frame from now on."""
        subscriber = _Push(push)
        for name in streams:
            self._service.hub.subscribe(name, subscriber)
        return subscriber

    def open_user_stream(self, account: str, sink: Sink) -> None:
        """Have `sink` called with each event of an account."""
        self._service.users.open(account, sink)

    def tick(self) -> None:
        """Flush batched and periodic streams; to be called every 100 ms of the exchange's clock."""
        self._server.tick()


class _Push:
    def __init__(self, push: Callable[[str, bytes], None]) -> None:
        self._push = push

    def push(self, name: str, payload: bytes) -> None:
        self._push(name, payload)
