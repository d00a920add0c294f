"""The workers of strategies, each a process: started, asked to leave, killed, and what they have used of the processor."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
import yaml

from sextant.demo.children import Children
from sextant.demo.loopback import get
from sextant.demo.plan import SHIPPED_CONFIG

STAGE: Final = "strategies"
_READY_S: Final = 180.0


@dataclass(slots=True)
class Crew:
    """Names are instances, never used twice: `prefix` tells crews apart. `unclean` are those that did not leave in good order when asked to."""

    bootstrap: str
    folder: Path
    session_timeout_ms: int
    prefix: str = "w"
    faults: frozenset[str] = frozenset()
    unclean: list[str] = field(default_factory=list)
    _children: Children = field(init=False)
    _made: int = 0

    def __post_init__(self) -> None:
        self._children = Children(self.folder / "logs")
        self._ports.mkdir(parents=True, exist_ok=True)

    @property
    def names(self) -> Sequence[str]:
        """Who works now, in the order in which they came."""
        return [name for name, child in self._children.by_name.items() if not child.is_felled]

    def add(self, count: int) -> None:
        """Start so many more; they join when they have started."""
        for _ in range(count):
            self._made += 1
            name = f"{self.prefix}{self._made}"
            variables = {
                "SEXTANT_CONFIG": str(self.folder / "sextant.yaml"),
                "SEXTANT_KAFKA": self.bootstrap,
                "SEXTANT_INSTANCE": name,
                "SEXTANT_PORT_FILE": str(self._ports / f"{name}.json"),
                "SEXTANT_SESSION_TIMEOUT_MS": str(self.session_timeout_ms),
            }
            if self.faults:
                variables["SEXTANT_FAULTS"] = ",".join(sorted(self.faults))
            self._children.start(name, f"services.{STAGE}", [], variables)

    async def leave(self, names: Sequence[str]) -> None:
        """Ask them to leave, all at once, and wait until they have."""
        self.unclean += await asyncio.to_thread(self._children.stop, names)

    def kill(self, names: Sequence[str]) -> None:
        """End them as a crash would."""
        for name in names:
            self._children.kill(name)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Freeze everybody meanwhile."""
        names = self.names
        for name in names:
            self._children.pause(name)
        try:
            yield
        finally:
            for name in names:
                self._children.resume(name)

    async def ready(self) -> None:
        """Wait until everybody has its share. Raises ChildFailed, TimeoutError."""
        deadline = asyncio.get_running_loop().time() + _READY_S
        while not all([await asyncio.to_thread(self._is_ready, name) for name in self.names]):
            self._children.check()
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"workers: not ready within {_READY_S:.0f} s; logs are in {self.folder}")
            await asyncio.sleep(0.1)

    def cpu_s(self) -> float:
        """Return what everybody who works now has used of the processor since its start, s."""
        total = 0.0
        for name in self.names:
            times = psutil.Process(self._children.by_name[name].process.pid).cpu_times()
            total += times.user + times.system
        return total

    def close(self) -> None:
        """End everybody. Calling twice is safe."""
        self._children.stop_all()

    def write_config(self) -> Path:
        """Write the shipped configuration, with volumes that nearly always confirm a cross, and return where."""
        data = yaml.safe_load(SHIPPED_CONFIG.read_text(encoding="utf-8"))
        data["strategies"]["ema-cross"]["parameters"]["volume_factor"] = 0.8
        path = self.folder / "sextant.yaml"
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        return path

    @property
    def _ports(self) -> Path:
        return self.folder / "ports"

    def _is_ready(self, name: str) -> bool:
        try:
            port = int(json.loads((self._ports / f"{name}.json").read_text())["health"])
        except (OSError, ValueError, KeyError):
            return False
        is_ready = get(port, "/health/ready")[0] == 200
        if is_ready:
            self._children.by_name[name].has_been_ready = True
        return is_ready
