"""Free TCP ports for the servers."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from sextant.stack.errors import StackError

_LOW, _HIGH = 15_000, 32_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(count: int, *, preferred: Sequence[int] = (), host: str = "127.0.0.1") -> list[int]:
    """Return `count` different ports that were free a moment ago, those of `preferred` first where they still are.

    All are held at once while they are chosen, so none is given twice. Another process may take one before the
    server binds it: the caller tries again with new ones.

    Ports lie below the range the system gives to outgoing connections where there is room: a client that reconnects
    to a port of that range on the loopback can be given the very port it calls, connect to itself, and keep a
    restarted server from binding.
    """
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        for candidate in _candidates(preferred):
            if len(ports) == count:
                break
            bound = _bind(held, host, candidate)
            if bound is not None:
                ports.append(bound)
        return ports


def require_free(port: int, host: str = "127.0.0.1") -> None:
    """Raise StackError when another process is bound to a port that the user has chosen."""
    with contextlib.ExitStack() as held:
        if _bind(held, host, port) is None:
            raise StackError(f"port: expected one that is free on {host}, was {port}, which is taken")


def one_port(fixed: int, kept: Path, host: str) -> int:
    """Return a server's port: `fixed` where the user chose one (not 0), else a free one, the last one if still free.

    The choice is kept in the file for the next start.
    """
    if fixed:
        require_free(fixed, host)
        return fixed
    try:
        preferred = [int(kept.read_text())]
    except (OSError, ValueError):
        preferred = []
    (port,) = free_ports(1, preferred=preferred, host=host)
    kept.write_text(str(port))
    return port


def _candidates(preferred: Sequence[int]) -> Iterator[int]:
    yield from preferred
    high = min(_HIGH, _first_ephemeral() - 1)
    if high > _LOW:
        for _ in range(200):
            yield random.randint(_LOW, high)
    while True:
        yield 0


def _first_ephemeral() -> int:
    try:
        return int(_EPHEMERAL.read_text().split()[0])
    except OSError:
        return _HIGH + 1


def _bind(held: contextlib.ExitStack, host: str, port: int) -> int | None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # As the servers do: a port whose last connections are still in TIME_WAIT is free.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # On Linux two sockets with SO_REUSEADDR may both bind; only one may listen.
        listener.listen(1)
    except OSError:
        listener.close()
        return None
    held.callback(listener.close)
    bound: int = listener.getsockname()[1]
    return bound
