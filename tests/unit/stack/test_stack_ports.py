"""Choosing ports."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sextant.stack.errors import StackError
from sextant.stack.ports import free_ports, one_port, require_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_ports_are_different_and_free() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        require_free(port)


def test_the_last_ports_are_taken_again_where_they_are_still_free(taken: int) -> None:
    (free,) = free_ports(1)
    first, second = free_ports(2, preferred=[taken, free])
    assert first == free
    assert second not in (taken, free)


def test_a_chosen_port_that_is_taken_is_refused_by_number(taken: int, tmp_path: Path) -> None:
    with pytest.raises(StackError, match=str(taken)):
        one_port(taken, tmp_path / "port", "127.0.0.1")


def test_a_servers_port_is_kept_for_its_next_start(tmp_path: Path) -> None:
    first = one_port(0, tmp_path / "port", "127.0.0.1")
    assert one_port(0, tmp_path / "port", "127.0.0.1") == first
