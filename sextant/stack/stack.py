"""A real local Kafka, Postgres and Valkey in one folder: the library's front door."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, cast, get_args

from sextant.stack.addresses import StackAddresses
from sextant.stack.cache import locked
from sextant.stack.disk import check_space
from sextant.stack.errors import ServerDied, StackError
from sextant.stack.kafka import Kafka, KafkaOptions, brokers_of
from sextant.stack.kafka_settings import BrokerPorts
from sextant.stack.launch import Launch
from sextant.stack.platforms import check_platform
from sextant.stack.postgres import Postgres, PostgresOptions
from sextant.stack.servers import Servers
from sextant.stack.valkey import Valkey, ValkeyOptions

Service = Literal["kafka", "postgres", "valkey"]
SERVICES: frozenset[Service] = frozenset(get_args(Service))
_PORT_ATTEMPTS = 4


class _ServerKind(Protocol):
    """What the stack asks of each kind of server."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def prepare(self) -> list[Launch]: ...
    def ready(self, name: str, ports: tuple[int, ...]) -> bool: ...


@dataclass(frozen=True)
class ServerStatus:
    """One server that was started in the folder and not stopped: whether it runs, and where it listens."""

    name: str
    pid: int
    running: bool
    ports: tuple[int, ...]
    log: Path


