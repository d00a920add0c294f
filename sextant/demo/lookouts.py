"""What developers look at a platform with, where it is installed: Jaeger, Prometheus, Alertmanager. Each is a child of the run.

Nothing of the platform needs them: where a program is not found, the run goes on without it, and says so.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from sextant.demo.children import Children
from sextant.demo.loopback import get
from sextant.stack.ports import free_ports

#: Usual ports of Jaeger's pages and receivers, of Prometheus and of Alertmanager: taken where they are free.
_JAEGER: Final = (16686, 4318, 4317)
_PROMETHEUS: Final = 9090
_ALERTMANAGER: Final = 9093
_READY_S: Final = 20.0
#: The shipped rules and alerts.
_RULES: Final = Path(__file__).resolve().parents[2] / "deploy" / "observability" / "rules"


@dataclass(slots=True)
class Lookouts:
    """Starts them as children of a run; `urls` says where each is looked at, `missing` what was not found."""

    children: Children
    folder: Path
    progress: Callable[[str], None]
    urls: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def jaeger(self) -> str:
        """Start Jaeger and return where it takes spans, an OTLP/HTTP endpoint; empty without one."""
        program = self._found("jaeger", os.environ.get("JAEGER_HOME", ""))
        if not program:
            return ""
        pages, http, grpc = free_ports(3, preferred=_JAEGER)
        config = self._write("jaeger.yaml", jaeger_config(pages, http, grpc))
        self._start("jaeger", [program, "--config", str(config)], pages, "/")
        return f"http://127.0.0.1:{http}"

    def prometheus(self, ports: Mapping[str, int]) -> None:
        """Start Prometheus on the services' metrics, with the shipped rules where they are there, and Alertmanager beside it."""
        alerts = self._alertmanager()
        program = self._found("prometheus")
        if not program:
            return
        (port,) = free_ports(1, preferred=[_PROMETHEUS])
        targets = self._write("targets.json", targets_of(ports))
        config = self._write("prometheus.yaml", prometheus_config(targets, alerts))
        data = self.folder / "prometheus"
        command = [
            *(program, f"--config.file={config}", f"--storage.tsdb.path={data}"),
            *("--storage.tsdb.retention.size=512MB", "--enable-feature=exemplar-storage"),
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        self._start("prometheus", command, port, "/-/ready")

    def _alertmanager(self) -> int:
        program = self._found("alertmanager")
        if not program:
            return 0
        (port,) = free_ports(1, preferred=[_ALERTMANAGER])
        # What fires is looked at on its page: this machine's own alerts go to nobody.
        config = self._write(
            "alertmanager.yaml", {"route": {"receiver": "page"}, "receivers": [{"name": "page"}]}
        )
        command = [
            *(program, f"--config.file={config}", f"--storage.path={self.folder / 'alertmanager'}"),
            *(f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="),
        ]
        self._start("alertmanager", command, port, "/-/ready")
        return port

    def _start(self, name: str, command: list[str], port: int, path: str) -> None:
        self.progress(f"starting {name}")
        self.children.start_program(name, command, {})
        self.children.wait_for(name, lambda: get(port, path)[0] == 200, seconds=_READY_S)
        self.urls[name] = f"http://127.0.0.1:{port}"

    def _found(self, name: str, home: str = "") -> str:
        # Debian puts the project's name before it.
        found = shutil.which(name) or shutil.which(f"prometheus-{name}")
        found = found or (shutil.which(name, path=home) if home else None)
        if found is None:
            self.missing.append(name)
        return found or ""

    def _write(self, name: str, data: Any) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(data, indent=1) if path.suffix == ".json" else yaml.safe_dump(data, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        return path


def jaeger_config(pages: int, http: int, grpc: int) -> dict[str, Any]:
    """Return a configuration of Jaeger 2: spans in by OTLP, kept in memory, looked at on `pages`."""
    receivers = {"http": {"endpoint": f"127.0.0.1:{http}"}, "grpc": {"endpoint": f"127.0.0.1:{grpc}"}}
    query_grpc = free_ports(1)[0]
    return {
        "service": {
            "extensions": ["jaeger_storage", "jaeger_query"],
            "pipelines": {
                "traces": {
                    "receivers": ["otlp"],
                    "processors": ["batch"],
                    "exporters": ["jaeger_storage_exporter"],
                }
            },
            "telemetry": {"metrics": {"level": "none"}},
        },
        "extensions": {
            "jaeger_storage": {"backends": {"memory": {"memory": {"max_traces": 50_000}}}},
            # It would trace itself into itself.
            "jaeger_query": {
                "enable_tracing": False,
                "storage": {"traces": "memory"},
                "http": {"endpoint": f"127.0.0.1:{pages}"},
                "grpc": {"endpoint": f"127.0.0.1:{query_grpc}"},
            },
        },
        "receivers": {"otlp": {"protocols": receivers}},
        "processors": {"batch": {"timeout": "200ms"}},
        "exporters": {"jaeger_storage_exporter": {"trace_storage": "memory"}},
    }


def prometheus_config(targets: Path, alerts: int) -> dict[str, Any]:
    """Return a configuration of Prometheus that reads the services' addresses from a file; `alerts` is Alertmanager's port, 0 for none."""
    config: dict[str, Any] = {
        "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
        "scrape_configs": [{"job_name": "sextant", "file_sd_configs": [{"files": [str(targets)]}]}],
    }
    if _RULES.is_dir():
        config["rule_files"] = [str(_RULES / "*.yml")]
    if alerts:
        managers = [{"static_configs": [{"targets": [f"127.0.0.1:{alerts}"]}]}]
        config["alerting"] = {"alertmanagers": managers}
    return config


def targets_of(ports: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return Prometheus's list of targets: one for each service, which its label names."""
    return [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"service": name}}
        for name, port in sorted(ports.items())
        if port
    ]
