"""One run over Kafka: servers, venues, services; wait, drain, stop. The report is made by others from what the run left."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psutil
import yaml

from sextant.bus.kafka import KafkaBus
from sextant.core.errors import SettingsInvalid
from sextant.demo.children import Children
from sextant.demo.loopback import get
from sextant.demo.plan import SERVICES, Plan
from sextant.demo.report.metrics import ingest_counters
from sextant.demo.venues import (
    PUBLIC,
    play,
    public_config,
    recorded_config,
    replay_ports,
    simulated_config,
    simulator_ports,
    start_replay,
    start_simulators,
)
from sextant.demo.waiting import ReplayEnd, wait_quiet
from sextant.runtime.settings import Platform, load_platform
from sextant.stack import Stack, StackAddresses

_READY_S = 60.0
_REST_S = 2.0
_READY, _OK = "/health/ready", 200
#: Niceness of those that no order waits for: everything shares one machine here.
_ASIDE = 19


@dataclass(slots=True)
class Run:
    """A run under way, and what is known of it."""

    plan: Plan
    progress: Callable[[str], None]
    children: Children = field(init=False)
    stack: Stack = field(init=False)
    addresses: StackAddresses = field(default_factory=StackAddresses)
    venue_ports: dict[str, int] = field(default_factory=dict)
    platform: Platform = field(init=False)
    started_ns: int = 0
    metrics: dict[str, str] = field(default_factory=dict)
    rss_mb: dict[str, float] = field(default_factory=dict)
    unclean: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.children = Children(self.plan.logs)
        self.stack = Stack(
            self.plan.folder / "stack", brokers=self.plan.brokers, progress=lambda line: self.progress(line)
        )

    def open(self) -> None:
        """Start everything and wait until every service is ready. Raises StackError, ChildFailed, TimeoutError, SettingsInvalid."""
        self.started_ns = time.time_ns()
        self._make_folder()
        data = self._start_venues()
        self.progress("starting Kafka, Postgres and Valkey")
        self.addresses = self.stack.up()
        self._write_config(data)
        self.progress(f"starting {len(SERVICES)} services, creating topics meanwhile")
        for name in SERVICES:
            self.start_service(name)
        asyncio.run(self._create_topics())
        self._wait_ready()
        self.progress("every service is ready")
        if self.plan.recording is not None:
            # Whoever starts under market data sees its first seconds late. Readiness comes before rest: what starting left behind ends first.
            time.sleep(_REST_S)
            play(self.venue_ports.values())

    def start_service(self, name: str, instance: str = "0") -> None:
        """Start one service as a process; one of the same name and instance is replaced."""
        label = name if instance == "0" else f"{name}-{instance}"
        self.plan.ports(label).unlink(missing_ok=True)
        niceness = _ASIDE if name == "archive" else 0
        self.children.start(
            label, f"services.{name}", [], self.environment(name, instance), niceness=niceness
        )

    def environment(self, name: str, instance: str = "0") -> Mapping[str, str]:
        """Return the variables of one service: only execution and ledger see the database."""
        plan, label = self.plan, name if instance == "0" else f"{name}-{instance}"
        variables = {
            "SEXTANT_CONFIG": str(plan.run_config),
            "SEXTANT_KAFKA": self.addresses.bootstrap,
            "SEXTANT_INSTANCE": instance,
            "SEXTANT_PORT_FILE": str(plan.ports(label)),
            "SEXTANT_SESSION_TIMEOUT_MS": str(plan.session_timeout_ms),
        }
        if plan.otlp_endpoint:
            variables["SEXTANT_OTLP_ENDPOINT"] = plan.otlp_endpoint
        else:
            variables["SEXTANT_TRACE_FILE"] = str(plan.traces(label))
        if name in ("execution", "ledger"):
            variables["SEXTANT_POSTGRES_FILE"] = str(plan.folder / "keys" / "postgres.dsn")
        if name in ("execution", "breaker", "risk", "ledger", "console"):
            variables["SEXTANT_OPERATOR_TOKEN_FILE"] = str(plan.folder / "keys" / "operator.token")
        if name == "execution":
            variables["SEXTANT_STATE_FOLDER"] = str(plan.folder / "state")
        if name == "console" and (door := self.operator_port("execution")):
            variables["SEXTANT_DOOR"] = f"127.0.0.1:{door}"
        if name == "archive":
            variables["SEXTANT_ARCHIVE_FOLDER"] = str(plan.archive)
        if plan.faults:
            variables["SEXTANT_FAULTS"] = ",".join(sorted(plan.faults))
        return variables

    def show(self, *, on_terminal: bool) -> None:
        """Start the console with its operator API: on this terminal, or as lines in its log."""
        view = ["--view", "live" if on_terminal else "lines"]
        self.children.start(
            "console",
            "services.console",
            view,
            self.environment("console"),
            has_terminal=on_terminal,
            niceness=_ASIDE,
        )

    def hide(self) -> None:
        """Stop the console, its memory remembered; nothing happens where there is none."""
        self._measure()
        self.unclean += self.children.stop(["console"])

    def watch(self, tick: Callable[[float], None]) -> None:
        """Let the run go on for its seconds, or until the recording has ended; `tick` is told the seconds gone."""
        begin = time.monotonic()
        replay = ReplayEnd(self.venue_ports.values(), self._frames_read)
        while True:
            gone = time.monotonic() - begin
            tick(gone)
            self.children.check()
            self.children.sample()
            if gone >= self.plan.seconds if self.plan.recording is None else replay.is_reached():
                return
            time.sleep(0.25)

    def drain(self) -> None:
        """Stop ingest and wait until the whole line has worked off what there is; venues stay to be asked for balances."""
        self._measure()
        self.metrics = {name: self._scrape(name) for name in SERVICES}
        self.progress("stopping ingest, working off what is in the topics")
        self.unclean += self.children.stop(["ingest"])
        if not asyncio.run(wait_quiet(self.addresses.bootstrap, self.children.check)):
            self.unclean.append("the line, which was still moving when the time for draining it was over")

    def stop_services(self) -> None:
        """Stop the services in the order of the flow, archive last."""
        self.unclean += self.children.stop([name for name in SERVICES if name != "archive"])
        self.unclean += self.children.stop(["archive"])

    def close(self) -> None:
        """Stop everything; data stays only when the plan keeps it. Calling twice is safe."""
        self.children.stop_all()
        self.stack.down()
        if not self.plan.keep:
            shutil.rmtree(self.plan.folder / "stack", ignore_errors=True)

    def health(self, name: str, path: str = _READY) -> tuple[int, dict[str, Any]]:
        """Return (status, body) of a service's health; (0, {}) when it does not answer."""
        port = self.health_port(name)
        status, body = get(port, path) if port else (0, b"")
        if status == _OK and path == _READY and name in self.children.by_name:
            self.children.by_name[name].has_been_ready = True
        return status, json.loads(body) if body else {}

    def health_port(self, name: str) -> int:
        """Return the port of a service's health and metrics; 0 when it has not told one."""
        return self._port(name, "health")

    def operator_port(self, name: str) -> int:
        """Return the port of execution's emergency door or of the console's operator API; 0 when it has not told one."""
        return self._port(name, "operator")

    def _port(self, name: str, kind: str) -> int:
        try:
            return int(json.loads(self.plan.ports(name).read_text())[kind])
        except (OSError, ValueError, KeyError):
            return 0

    def server_rss_mb(self) -> float:
        """Return the resident size of Kafka, Postgres and Valkey with their children, MB."""
        total, seen = 0, set()
        for status in self.stack.status():
            if not status.pid:
                continue
            parent = psutil.Process(status.pid)
            for process in (parent, *parent.children(recursive=True)):
                if process.pid not in seen:
                    seen.add(process.pid)
                    total += process.memory_info().rss
        return total / 2**20

    def _measure(self) -> None:
        self.children.sample()
        self.rss_mb |= {name: child.peak_rss / 2**20 for name, child in self.children.by_name.items()}

    def _make_folder(self) -> None:
        plan = self.plan
        for folder in (
            plan.logs,
            plan.folder / "keys",
            plan.folder / "ports",
            plan.folder / "traces",
            plan.folder / "state",
            plan.archive,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        (plan.folder / "keys").chmod(0o700)
        token = plan.folder / "keys" / "operator.token"
        token.touch(mode=0o600)
        token.write_text(secrets.token_hex(32))

    async def _create_topics(self) -> None:
        # It warns of each partition that is not there yet.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        bus = KafkaBus(self.addresses.bootstrap, client_id="sextant-demo")
        await bus.start()
        try:
            await bus.ensure_topics()
        finally:
            await bus.stop()

    def _start_venues(self) -> dict[str, Any]:
        """Start the venues, not waiting for them, and return the shipped configuration."""
        plan = self.plan
        data = yaml.safe_load(plan.config.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise SettingsInvalid(f"{plan.config}: expected a mapping")
        if plan.assets and not plan.is_public:
            data["assets"] = list(plan.assets)
        if plan.is_public:
            self.progress("reading the public data of " + ", ".join(PUBLIC))
        elif plan.recording is not None:
            self.progress(f"playing {plan.recording} at {plan.speed:g}x as three venues")
            start_replay(plan, self.children)
        else:
            self.progress(f"starting simulated exchanges {', '.join(data['venues'])}")
            shipped = load_platform(plan.config).model_copy(update={"assets": tuple(data["assets"])})
            start_simulators(plan, shipped, self.children)
        return data

    def _write_config(self, data: dict[str, Any]) -> None:
        """Wait for the venues' ports and write the run's own configuration and secrets."""
        plan = self.plan
        if plan.is_public:
            data = public_config(data, plan.assets)
        elif plan.recording is not None:
            self.venue_ports = replay_ports(plan, self.children)
            data = recorded_config(data, self.venue_ports)
        else:
            self.venue_ports = simulator_ports(plan, data["venues"], self.children)
            data = simulated_config(data, self.venue_ports, plan)
        plan.run_config.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        self.platform = load_platform(plan.run_config)
        dsn = plan.folder / "keys" / "postgres.dsn"
        dsn.touch(mode=0o600)
        dsn.write_text(self.addresses.postgres_dsn)

    def _wait_ready(self) -> None:
        waiting = set(SERVICES)

        def all_ready() -> bool:
            for name in sorted(waiting):
                if self.health(name)[0] == 200:
                    waiting.discard(name)
            return not waiting

        try:
            self.children.wait_for("services", all_ready, seconds=_READY_S, every=0.25)
        except TimeoutError as error:
            details = "\n".join(f"  {name}: {json.dumps(self.health(name)[1])}" for name in sorted(waiting))
            raise TimeoutError(f"{error}\nnot ready:\n{details}") from error

    def _frames_read(self) -> int:
        counters = ingest_counters(self._scrape("ingest"))
        return sum(counts["frames"] for counts in counters.values())

    def _scrape(self, name: str) -> str:
        port = self.health_port(name)
        return get(port, "/metrics", timeout_s=5)[1].decode() if port else ""
