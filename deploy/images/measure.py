"""What the parts of an image weigh and cost to start: MB on disk, CPU seconds and time until everything is imported, memory then."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

#: Each part by the modules that its process imports before it does anything.
SERVICES: Final = (
    *("ingest", "triangulation", "features", "strategies", "ensemble", "risk"),
    *("execution", "ledger", "breaker", "archive", "console"),
)
_ROOT: Final = Path(__file__).resolve().parents[2]
_OURS: Final = frozenset({"sextant", "sextant-native"})
#: The median of so many starts, after one that nobody counts.
_RUNS: Final = 3
_PROBE: Final = """
import importlib, json, resource, sys, time
begin = time.monotonic()
for name in sys.argv[1:]:
    importlib.import_module(name)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([used.ru_utime + used.ru_stime, time.monotonic() - begin, used.ru_maxrss / 1024]))
"""


class Cost(NamedTuple):
    """CPU of the whole process in s, time of the imports in s, memory in MB."""

    cpu_s: float
    time_s: float
    memory_mb: float


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
    prefix_mb = _disk_mb(root / prefix.lstrip("/"))
    yield f"{_disk_mb(root) - prefix_mb:.0f} MB Debian and Python, {prefix_mb:.0f} MB Sextant and what it stands on"
    yield f"{'part':<14} {'MB disk':>8} {'CPU s':>6} {'time s':>7} {'MB':>5}   packages; to start and import, median of {_RUNS}"
    for part, names in modules(service).items():
        cost = imported(root, prefix, names)
        size = packages_mb(root / prefix.lstrip("/"), part)
        yield f"{part:<14} {size:>8.0f} {cost.cpu_s:>6.2f} {cost.time_s:>7.2f} {cost.memory_mb:>5.0f}"


def imported(root: Path, prefix: str, names: tuple[str, ...], runs: int = _RUNS) -> Cost:
    """Return the median cost of importing `names` in a fresh interpreter of the root file system, as the image's user."""
    _once(root, prefix, names)
    return sorted(_once(root, prefix, names) for _ in range(runs))[runs // 2]


def packages_mb(prefix: Path, part: str) -> float:
    """Return what the packages of one part weigh, Kafka's jars included: what an image of that part alone would hold beside Debian."""
    script, lock, project = (
        _ROOT / name for name in ("deploy/docker/subset.py", "requirements.lock", "pyproject.toml")
    )
    command = ["python3", str(script), str(lock), str(project), part]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 (our own program and arguments)
    names = {_normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", listed, re.MULTILINE)} | _OURS
    jars = _disk_mb(prefix / "cache") if part == "stack" else 0.0
    return jars + sum(
        _recorded_mb(path)
        for path in prefix.glob("lib/python*/site-packages/*.dist-info")
        if _name(path) in names
    )


def _recorded_mb(distribution: Path) -> float:
    with (distribution / "RECORD").open(encoding="utf-8", newline="") as file:
        listed = [row[0] for row in csv.reader(file)]
    places = (distribution.parent / name for name in listed)
    return sum(place.stat().st_size for place in places if place.is_file()) / 2**20


def _disk_mb(folder: Path) -> float:
    total = 0
    for path, _, names in os.walk(folder):
        total += sum(os.lstat(os.path.join(path, name)).st_size for name in names)
    return total / 2**20


def _name(distribution: Path) -> str:
    return _normal(distribution.name.removesuffix(".dist-info").rpartition("-")[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _once(root: Path, prefix: str, names: tuple[str, ...]) -> Cost:
    command = ["chroot", "--userspec=10001:10001", str(root), f"{prefix}/bin/python", "-c", _PROBE, *names]
    environment = {"PATH": os.environ["PATH"], "HOME": "/tmp", "XDG_CACHE_HOME": f"{prefix}/cache"}  # noqa: S108 (the container's own)
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 (our own program and arguments)
    return Cost(*map(float, json.loads(done.stdout.splitlines()[-1])))
