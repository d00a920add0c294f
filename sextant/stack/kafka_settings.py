"""The text of a broker's settings: every choice we make for a local Kafka, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sextant.stack.disk import MEGABYTE

LARGEST_MESSAGE_MB = 32
_SMALLEST_SEGMENT_MB = LARGEST_MESSAGE_MB + 2


@dataclass(frozen=True)
class BrokerPorts:
    """The port for clients and the one for the controllers' quorum."""

    client: int
    controller: int


@dataclass(frozen=True)
class Listening:
    """Where a broker listens for clients, and under which address it tells them to find it: its own where none is said."""

    host: str = "127.0.0.1"
    advertised: str = ""

    @property
    def here(self) -> str:
        """Under which name this machine itself reaches it."""
        return "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 (compared, not bound)


LOOPBACK = Listening()


def broker_settings(
    broker: int, ports: Sequence[BrokerPorts], data: Path, *, disk_cap_mb: int, listening: Listening
) -> str:
    """Return server.properties of broker number `broker` (from 1) of a cluster with these ports."""
    own = ports[broker - 1]
    copies = len(ports)
    # With three copies a record is acknowledged by two, so one broker may be lost at any time.
    in_sync = max(1, copies - 1)
    lines = {
        "process.roles": "broker,controller",
        "node.id": broker,
        # A static quorum: the ports may differ at the next start, and are then simply written anew.
        "controller.quorum.voters": ",".join(
            f"{number}@127.0.0.1:{each.controller}" for number, each in enumerate(ports, start=1)
        ),
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{listening.host}:{own.client},CONTROLLER://127.0.0.1:{own.controller}",
        "advertised.listeners": f"PLAINTEXT://{listening.advertised or f'{listening.here}:{own.client}'}",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        # The defaults (50 each) cost a second at the first join and help only large clusters.
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.num.partitions": 1,
        # A group's first member starts at once instead of waiting 3 s for others.
        "group.initial.rebalance.delay.ms": 0,
        # Fault tests use short sessions.
        "group.min.session.timeout.ms": 1000,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 4,
        # After a crash every partition is read again, hundreds of them: with the processor and the disk in turns.
        "num.recovery.threads.per.data.dir": 2,
        # A 20 MB frame of a venue is journalled whole.
        "message.max.bytes": LARGEST_MESSAGE_MB * MEGABYTE,
        "replica.fetch.max.bytes": LARGEST_MESSAGE_MB * MEGABYTE,
        "log.cleaner.dedupe.buffer.size": 16 * MEGABYTE,
        **_sizes(disk_cap_mb),
        **_FAULTS_ARE_SEEN_EARLY,
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


# A killed broker's partitions get a new leader after 6 s instead of 9 s; one that starts again is let in no sooner, because its
# former self still counts as alive for that long.
_FAULTS_ARE_SEEN_EARLY = {"broker.session.timeout.ms": 6000, "broker.heartbeat.interval.ms": 1000}


def _sizes(disk_cap_mb: int) -> dict[str, int]:
    """Retention that keeps the folder near its cap: eight busy partitions may fill it between them.

    A segment must hold the largest message, and only closed segments are deleted, hence the short check intervals.
    """
    segment = min(128, max(_SMALLEST_SEGMENT_MB, disk_cap_mb // 64))
    return {
        "log.segment.bytes": segment * MEGABYTE,
        "log.retention.bytes": max(segment, disk_cap_mb // 8) * MEGABYTE,
        "log.retention.check.interval.ms": 10_000,
        "log.segment.delete.delay.ms": 1000,
        "metadata.max.retention.bytes": max(16, disk_cap_mb // 32) * MEGABYTE,
        "metadata.log.segment.bytes": 16 * MEGABYTE,
    }


def logging_settings(full_log: Path | None) -> str:
    """Return log4j2.properties: warnings to the broker's output, everything to `full_log` (two files of 5 MB).

    Without a file, as in a container, everything goes to the output.
    """
    lines = [
        "status=error",
        "rootLogger.level=INFO",
        "rootLogger.appenderRef.out.ref=OUT",
        f"rootLogger.appenderRef.out.level={'INFO' if full_log is None else 'WARN'}",
        *_appender("out", "Console", "OUT"),
    ]
    if full_log is not None:
        lines += [
            "rootLogger.appenderRef.file.ref=FILE",
            *_appender("file", "RollingFile", "FILE"),
            f"appender.file.fileName={full_log}",
            f"appender.file.filePattern={full_log}.%i",
            "appender.file.policies.type=Policies",
            "appender.file.policies.size.type=SizeBasedTriggeringPolicy",
            "appender.file.policies.size.size=5MB",
            "appender.file.strategy.type=DefaultRolloverStrategy",
            "appender.file.strategy.max=1",
        ]
    return "\n".join(lines) + "\n"


def _appender(key: str, kind: str, name: str) -> list[str]:
    return [
        f"appender.{key}.type={kind}",
        f"appender.{key}.name={name}",
        f"appender.{key}.layout.type=PatternLayout",
        f"appender.{key}.layout.pattern=%d{{ISO8601}} %p %c{{1}}: %m%n",
    ]
