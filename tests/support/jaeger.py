"""A real Jaeger in a test, where its program is: `$JAEGER_HOME/jaeger`, or one on the path."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sextant.demo.lookouts import jaeger_config
from sextant.stack.ports import free_ports

_HOME: Final = Path.home() / ".cache" / "jaeger-local"
_READY_S: Final = 20.0
#: The year 2100, us since 1970.
_FAR_US: Final = 4_102_444_800_000_000


@dataclass(frozen=True, slots=True)
class Jaeger:
    """Where spans go (OTLP over HTTP), and where traces are asked for."""

    otlp: str
    pages: str

    def trace(self, trace_id: str) -> Sequence[Mapping[str, Any]]:
        """Return the spans of a trace as the query API tells them, each with its process; none where Jaeger has no such trace."""
        try:
            data = self._get(f"/api/traces/{trace_id}")["data"]
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return ()
            raise
        return [
            {**span, "process": trace["processes"][span["processID"]]}
            for trace in data
            for span in trace["spans"]
        ]

    def traces(self, service: str, **tags: str) -> Sequence[str]:
        """Return the ids of a service's traces in which a span has these tags, whenever that was: a run's own clock may stand anywhere."""
        asked = {"service": service, "tags": json.dumps(tags), "limit": 20, "start": 0, "end": _FAR_US}
        query = urllib.parse.urlencode(asked)
        return [trace["traceID"] for trace in self._get(f"/api/traces?{query}")["data"]]

    def services(self) -> set[str]:
        return set(self._get("/api/services")["data"] or ())

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.pages + path, timeout=10) as answer:
            return json.load(answer)


def jaeger_program() -> str | None:
    """Return the program; None where there is none."""
    built = Path(os.environ.get("JAEGER_HOME", _HOME)) / "jaeger"
    return str(built) if built.is_file() else shutil.which("jaeger")


@contextmanager
def running_jaeger(program: str, folder: Path) -> Iterator[Jaeger]:
    """Run Jaeger with its store in memory, on free ports."""
    pages, http, grpc = free_ports(3)
    config = folder / "jaeger.yaml"
    config.write_text(yaml.safe_dump(jaeger_config(pages, http, grpc)), encoding="utf-8")
    with (folder / "jaeger.log").open("wb") as log:
        process = subprocess.Popen([program, "--config", str(config)], stdout=log, stderr=log)
    jaeger = Jaeger(f"http://127.0.0.1:{http}", f"http://127.0.0.1:{pages}")
    try:
        _await(jaeger, process, folder / "jaeger.log")
        yield jaeger
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(jaeger: Jaeger, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            jaeger.services()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Jaeger does not answer: {log.read_text()[-2_000:]}") from None
            time.sleep(0.1)