class Stack:
    """The servers of the folder `root`. Several stacks run side by side, each in a folder of its own.

    Servers that this object started end with this process, also when it is killed, unless `detached`. Servers that
    already run in the folder are used as they are. All calls block; none may be made from two threads at once.
    """

    def __init__(
        self,
        root: Path,
        *,
        services: Iterable[Service] = SERVICES,
        brokers: int = 1,
        disk_cap_mb: int = 4096,
        heap_mb: int = 512,
        kafka_ports: Iterable[tuple[int, int]] = (),
        postgres_port: int = 0,
        valkey_port: int = 0,
        detached: bool = False,
        ready_seconds: float = 90.0,
        progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.root = root.absolute()
        self._chosen = _checked(services)
        self._disk_cap_mb, self._ready_seconds, self._progress = disk_cap_mb, ready_seconds, progress
        logs = self.root / "logs"
        ports = tuple(BrokerPorts(*pair) for pair in kafka_ports)
        self._kafka = Kafka(
            self.root / "kafka", logs, KafkaOptions(brokers, disk_cap_mb, heap_mb, ports), progress
        )
        postgres = PostgresOptions(postgres_port, disk_cap_mb=disk_cap_mb)
        self._postgres = Postgres(self.root / "postgres", logs, postgres, progress)
        self._valkey = Valkey(self.root / "valkey", logs, ValkeyOptions(valkey_port))
        self._kinds: dict[Service, _ServerKind] = {
            "kafka": self._kafka,
            "postgres": self._postgres,
            "valkey": self._valkey,
        }
        self._servers = Servers(self.root, detached=detached)

    @classmethod
    def of(cls, root: Path) -> Self:
        """Return the stack of a folder as it was made, to look at it."""
        return cls(root, brokers=brokers_of(root.absolute() / "kafka"))

    def up(self, only: Iterable[Service] | None = None) -> StackAddresses:
        """Start the chosen services (or `only` those) where they do not run, and wait until all serve.

        Returns the addresses of everything that runs in the folder. Calling again is safe. When it raises (a
        StackError that says what to do), everything that this call started is stopped again.
        """
        check_platform()
        chosen = self._chosen if only is None else _checked(only)
        self.root.mkdir(parents=True, exist_ok=True)
        with locked(self.root / "stack.lock"):
            check_space(self.root, self._disk_cap_mb)
            running = {record.name for record in self._servers.records.all() if record.is_alive()}
            try:
                self._bring_up([self._kinds[name] for name in sorted(chosen)])
            except BaseException:
                started = {record.name for record in self._servers.records.all()} - running
                self._servers.stop(started)
                raise
            return self._announce()

    def down(self) -> None:
        """Stop every server of the folder, whoever started it. Data stays; calling twice is safe."""
        with locked(self.root / "stack.lock"):
            names = [record.name for record in self._servers.records.all()]
            if names:
                self._progress(f"stopping {', '.join(names)}")
            self._servers.stop(names)
            (self.root / "stack.json").unlink(missing_ok=True)
        self._servers.close()

    def status(self) -> list[ServerStatus]:
        """Return what was started here and not stopped; a server that crashed is listed as not running."""
        return [
            ServerStatus(record.name, record.pid, record.is_alive(), record.ports, Path(record.log))
            for record in self._servers.records.all()
        ]

    def serves(self, server: ServerStatus) -> bool:
        """Ask a server that status() named, over its own protocol, whether it serves: a process may run and not answer."""
        kind = self._kinds[cast(Service, server.name.partition("-")[0])]
        return server.running and kind.ready(server.name, server.ports)

    def addresses(self) -> StackAddresses:
        """Return the addresses of what runs now."""
        alive = {record.name: record for record in self._servers.records.all() if record.is_alive()}
        brokers = [f"127.0.0.1:{alive[name].ports[0]}" for name in self._kafka.names if name in alive]
        postgres, valkey = alive.get("postgres"), alive.get("valkey")
        return StackAddresses(
            bootstrap=",".join(brokers),
            postgres_dsn=self._postgres.dsn(postgres.ports[0]) if postgres else "",
            valkey_url=self._valkey.url(valkey.ports[0]) if valkey else "",
        )

    def kill_broker(self, number: int) -> None:
        """End broker `number` (from 1) with SIGKILL, as a crash would. Its data and ports stay its own."""
        self._servers.kill([self._broker(number)])

    def restart_broker(self, number: int) -> None:
        """Stop broker `number` (from 1) where it runs, start it on the same ports and wait until it serves."""
        name = self._broker(number)
        with locked(self.root / "stack.lock"):
            self._servers.stop([name])
            self._progress(f"starting {name} again")
            self._servers.start(self._kafka.prepare_again(number))
            self._servers.wait(name, self._kafka.ready, self._ready_seconds)

    def create_database(self, name: str) -> str:
        """Make an empty database on the running Postgres and return its address."""
        record = self._servers.records.alive("postgres")
        if record is None:
            raise StackError(f"{self.root}: expected a running Postgres, found none")
        self._postgres.execute(record.ports[0], f'create database "{name}"')
        return self._postgres.dsn(record.ports[0], name)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._servers.close()

    def _bring_up(self, kinds: list[_ServerKind]) -> None:
        """Start all, then wait for all: they come up side by side."""
        for kind in kinds:
            self._start_missing(kind)
        for kind in kinds:
            self._finish(kind)

    def _start_missing(self, kind: _ServerKind) -> None:
        alive = {name: record for name in kind.names if (record := self._servers.records.alive(name))}
        for record in alive.values():
            self._servers.adopt(record)
        missing = [name for name in kind.names if name not in alive]
        if not missing:
            return
        if alive:
            # The rest of the cluster counts on these brokers' ports.
            launches = [self._kafka.prepare_again(self._kafka.names.index(name) + 1) for name in missing]
        else:
            launches = kind.prepare()
        self._progress(f"starting {', '.join(missing)}")
        for launch in launches:
            self._servers.start(launch)

    def _finish(self, kind: _ServerKind) -> None:
        """Wait until the servers serve; when another process took a port meanwhile, try again with others."""
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            try:
                for name in kind.names:
                    record = self._servers.wait(name, kind.ready, self._ready_seconds)
                    self._progress(f"{name} serves on port {record.ports[0]}")
                return
            except ServerDied as died:
                if not died.port_was_taken or attempt == _PORT_ATTEMPTS:
                    raise
                self._progress(f"{died.name}: a port was taken meanwhile, trying again with others")
                self._servers.stop(kind.names)
                self._start_missing(kind)

    def _announce(self) -> StackAddresses:
        addresses = self.addresses()
        addresses.save(self.root / "stack.json")
        return addresses

    def _broker(self, number: int) -> str:
        if not 1 <= number <= len(self._kafka.names):
            raise StackError(f"broker: expected 1 to {len(self._kafka.names)}, was {number}")
        return self._kafka.names[number - 1]


def _checked(services: Iterable[Service]) -> frozenset[Service]:
    asked = frozenset(services)
    if not asked or not asked <= SERVICES:
        raise StackError(
            f"services: expected some of {', '.join(sorted(SERVICES))}, was {sorted(cast(Iterable[str], asked))}"
        )
    return asked
