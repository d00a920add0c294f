"""`sextant stack`: the local servers from the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sextant.stack.errors import StackError
from sextant.stack.foreground import serve as serve_in_foreground
from sextant.stack.kafka import Kafka, KafkaOptions, prepare_kafka
from sextant.stack.kafka_settings import BrokerPorts, Listening
from sextant.stack.launch import Launch
from sextant.stack.platforms import check_platform
from sextant.stack.postgres import Postgres, PostgresOptions
from sextant.stack.stack import Service, Stack
from sextant.stack.valkey import Valkey, ValkeyOptions

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A real local Kafka, Postgres and Valkey: no installation, no container.",
    epilog="Example: sextant stack up",
)


class ServiceName(StrEnum):
    """The servers by name."""

    kafka = "kafka"
    postgres = "postgres"
    valkey = "valkey"


Root = Annotated[
    Path, typer.Option("--root", envvar="SEXTANT_STACK_ROOT", help="Folder of the data, logs and addresses.")
]
DiskCap = Annotated[int, typer.Option("--disk-cap-mb", help="How much disk the folder may take, in MB.")]
Heap = Annotated[int, typer.Option("--heap-mb", help="Heap of each Kafka broker, in MB.")]
DEFAULT_ROOT = Path(".sextant")


@app.command(epilog="Example: sextant stack up --brokers 3 --root /tmp/three")
def up(
    root: Root = DEFAULT_ROOT,
    brokers: Annotated[int, typer.Option(help="Kafka brokers: 1, or 3 for fault tests.")] = 1,
    only: Annotated[
        list[ServiceName] | None, typer.Option("--only", help="Start only this server (may be repeated).")
    ] = None,
    disk_cap_mb: DiskCap = 4096,
    heap_mb: Heap = 512,
) -> None:
    """Start the servers and leave them running; print their addresses as KEY=VALUE lines.

    The lines are also in <root>/stack.json. Servers that already run are left alone.
    """
    try:
        stack = Stack(
            root,
            brokers=brokers,
            disk_cap_mb=disk_cap_mb,
            heap_mb=heap_mb,
            detached=True,
            progress=_tell,
        )
        services: list[Service] | None = [name.value for name in only] if only else None
        for line in stack.up(services).as_lines():
            typer.echo(line)
    except StackError as error:
        raise _failure(error) from None


@app.command(epilog="Example: sextant stack down --root /tmp/three")
def down(root: Root = DEFAULT_ROOT) -> None:
    """Stop every server of the folder. Data stays: delete the folder to start anew."""
    try:
        Stack(root, progress=_tell).down()
    except StackError as error:
        raise _failure(error) from None


@app.command(epilog="Example: sextant stack status || sextant stack up")
def status(root: Root = DEFAULT_ROOT) -> None:
    """Show which servers run, where, and their logs; exit with 1 when none was started or one has crashed."""
    servers = Stack(root).status()
    for server in servers:
        state = "running" if server.running else "crashed"
        ports = ",".join(map(str, server.ports))
        typer.echo(f"{server.name:<10} {state:<8} pid {server.pid:<8} ports {ports:<12} log {server.log}")
    if not servers:
        typer.echo(f"no server was started in {root.absolute()}")
    if not servers or not all(server.running for server in servers):
        raise typer.Exit(1)


@app.command(epilog="Example: sextant stack prepare")
def prepare() -> None:
    """Fetch Kafka's jars into the shared cache now, and prepare their classes for faster starts.

    For the build of an image, so that no start needs a network.
    """
    try:
        check_platform()
        prepare_kafka(_tell)
    except StackError as error:
        raise _failure(error) from None


@app.command(
    epilog="Example: sextant stack serve kafka --host 0.0.0.0 --port 9092 --advertised-host kafka --data /data"
)
def serve(
    service: Annotated[ServiceName, typer.Argument(help="Which server.")],
    data: Annotated[Path, typer.Option(help="Folder of its data.")] = Path("data"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 means the usual one.")] = 0,
    advertised_host: Annotated[
        str | None, typer.Option(help="Name under which Kafka's clients reach it; by default the host.")
    ] = None,
    password: Annotated[
        str,
        typer.Option(
            envvar="SEXTANT_STACK_PASSWORD",
            help="Password of Postgres (when its data is first made) or Valkey; made up when absent.",
        ),
    ] = "",
    disk_cap_mb: DiskCap = 4096,
    heap_mb: Heap = 512,
) -> None:
    """Run one server in the foreground until SIGTERM or Ctrl-C, as a container does."""
    folder = data.absolute()
    try:
        check_platform()
        match service:
            case ServiceName.kafka:
                launch = _kafka(folder, host, port or 9092, advertised_host, disk_cap_mb, heap_mb)
            case ServiceName.postgres:
                options = PostgresOptions(port or 5432, host, password, disk_cap_mb)
                launch = Postgres(folder, folder / "logs", options, _tell).prepare()[0]
            case ServiceName.valkey:
                chosen = ValkeyOptions(port or 6379, host, password)
                launch = Valkey(folder, folder / "logs", chosen).prepare()[0]
    except StackError as error:
        raise _failure(error) from None
    raise typer.Exit(serve_in_foreground(launch))


def _kafka(folder: Path, host: str, port: int, advertised: str | None, cap: int, heap: int) -> Launch:
    reachable = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 (compared, not bound)
    listening = Listening(host, advertised or reachable)
    options = KafkaOptions(1, cap, heap, (BrokerPorts(port, port + 1),), listening, log_to_output=True)
    return Kafka(folder, folder / "logs", options, _tell).prepare()[0]


def _tell(line: str) -> None:
    """Progress goes to standard error: standard output holds only the addresses."""
    typer.echo(line, err=True)


def _failure(error: StackError) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)
