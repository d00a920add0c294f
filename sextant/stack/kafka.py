"""A Kafka cluster of one or three brokers in a folder: its files, its processes' launches, whether it serves."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sextant.stack.errors import StackError
from sextant.stack.jars import kafka_jars
from sextant.stack.java import java_command, run_java
from sextant.stack.kafka_classes import classes_option, ensure_classes
from sextant.stack.kafka_settings import LOOPBACK, BrokerPorts, Listening, broker_settings, logging_settings
from sextant.stack.launch import Launch
from sextant.stack.ports import free_ports, require_free
from sextant.stack.probes import kafka_brokers

_FORMAT_SECONDS = 60.0


@dataclass(frozen=True)
class KafkaOptions:
    """What a user may choose. Ports left empty are chosen freely (those of the last start when still free)."""

    brokers: int = 1
    disk_cap_mb: int = 4096
    heap_mb: int = 512
    ports: tuple[BrokerPorts, ...] = ()
    listening: Listening = LOOPBACK
    log_to_output: bool = False
    # Whether starts are worth the one-time cost of preparing the JVM's classes for them.
    prepared: bool = True

    def __post_init__(self) -> None:
        if self.brokers not in (1, 3):
            raise StackError(f"brokers: expected 1 or 3 (a quorum that can lose one), was {self.brokers}")
        if self.ports and len(self.ports) != self.brokers:
            raise StackError(
                f"kafka ports: expected a pair for each of {self.brokers} brokers, was {self.ports}"
            )


def brokers_of(folder: Path) -> int:
    """Return how many brokers the data of a folder was made for; 1 where there is none."""
    try:
        return int(json.loads((folder / "cluster.json").read_text())["brokers"])
    except (OSError, ValueError, KeyError):
        return 1


class Kafka:
    """The cluster whose data and settings lie in `folder`; knows nothing of processes that already run."""

    def __init__(
        self, folder: Path, logs: Path, options: KafkaOptions, progress: Callable[[str], None]
    ) -> None:
        self._folder, self._logs, self._options, self._progress = folder, logs, options, progress
        self.names = tuple(f"kafka-{number}" for number in range(1, options.brokers + 1))

    def prepare(self) -> list[Launch]:
        """Choose ports, write every broker's files, format new data folders; return the launches in broker order."""
        self._folder.mkdir(parents=True, exist_ok=True)
        cluster = self._cluster()
        jars = prepare_kafka(self._progress) if self._options.prepared else kafka_jars(self._progress)
        ports = _fixed(self._options) or _choose(self._options.brokers, _ports_of(cluster))
        self._write(cluster | {"ports": [[each.client, each.controller] for each in ports]})
        for broker in range(1, self._options.brokers + 1):
            self._write_settings(broker, ports)
        self._format(str(cluster["id"]), jars)
        return [
            self._launch(broker, ports[broker - 1], jars) for broker in range(1, self._options.brokers + 1)
        ]

    def prepare_again(self, broker: int) -> Launch:
        """Return the launch of one broker of a cluster prepared before, on the ports it had."""
        ports = _ports_of(self._cluster())
        if len(ports) < broker:
            raise StackError(f"broker: expected one that was started before, was {broker}")
        return self._launch(broker, ports[broker - 1], kafka_jars(self._progress))

    def ready(self, name: str, ports: tuple[int, ...]) -> bool:
        """Whether the broker answers clients and the quorum counts it among the usable ones."""
        return self.names.index(name) + 1 in kafka_brokers(
            self._options.listening.here, ports[0], str(self._cluster()["id"])
        )

    def _cluster(self) -> dict[str, object]:
        """The cluster's lasting facts, made up when the folder is new."""
        try:
            cluster: dict[str, object] = json.loads(self._file.read_text())
        except FileNotFoundError:
            cluster = {"id": _cluster_id(), "brokers": self._options.brokers, "ports": []}
            self._write(cluster)
        if cluster["brokers"] != self._options.brokers:
            raise StackError(
                f"{self._folder}: holds the data of {cluster['brokers']} broker(s), asked for "
                f"{self._options.brokers}; choose another folder, or delete this one to start anew"
            )
        return cluster

    @property
    def _file(self) -> Path:
        return self._folder / "cluster.json"

    def _write(self, cluster: dict[str, object]) -> None:
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(cluster))
        draft.replace(self._file)

    def _write_settings(self, broker: int, ports: tuple[BrokerPorts, ...]) -> None:
        home = self._home(broker)
        home.mkdir(exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        options = self._options
        (home / "server.properties").write_text(
            broker_settings(
                broker,
                ports,
                home / "data",
                disk_cap_mb=options.disk_cap_mb // options.brokers,
                listening=options.listening,
            )
        )
        full_log = None if options.log_to_output else self._logs / f"kafka-{broker}.full.log"
        (home / "log4j2.properties").write_text(logging_settings(full_log))

    def _home(self, broker: int) -> Path:
        return self._folder / f"broker-{broker}"

    def _format(self, cluster: str, jars: tuple[Path, ...]) -> None:
        new = [
            home
            for broker in range(1, self._options.brokers + 1)
            if not ((home := self._home(broker)) / "data" / "meta.properties").exists()
        ]
        if new:
            self._progress(f"formatting Kafka's storage ({len(new)} broker(s))")
            with ThreadPoolExecutor(len(new)) as pool:
                list(pool.map(lambda home: _format(home, cluster, jars), new))

    def _launch(self, broker: int, ports: BrokerPorts, jars: tuple[Path, ...]) -> Launch:
        home = self._home(broker)
        command = java_command(
            jars,
            "kafka.Kafka",
            str(home / "server.properties"),
            heap_mb=self._options.heap_mb,
            options=(*classes_option(jars), f"-Dlog4j2.configurationFile={home / 'log4j2.properties'}"),
        )
        return Launch(
            name=f"kafka-{broker}",
            argv=command,
            folder=home,
            log=self._logs / f"kafka-{broker}.log",
            ports=(ports.client, ports.controller),
        )


def prepare_kafka(progress: Callable[[str], None]) -> tuple[Path, ...]:
    """Fetch and make what all stacks share, once, and return Kafka's jars."""
    jars = kafka_jars(progress)

    def throwaway(folder: Path) -> tuple[Launch, Callable[[str, tuple[int, ...]], bool]]:
        kafka = Kafka(folder / "kafka", folder / "logs", KafkaOptions(prepared=False), lambda line: None)
        return kafka.prepare()[0], kafka.ready

    ensure_classes(jars, throwaway, progress)
    return jars


def _cluster_id() -> str:
    """A random UUID in Kafka's form: 16 bytes, URL-safe base64 without padding, no dash in front."""
    while (text := base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")).startswith("-"):
        continue
    return text


def _ports_of(cluster: dict[str, object]) -> tuple[BrokerPorts, ...]:
    pairs = cluster["ports"]
    assert isinstance(pairs, list)
    return tuple(BrokerPorts(client, controller) for client, controller in pairs)


def _fixed(options: KafkaOptions) -> tuple[BrokerPorts, ...]:
    for each in options.ports:
        require_free(each.client, options.listening.host)
        require_free(each.controller)
    return options.ports


def _choose(brokers: int, last: tuple[BrokerPorts, ...]) -> tuple[BrokerPorts, ...]:
    preferred = [port for each in last for port in (each.client, each.controller)]
    ports = free_ports(2 * brokers, preferred=preferred)
    return tuple(BrokerPorts(*pair) for pair in zip(ports[::2], ports[1::2], strict=True))


def _format(home: Path, cluster: str, jars: tuple[Path, ...]) -> None:
    arguments = ("format", "-t", cluster, "-c", str(home / "server.properties"))
    options = classes_option(jars)
    command = java_command(jars, "kafka.tools.StorageTool", *arguments, heap_mb=128, options=options)
    done = run_java(command, seconds=_FORMAT_SECONDS)
    if done.returncode != 0:
        raise StackError(f"{home}: formatting Kafka's storage failed:\n{done.stdout}{done.stderr}")
