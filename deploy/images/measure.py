"""What the parts of an image cost to start: CPU seconds and time until everything is imported, and resident memory then."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

#: Each part by the module that its process imports before it does anything.
SERVICES: Final = (
    *("ingest", "triangulation", "features", "strategies", "ensemble", "risk"),
    *("execution", "ledger", "breaker", "archive", "console"),
)
#: The median of so many starts.
_RUNS: Final = 3
_PROBE: Final = """
import importlib, json, resource, sys, time
begin = time.monotonic()
for name in sys.argv[1:]:
    importlib.import_module(name)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([used.ru_utime + used.ru_stime, time.monotonic() - begin, used.ru_maxrss / 1024]))
"""


def modules(service: str) -> dict[str, tuple[str, ...]]:
    """Return what to import for each part of an image: of a service its program and the place where it is put together."""
    parts: dict[str, tuple[str, ...]] = {}
    for name in SERVICES:
        parts[name] = (f"services.{name}.__main__", f"services.{name}.bootstrap")
    parts["simulator"] = ("simulator.__main__",)
    parts["stack"] = ("sextant.cli.main", "sextant.stack.commands")
    parts["operator"] = ("sextant.cli.main",)
    return parts if service == "all" else {service: parts[service]}


def measure(root: Path, prefix: str, service: str) -> Iterator[str]:
    """Start each part's interpreter in the root file system as the image's user; yield a table, one line a part."""
    yield f"{'part':<14} {'CPU s':>6} {'time s':>7} {'MB':>5}   to start and import, median of {_RUNS}"
    for part, names in modules(service).items():
        cpu, seconds, memory = _median(root, prefix, names)
        yield f"{part:<14} {cpu:>6.2f} {seconds:>7.2f} {memory:>5.0f}"


def _median(root: Path, prefix: str, names: tuple[str, ...]) -> tuple[float, float, float]:
    taken = sorted(_once(root, prefix, names) for _ in range(_RUNS + 1))
    return taken[_RUNS // 2]


def _once(root: Path, prefix: str, names: tuple[str, ...]) -> tuple[float, float, float]:
    command = ["chroot", "--userspec=10001:10001", str(root), f"{prefix}/bin/python", "-c", _PROBE, *names]
    environment = {"PATH": os.environ["PATH"], "HOME": "/tmp", "XDG_CACHE_HOME": f"{prefix}/cache"}  # noqa: S108 (the container's own)
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 (our own program and arguments)
    cpu, seconds, memory = json.loads(done.stdout.splitlines()[-1])
    return float(cpu), float(seconds), float(memory)
