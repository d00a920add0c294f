"""The file in which a process tells which ports it took."""

from __future__ import annotations

import json

from sextant.runtime.settings import Process


def tell_port(process: Process, name: str, port: int) -> None:
    """Add a port to the process's port file; nothing where it has none."""
    file = process.port_file
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    ports = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(json.dumps({**ports, name: port}), encoding="utf-8")
