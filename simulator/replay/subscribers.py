"""Who receives which recorded stream, in which form; and how late a connection's reader is."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.replay.recording import STREAM_PREFIX
from simulator.replay.wire import header

DATA_KEY = b'"data":'


@dataclass(slots=True)
class Stream:
    """One recorded stream of a venue: what was read from the recording, and how often it was sent."""

    name: str
    recorded: int = 0
    sent: int = 0
    subscribers: list["Subscription"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Subscription:
    """A connection's wish for a stream. `asked_for` is the name that the client used."""

    connection: "Connection"
    stream: Stream
    asked_for: str


class Connection:
    """One client socket. Frames are gathered by `add` and leave together by `flush`."""

    def __init__(
        self, transport: asyncio.Transport, *, combined: bool, stamped: bool, joined_ns: int
    ) -> None:
        self._transport = transport
        self.combined = combined
        self.stamped = stamped
        self.joined_ns = joined_ns
        self.subscriptions: dict[str, Subscription | None] = {}
        """By the name that the client used; None for a stream that is not in the recording or not on this route."""
        self._pending: list[bytes] = []
        self._written = 0
        self._unsent: deque[tuple[int, int]] = deque()

    def add(self, receive_ns: int, raw: bytes, subscription: Subscription) -> None:
        """Queue one frame in the form that the connection has asked for."""
        payload = self._payload(raw, subscription)
        if self.stamped:
            payload = b"%d %b" % (receive_ns, payload)
        self._pending += (header(len(payload)), payload)

    def flush(self, now_ns: int) -> int:
        """Write what is queued and return for how many ns the oldest unsent byte has waited; never blocks."""
        if self._pending:
            data = b"".join(self._pending)
            self._pending.clear()
            self._written += len(data)
            self._transport.write(data)
            self._unsent.append((self._written, now_ns))
        sent = self._written - self.buffered
        while self._unsent and self._unsent[0][0] <= sent:
            self._unsent.popleft()
        return now_ns - self._unsent[0][1] if self._unsent else 0

    @property
    def buffered(self) -> int:
        """Return how many bytes the operating system has not taken yet."""
        return 0 if self._transport.is_closing() else self._transport.get_write_buffer_size()

    def _payload(self, raw: bytes, subscription: Subscription) -> bytes:
        if not self.combined:
            return raw[raw.index(DATA_KEY) + len(DATA_KEY) : -1]
        if subscription.asked_for == subscription.stream.name:
            return raw
        end = raw.index(b'"', len(STREAM_PREFIX))
        return STREAM_PREFIX + subscription.asked_for.encode() + raw[end:]


class Switchboard:
    """The recorded streams of one venue and the connections that have subscribed to them."""

    def __init__(self, names: list[str], on_change: Callable[[], None]) -> None:
        self.streams: dict[bytes, Stream] = {name.encode(): Stream(name) for name in names}
        self.connections: list[Connection] = []
        self._on_change = on_change

    def stream(self, name: bytes) -> Stream:
        """Return the stream of that name, known from now on if it was not."""
        found = self.streams.get(name)
        if found is None:
            found = self.streams[name] = Stream(name.decode())
        return found

    def join(self, connection: Connection) -> None:
        self.connections.append(connection)

    def leave(self, connection: Connection) -> None:
        for name in list(connection.subscriptions):
            self.unsubscribe(connection, name)
        if connection in self.connections:
            self.connections.remove(connection)

    def subscribe(self, connection: Connection, asked_for: str, *, routed: bool = True) -> None:
        """Subscribe; a stream that is not recorded, or not on the connection's route, stays silent as at the venue."""
        if asked_for in connection.subscriptions:
            return
        stream = self._recorded(asked_for) if routed else None
        if stream is None:
            connection.subscriptions[asked_for] = None
            return
        subscription = Subscription(connection, stream, asked_for)
        connection.subscriptions[asked_for] = subscription
        stream.subscribers.append(subscription)
        self._on_change()

    def unsubscribe(self, connection: Connection, asked_for: str) -> None:
        subscription = connection.subscriptions.pop(asked_for, None)
        if subscription is not None:
            subscription.stream.subscribers.remove(subscription)

    def depth_readers(self, symbol: str) -> list[Connection]:
        """Return the connections that receive the depth changes of a symbol."""
        prefix = f"{symbol.lower()}@depth"
        found = (stream for stream in self.streams.values() if stream.name.startswith(prefix))
        return [subscription.connection for stream in found for subscription in stream.subscribers]

    def _recorded(self, asked_for: str) -> Stream | None:
        """Return the stream that answers a name: a recorded depth stream answers for every speed of that stream."""
        exact = self.streams.get(asked_for.encode())
        if exact is not None:
            return exact
        wanted = asked_for.split("@")[:2]
        alike = (stream for stream in self.streams.values() if stream.name.split("@")[:2] == wanted)
        return next(alike, None)
