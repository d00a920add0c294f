"""`sextant stack`: the local servers from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sextant.stack.errors import StackError
from sextant.stack.kafka import prepare_kafka
from sextant.stack.platforms import check_platform
from sextant.stack.serving import ServiceName, failure, ready, serve, tell
from sextant.stack.stack import Service, Stack

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A real local Kafka, Postgres and Valkey: no installation, no container.",
    epilog="Example: sextant stack up",
)


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
            progress=tell,
        )
        services: list[Service] | None = [name.value for name in only] if only else None
        for line in stack.up(services).as_lines():
            typer.echo(line)
    except StackError as error:
        raise failure(error) from None


@app.command(epilog="Example: sextant stack down --root /tmp/three")
def down(root: Root = DEFAULT_ROOT) -> None:
    """Stop every server of the folder. Data stays: delete the folder to start anew."""
    try:
        Stack(root, progress=tell).down()
    except StackError as error:
        raise failure(error) from None


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
        prepare_kafka(tell)
    except StackError as error:
        raise failure(error) from None


app.command(
    epilog="Example: sextant stack serve kafka --host 0.0.0.0 --port 9092 --advertise kafka:9092 --data /data"
)(serve)
app.command(epilog="Example: sextant stack ready postgres --data /data")(ready)
