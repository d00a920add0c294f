"""How the servers and services on this machine stand: asked one by one, each over its own protocol."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sextant.demo.loopback import get
from sextant.stack import Stack


@dataclass(frozen=True, slots=True)
class Part:
    """One server or service: `state` is a word for people, `detail` says what is wrong, or where it listens."""

    name: str
    is_well: bool
    state: str
    detail: str


def server_parts(root: Path) -> list[Part]:
    """Return the servers that were started in a stack's folder and not stopped."""
    stack = Stack.of(root)
    return [
        Part(server.name, True, "serves", f"port {server.ports[0]}")
        if stack.serves(server)
        else Part(server.name, False, "no answer" if server.running else "crashed", f"log {server.log}")
        for server in stack.status()
    ]


def service_parts(folder: Path, expected: Iterable[str] = ()) -> list[Part]:
    """Return the services that told their port in `<folder>/ports`, and those that are expected and have not."""
    ports = {
        path.stem: port for path in sorted((folder / "ports").glob("*.json")) if (port := _health_port(path))
    }
    chosen = tuple(expected)
    names = [*chosen, *(name for name in ports if name not in chosen)]
    return [_service(folder, name, ports.get(name, 0)) for name in names]


def _service(folder: Path, name: str, port: int) -> Part:
    log = folder / "logs" / f"{name}.log"
    where = f"; log {log}" if log.exists() else ""
    if not port:
        return Part(name, False, "not started", f"it has told no port{where}")
    status, body = get(port, "/health/ready")
    if not status:
        return Part(name, False, "no answer", f"port {port}{where}")
    if status == 200:
        return Part(name, True, "ready", f"port {port}")
    return Part(name, False, "not ready", "; ".join(_failing(body)) + where)


def _failing(body: bytes) -> Iterator[str]:
    checks: dict[str, dict[str, Any]] = json.loads(body).get("checks", {})
    for name, check in checks.items():
        if not check["ok"]:
            yield f"{name}: {check['detail']}" if check["detail"] else name
    if not checks:
        yield "nothing is known yet"


def _health_port(file: Path) -> int:
    """Return the port that a service told; 0 of a file that another program wrote."""
    try:
        return int(json.loads(file.read_text())["health"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
