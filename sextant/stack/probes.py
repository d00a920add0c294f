"""Ask a server over its own protocol whether it serves, with one short connection and no client library."""

from __future__ import annotations

import socket
import struct

_SECONDS = 2.0
_API_VERSIONS, _METADATA = 18, 3


def kafka_brokers(host: str, port: int, cluster: str) -> set[int]:
    """Return the ids of the brokers that this broker says can be used; the empty set when it does not serve yet.

    An ApiVersions request (version 0) and a Metadata request (version 2) for no topic: a broker that is still
    starting or fenced is not in the answer. The answer of another cluster, which took the port, counts as none.
    """
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            versions = _ask(connection, _API_VERSIONS, 0, b"")
            if struct.unpack_from(">h", versions)[0] != 0:
                return set()
            brokers, answering = _members(_ask(connection, _METADATA, 2, struct.pack(">i", 0)))
            return brokers if answering == cluster else set()
    except (OSError, struct.error, UnicodeDecodeError):
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


def _members(answer: bytes) -> tuple[set[int], str]:
    """Metadata version 2 begins with the brokers (id, host, port, rack), then the cluster's id."""
    (count,) = struct.unpack_from(">i", answer)
    brokers, at = set(), 4
    for _ in range(count):
        brokers.add(int(struct.unpack_from(">i", answer, at)[0]))
        _, at = _text(answer, at + 4)
        _, at = _text(answer, at + 4)
    cluster, _ = _text(answer, at)
    return brokers, cluster


def _text(answer: bytes, at: int) -> tuple[str, int]:
    """A nullable string at the position, and the position behind it."""
    (length,) = struct.unpack_from(">h", answer, at)
    end = at + 2 + max(0, length)
    return answer[at + 2 : end].decode(), end


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise ConnectionError("the server closed the connection in the middle of an answer")
        parts += part
    return parts
