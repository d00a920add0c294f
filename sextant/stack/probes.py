"""Ask a server over its own protocol whether it serves, with one short connection and no client library."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

_SECONDS = 2.0
_API_VERSIONS, _METADATA = 18, 3


def kafka_brokers(host: str, port: int) -> set[int]:
    """Return the ids of the brokers that this broker says can be used; the empty set when it does not serve yet.

    An ApiVersions request (version 0) and a Metadata request (version 1) for no topic: a broker that is still
    starting or fenced is not in the answer.
    """
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            versions = _ask(connection, _API_VERSIONS, 0, b"")
            if struct.unpack_from(">h", versions)[0] != 0:
                return set()
            return set(_broker_ids(_ask(connection, _METADATA, 1, struct.pack(">i", 0))))
    except (OSError, struct.error):
        return set()


def valkey_answers(host: str, port: int, password: str) -> bool:
    """Whether the server accepts the password and answers PING."""
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            secret = password.encode()
            connection.sendall(b"*2\r\n$4\r\nAUTH\r\n$%d\r\n%s\r\nPING\r\n" % (len(secret), secret))
            return _exactly(connection, len(b"+OK\r\n+PONG\r\n")) == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False


def _ask(connection: socket.socket, key: int, version: int, body: bytes) -> bytes:
    """Send one Kafka request with header version 1; return the answer behind its correlation id."""
    client = b"sextant-stack"
    request = struct.pack(">hhih", key, version, key, len(client)) + client + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    (size,) = struct.unpack(">i", _exactly(connection, 4))
    return _exactly(connection, size)[4:]


def _broker_ids(answer: bytes) -> Iterator[int]:
    """Metadata version 1 begins with the brokers: id, host, port, rack (nullable)."""
    (count,) = struct.unpack_from(">i", answer)
    at = 4
    for _ in range(count):
        (broker,) = struct.unpack_from(">i", answer, at)
        (host,) = struct.unpack_from(">h", answer, at + 4)
        at += 4 + 2 + host + 4
        (rack,) = struct.unpack_from(">h", answer, at)
        at += 2 + max(0, rack)
        yield int(broker)


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise ConnectionError("the server closed the connection in the middle of an answer")
        parts += part
    return parts
