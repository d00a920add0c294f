"""`sextant topics`: the registry, and what lies in the log."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from sextant.bus.errors import BusUnavailable
from sextant.bus.kafka.log import KafkaLog
from sextant.cli.broker import Kafka, NoBroker, bootstrap, security
from sextant.cli.printing import Json, print_json, print_line, print_table
from sextant.cli.readable import readable
from sextant.cli.running import run
from sextant.cli.schema import schema_data, schema_text
from sextant.cli.tail import Selection, instant_ms, tail_records
from sextant.contracts.topics import DAY_MS, HOUR_MS, TOPICS, Topic, topic
from sextant.core.errors import InvalidValue

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, describe, tail and create topics.",
    epilog="Example: sextant topics tail execution.orders.v1 --since 5m",
)
Name = Annotated[str, typer.Argument(metavar="TOPIC", help="A topic, such as risk.decisions.v1.")]
_LIST = ("topic", "owner", "consumers", "key", "partitions", "delivery", "kept", "poison")


@app.command("ls", epilog="Example: sextant topics ls --json | jq '.[].topic'")
def list_topics(json: Json = False) -> None:
    """List every topic of the registry. Needs no broker."""
    entries = [_entry(entry) for entry in TOPICS.values()]
    if json:
        print_json(entries)
        return
    rows = [[_cell(entry[column]) for column in _LIST] for entry in entries]
    print_table(_LIST, rows, numbers=("partitions",))


@app.command(epilog="Example: sextant topics describe risk.decisions.v1")
def describe(name: Name, kafka: Kafka = "", json: Json = False) -> None:
    """Show a topic's registry entry, its message in the protos' own words and, where a broker is reachable, its partitions."""
    entry = topic(name)
    live, reason = _live(name, kafka)
    message = entry.message.DESCRIPTOR.full_name
    if json:
        print_json(
            {**_entry(entry), "schema": schema_data(message), "live": live, "live_reason": reason or None}
        )
        return
    for key, value in _entry(entry).items():
        typer.echo(f"{key:<12} {_cell(value)}")
    typer.echo("")
    for line in schema_text(message):
        typer.echo(line)
    typer.echo("")
    if live is None:
        typer.echo(f"partitions   not shown: {reason}")
        return
    columns = ("partition", "oldest", "end", "records")
    rows = [[str(row[column]) for column in columns] for row in live]
    print_table(columns, rows, numbers=columns)


@app.command(epilog="Example: sextant topics tail risk.decisions.v1 --key main --since 10m --limit 5")
def tail(
    name: Name,
    kafka: Kafka = "",
    key: Annotated[str | None, typer.Option(help="Only records with this key.")] = None,
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition.")] = None,
    start: Annotated[int | None, typer.Option("--from", min=0, help="First offset to show.")] = None,
    since: Annotated[
        str, typer.Option(help="Show what came since: an age (30s, 5m, 2h, 1d) or a time in ISO 8601.")
    ] = "",
    decode: Annotated[
        bool, typer.Option("--decode/--no-decode", help="Show messages, or only their sizes.")
    ] = True,
    limit: Annotated[int, typer.Option(min=0, help="Most records to show; 0 shows all.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="One line of JSON a record, also on a terminal.")
    ] = False,
) -> None:
    """Print records as readable JSON: where each lies, when and how it came, and its message.

    Without --from and --since the newest records are shown; with them, those from there on, oldest first.
    """
    if start is not None and since:
        raise InvalidValue("--from and --since", f"{start} and {since}", "one of the two")
    selection = Selection(name, key, partition, start, instant_ms(since) if since else None, limit, follow)
    pretty = sys.stdout.isatty() and not json
    address = bootstrap(kafka)

    async def work() -> None:
        async with KafkaLog(address, security=security()) as log:
            async for record in tail_records(log, selection):
                data = readable(record, decode=decode)
                if pretty:
                    print_json(data)
                else:
                    print_line(data)

    run(work(), interrupted=0)


@app.command(epilog="Example: sextant topics create --kafka 127.0.0.1:9092")
def create(kafka: Kafka = "") -> None:
    """Create every topic of the registry that the broker lacks, dead letters included. Calling again is safe."""
    from sextant.bus.kafka import KafkaBus

    address = bootstrap(kafka)

    async def work() -> tuple[int, int]:
        async with KafkaLog(address, security=security()) as log:
            before = set(await log.topics())
            bus = await KafkaBus(address, client_id="sextant-cli", security=security()).start()
            try:
                await bus.ensure_topics()
            finally:
                await bus.stop()
            after = set(await log.topics())
        return len(after - before), len(after)

    created, there = run(work())
    typer.echo(f"{created} topics created, {there} are there")


def _entry(entry: Topic) -> dict[str, Any]:
    return {
        "topic": entry.name,
        "says": entry.says,
        "message": entry.message.DESCRIPTOR.full_name,
        "owner": entry.owner,
        "written": "yes" if entry.is_written else "not yet",
        "consumers": list(entry.consumers),
        "reserved for": list(entry.reserved_for),
        "key": entry.key,
        "partitions": entry.partitions,
        "delivery": entry.delivery.value,
        "kept": _kept(entry.retention_ms),
        "poison": entry.poison.value,
        "code": entry.code,
    }


def _kept(retention_ms: int | None) -> str:
    if retention_ms is None:
        return "compacted"
    return f"{retention_ms // DAY_MS} d" if retention_ms % DAY_MS == 0 else f"{retention_ms // HOUR_MS} h"


def _cell(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _live(name: str, kafka: str) -> tuple[list[dict[str, int]] | None, str]:
    """Return the partitions as they stand, or why they cannot be shown."""
    try:
        address = bootstrap(kafka)

        async def work() -> list[dict[str, int]]:
            async with KafkaLog(address, security=security()) as log:
                bounds = await log.bounds(await log.partitions(name))
            return [
                {"partition": at.partition, "oldest": oldest, "end": end, "records": end - oldest}
                for at, (oldest, end) in sorted(bounds.items())
            ]

        return run(work()), ""
    except (NoBroker, BusUnavailable, InvalidValue) as error:
        return None, str(error)
