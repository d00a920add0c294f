"""`sextant stack serve` and `ready`: one server as the main process of a container, and whether it serves."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from sextant.stack.errors import StackError
from sextant.stack.foreground import serve as serve_in_foreground
from sextant.stack.kafka import Kafka, KafkaOptions
from sextant.stack.kafka_settings import BrokerPorts, Listening
from sextant.stack.platforms import check_platform
from sextant.stack.postgres import Postgres, PostgresOptions
from sextant.stack.valkey import Valkey, ValkeyOptions


class ServiceName(StrEnum):
    """The servers by name."""

    kafka = "kafka"
    postgres = "postgres"
    valkey = "valkey"


PORTS: Final = {ServiceName.kafka: 9092, ServiceName.postgres: 5432, ServiceName.valkey: 6379}
#: What a server's folder holds once it was prepared: before that, to ask would be to make up the server's own facts.
_PREPARED: Final = {
    ServiceName.kafka: "cluster.json",
    ServiceName.postgres: "password",
    ServiceName.valkey: "password",
}
_ADDRESS: Final = re.compile(r"^[^\s:/]+:[0-9]{1,5}$")

Which = Annotated[ServiceName, typer.Argument(help="Which server.")]
Data = Annotated[Path, typer.Option(help="Folder of its data.")]
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every one.")]
Port = Annotated[int, typer.Option(help="Port to listen on; 0 means the usual one.")]


def serve(
    service: Which,
    data: Data = Path("data"),
    host: Host = "127.0.0.1",
    port: Port = 0,
    advertise: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Address under which Kafka's clients reach it; by default where it listens.",
        ),
    ] = "",
    password: Annotated[
        str,
        typer.Option(
            envvar="SEXTANT_STACK_PASSWORD",
            help="Password of Postgres or Valkey; the one it has, or made up, when absent.",
        ),
    ] = "",
    password_file: Annotated[
        Path | None,
        typer.Option(
            envvar="SEXTANT_STACK_PASSWORD_FILE", help="File that holds the password; wins over --password."
        ),
    ] = None,
    disk_cap_mb: Annotated[
        int, typer.Option("--disk-cap-mb", help="How much disk the folder may take, in MB.")
    ] = 4096,
    heap_mb: Annotated[int, typer.Option("--heap-mb", help="Heap of a Kafka broker, in MB.")] = 512,
) -> None:
    """Run one server in the foreground until SIGTERM or Ctrl-C, as a container does.

    It writes below the data folder and the system's temporary folder only. Data outlives any end of the process; Postgres is given
    the password anew where it has another.
    """
    folder = data.absolute()
    port = port or PORTS[service]
    try:
        check_platform()
        folder.mkdir(parents=True, exist_ok=True)
        secret = _password(password, password_file)
        match service:
            case ServiceName.kafka:
                listening = Listening(host, _address(advertise))
                ports = (BrokerPorts(port, port + 1),)
                broker = KafkaOptions(1, disk_cap_mb, heap_mb, ports, listening, log_to_output=True)
                launch = Kafka(folder, folder / "logs", broker, tell).prepare()[0]
            case ServiceName.postgres:
                options = PostgresOptions(port, host, secret, disk_cap_mb)
                launch = Postgres(folder, folder / "logs", options, tell).prepare()[0]
            case ServiceName.valkey:
                chosen = ValkeyOptions(port, host, secret, is_lasting=True)
                launch = Valkey(folder, folder / "logs", chosen).prepare()[0]
    except (StackError, OSError) as error:
        raise failure(error) from None
    raise typer.Exit(serve_in_foreground(launch))


def ready(service: Which, data: Data = Path("data"), port: Port = 0) -> None:
    """Ask a server that `serve` runs, over its own protocol; exit with 1 when it does not serve. For probes and scripts."""
    folder = data.absolute()
    logs = folder / "logs"
    kinds: dict[ServiceName, Callable[[], Kafka | Postgres | Valkey]] = {
        ServiceName.kafka: lambda: Kafka(folder, logs, KafkaOptions(), tell),
        ServiceName.postgres: lambda: Postgres(folder, logs, PostgresOptions(), tell),
        ServiceName.valkey: lambda: Valkey(folder, logs, ValkeyOptions()),
    }
    try:
        kind = kinds[service]()
        serves = (folder / _PREPARED[service]).exists() and kind.ready(
            kind.names[0], (port or PORTS[service],)
        )
    except (StackError, OSError) as error:
        raise failure(error) from None
    if not serves:
        raise failure(f"{service.value}: does not serve on port {port or PORTS[service]}")


def tell(line: str) -> None:
    """Progress goes to standard error: standard output holds only the addresses."""
    typer.echo(line, err=True)


def failure(error: object) -> typer.Exit:
    """Say what is wrong and return the end of the command."""
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)


def _password(given: str, file: Path | None) -> str:
    if file is None:
        return given
    password = file.read_text(encoding="utf-8").strip()
    if not password:
        raise StackError(f"--password-file: expected a password in {file}, which is empty")
    return password


def _address(advertise: str) -> str:
    if advertise and not _ADDRESS.match(advertise):
        raise StackError(f"--advertise: expected HOST:PORT, was {advertise!r}")
    return advertise
