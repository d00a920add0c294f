"""A real Prometheus and Alertmanager beside a run, with the shipped rules, routes and groups."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Final

import yaml

from proofs.alerts.receiver import Receiver
from proofs.alerts.routing import literal, shipped
from sextant.core.errors import Fatal
from sextant.demo.lookouts import prometheus_config, targets_of
from sextant.demo.loopback import get
from sextant.demo.plan import SERVICES
from sextant.demo.platform_run import Run
from sextant.stack.ports import free_ports

PROGRAMS: Final = ("prometheus", "alertmanager")
_READY_S: Final = 30.0


def missing() -> list[str]:
    """Return what is not installed of what is needed."""
    return [name for name in PROGRAMS if _program(name) is None]


def _program(name: str) -> str | None:
    """Return where a program lies; Debian puts the project's name before Alertmanager's."""
    return shutil.which(name) or shutil.which(f"prometheus-{name}")


class Lookout:
    """Both are children of the run; `receiver` gets what Alertmanager tells."""

    def __init__(self, run: Run, receiver: Receiver) -> None:
        self._run, self._receiver = run, receiver
        self._folder = run.plan.folder / "lookout"
        self._targets = self._folder / "targets.json"
        self._port, self._alerts = free_ports(2)

    def start(self) -> None:
        """Start them and wait until both answer. Raises TimeoutError, ChildFailed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.aim()
        config = prometheus_config(self._targets, self._alerts)
        config["global"]["scrape_timeout"] = "4s"
        config["scrape_configs"][0]["file_sd_configs"][0]["refresh_interval"] = "2s"
        urls = {name: self._receiver.url(name) for name in ("webhook", "deadman", "email", "telegram")}
        self._start(
            "alertmanager",
            self._alerts,
            literal(shipped(), urls),
            "--storage.path",
            "--cluster.listen-address=",
        )
        self._start(
            "prometheus",
            self._port,
            yaml.safe_dump(config),
            "--storage.tsdb.path",
            "--enable-feature=exemplar-storage",
        )

    def aim(self) -> None:
        """Tell Prometheus where the services are now: one that was started again has another port."""
        ports = {name: self._run.health_port(name) for name in SERVICES}
        new = self._targets.with_suffix(".new")
        new.write_text(json.dumps(targets_of(ports)), encoding="utf-8")
        new.replace(self._targets)

    def firing(self) -> dict[str, list[dict[str, str]]]:
        """Return the labels of what fires now, by alert, the watchdog left out."""
        found: dict[str, list[dict[str, str]]] = {}
        for alert in self._ask("alerts")["alerts"]:
            labels = alert["labels"]
            if alert["state"] == "firing" and labels["severity"] != "none":
                found.setdefault(labels["alertname"], []).append(labels)
        return found

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Return the series that a query gives now. Raises Fatal when Prometheus refuses it."""
        result: list[dict[str, Any]] = self._ask("query", query=expr)["result"]
        return result

    def exemplars(self, expr: str, seconds: float) -> list[str]:
        """Return the trace ids of the exemplars of the last seconds."""
        now = time.time()
        found = self._ask("query_exemplars", query=expr, start=str(now - seconds), end=str(now))
        return [each["labels"]["trace_id"] for series in found for each in series["exemplars"]]

    def _start(self, name: str, port: int, config: str, storage: str, flag: str) -> None:
        file, program = self._folder / f"{name}.yml", _program(name)
        if program is None:
            raise Fatal(f"{name}: expected on PATH, was not found")
        file.write_text(config, encoding="utf-8")
        command = [
            *(program, f"--config.file={file}", f"{storage}={self._folder / name}", flag),
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        self._run.children.start_program(name, command, {})
        self._run.children.wait_for(name, lambda: get(port, "/-/ready")[0] == 200, seconds=_READY_S)

    def _ask(self, what: str, **parameters: str) -> Any:
        url = f"http://127.0.0.1:{self._port}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:  # this machine's own
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            raise Fatal(f"prometheus refused {parameters}: {error.read().decode()}") from error
