"""Probing something that is not, or not yet, the server."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sextant.stack.ports import free_ports
from sextant.stack.probes import kafka_brokers, valkey_answers


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """A server of one connection that gives the answers in turn, whatever it is asked, and hangs up."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            for answer in answers:
                connection.recv(4096)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def kafka(body: bytes) -> bytes:
    return struct.pack(">ii", len(body) + 4, 7) + body


VERSIONS = kafka(struct.pack(">hi", 0, 0))
BROKER_2 = struct.pack(">ih", 2, 4) + b"host" + struct.pack(">ih", 9092, -1)
METADATA = kafka(struct.pack(">i", 1) + BROKER_2 + struct.pack(">h", 3) + b"abc" + struct.pack(">i", 2))


def test_a_broker_of_this_cluster_names_the_usable_brokers() -> None:
    with answering(VERSIONS, METADATA) as port:
        assert kafka_brokers("127.0.0.1", port, "abc") == {2}


def test_a_broker_of_another_cluster_does_not_count() -> None:
    with answering(VERSIONS, METADATA) as port:
        assert kafka_brokers("127.0.0.1", port, "xyz") == set()


@pytest.mark.parametrize("answers", [[], [b"HTTP/1.1 400 Bad"], [VERSIONS], [VERSIONS, kafka(b"\xff" * 6)]])
def test_anything_else_is_not_a_serving_broker(answers: list[bytes]) -> None:
    with answering(*answers) as port:
        assert kafka_brokers("127.0.0.1", port, "abc") == set()


def test_nobody_is_not_a_serving_server() -> None:
    (port,) = free_ports(1)
    assert kafka_brokers("127.0.0.1", port, "abc") == set()
    assert not valkey_answers("127.0.0.1", port, "secret")


def test_a_valkey_with_another_password_is_not_ours() -> None:
    with answering(b"-WRONGPASS invalid password\r\n-NOAUTH\r\n") as port:
        assert not valkey_answers("127.0.0.1", port, "secret")
