"""`sextant backup`: copies of the databases, whether they are whole and can catch up from the log, and putting back what was lost."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka.log import KafkaLog
from sextant.cli.backing.copying import connected, copy_in, copy_out
from sextant.cli.backing.manifest import Backup, BackupUnusable
from sextant.cli.backing.standing import (
    Unknown,
    bounds_of,
    day_starts,
    go_on_behind,
    places,
    unknown_to_journal,
)
from sextant.cli.broker import Kafka, bootstrap, security, stack_file
from sextant.cli.running import run
from sextant.core.errors import InvalidValue
from sextant.core.time import SECOND
from sextant.stack.addresses import StackAddresses

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Back up and restore the databases, and put back a lost topic.",
    epilog="Example: sextant backup create --to backups/today",
)
_CLIENT: Final = "sextant-backup"
_BOOKS, _JOURNAL = "ledger", "execution"
Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of the backup.")]
Postgres = Annotated[
    str,
    typer.Option("--postgres", envvar="SEXTANT_POSTGRES", help="DSN; by default that of the local stack."),
]
PostgresFile = Annotated[
    Path | None,
    typer.Option(
        "--postgres-file",
        envvar="SEXTANT_POSTGRES_FILE",
        help="File that holds the DSN; wins over --postgres.",
    ),
]


@app.command(epilog="Example: sextant backup create --to backups/today")
def create(
    to: Annotated[Path, typer.Option(help="Folder to make.")],
    kafka: Kafka = "",
    postgres: Postgres = "",
    postgres_file: PostgresFile = None,
) -> None:
    """Copy every service's schema as it stands at one moment, with checksums. Services may go on meanwhile."""
    if to.exists() and any(to.iterdir()):
        raise InvalidValue("--to", str(to), "a folder that is empty or not there yet")
    to.mkdir(parents=True, exist_ok=True)
    to.chmod(0o700)  # orders and balances are nobody else's business
    address, dsn = bootstrap(kafka), _dsn(postgres, postgres_file)

    async def work() -> Backup:
        async with KafkaLog(address, _CLIENT, security=security()) as log:
            ends = {f"{at.topic}/{at.partition}": end for at, (_, end) in (await bounds_of(log)).items()}
        return await copy_out(dsn, to, ends)

    try:
        backup = run(work())
    except BaseException:
        shutil.rmtree(to, ignore_errors=True)
        raise
    for line in _lines(backup):
        typer.echo(line)


@app.command(epilog="Example: sextant backup verify backups/today")
def verify(folder: Folder, kafka: Kafka = "") -> None:
    """Say whether a backup's files are whole, and whether books that are restored from it could catch up from the log as it is now.

    Exits with 1 when not.
    """
    backup, address = Backup.load(folder), bootstrap(kafka)
    wrong = list(backup.problems(folder))

    async def work() -> list[str]:
        async with KafkaLog(address, _CLIENT, security=security()) as log:
            bounds = await bounds_of(log)
        there = {f"{at.topic}/{at.partition}": place for at, place in bounds.items()}
        return [
            f"{where}: ended at {end} then, and holds {place[0]} to {place[1]} now"
            for where, end in backup.ends.items()
            for place in [there.get(where, (0, 0))]
            if not place[0] <= end <= place[1]
        ]

    wrong += run(work())
    for line in [*_lines(backup), *wrong]:
        typer.echo(line)
    if wrong:
        raise typer.Exit(1)
    typer.echo("whole; the log holds everything that came since")


@app.command(epilog="Example: sextant backup restore backups/today --only ledger")
def restore(
    folder: Folder,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Only this schema: ledger or execution (may be repeated)."),
    ] = None,
    forget_orders: Annotated[
        bool,
        typer.Option(
            "--forget-orders", help="Go on although the log knows orders that the restored journal does not."
        ),
    ] = False,
    kafka: Kafka = "",
    postgres: Postgres = "",
    postgres_file: PostgresFile = None,
) -> None:
    """Put the databases back as the backup has them; execution and ledger must both be stopped. What was there stays under another name.

    The ledger catches up from the log when it starts. The journal does not: where the log knows of orders that came after the backup,
    it is restored only with --forget-orders, and those orders are listed.
    """
    backup, address, dsn = Backup.load(folder), bootstrap(kafka), _dsn(postgres, postgres_file)
    schemas = sorted(only or backup.revisions)
    for schema in schemas:
        if schema not in backup.revisions:
            raise InvalidValue("--only", schema, f"one of {', '.join(sorted(backup.revisions))}")
    if wrong := list(backup.problems(folder)):
        raise BackupUnusable("; ".join(wrong))

    async def work() -> tuple[Unknown, list[str]]:
        async with KafkaLog(address, _CLIENT, security=security()) as log:
            bounds = await bounds_of(log)
            if _JOURNAL in schemas and not forget_orders:
                _refuse_to_forget(
                    backup, {f"{at.topic}/{at.partition}": end for at, (_, end) in bounds.items()}
                )
            await copy_in(dsn, folder, backup, schemas, typer.echo)
            async with connected(dsn) as db:
                unknown = await unknown_to_journal(db, log, bounds) if _JOURNAL in schemas else Unknown()
                await go_on_behind(db, unknown)
                standing = await places(db, bounds)
                if _BOOKS in schemas:
                    await day_starts(db, log)
                behind = sum(place.behind for place in standing)
                problems = [problem for place in standing for problem in place.problems()]
        typer.echo(f"the books are {behind} records behind the log, and read them when the ledger starts")
        return unknown, problems

    unknown, problems = run(work())
    for line in unknown.lines():
        typer.echo(f"not in the journal: {line}")
    if unknown.orders:
        typer.echo("cancel what is open of these at the venues before execution starts")
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        typer.echo("put the missing records back first: sextant backup topic", err=True)
        raise typer.Exit(1)


@app.command(epilog="Example: sextant backup topic ledger.entries.v1 --archive archive")
def topic(
    name: Annotated[
        str, typer.Argument(metavar="TOPIC", help="The lost topic; it is created where it is missing.")
    ],
    archive: Annotated[
        Path,
        typer.Option(
            envvar="SEXTANT_ARCHIVE_FOLDER", exists=True, file_okay=False, help="Folder of the archive."
        ),
    ],
    kafka: Kafka = "",
) -> None:
    """Put a lost topic's records back from the archive, each at the offset that it had. Stop who writes it before.

    Whatever remembers a position in it stays right. What the archive had not got yet is gone from the topic.
    """
    from sextant.cli.backing.topics import put_back

    address = bootstrap(kafka)

    async def work() -> int:
        bus = await KafkaBus(address, client_id=_CLIENT, security=security()).start()
        try:
            await bus.ensure_topics()
            return await put_back(bus, name, archive, typer.echo)
        finally:
            await bus.stop()

    typer.echo(f"{run(work())} records of {name} are back")


def _refuse_to_forget(backup: Backup, ends: dict[str, int]) -> None:
    for where, end in sorted(ends.items()):
        if where.startswith("execution.") and end > backup.ends.get(where, 0):
            raise InvalidValue(
                "restoring execution",
                f"{where} at {end}, {end - backup.ends.get(where, 0)} records behind the backup",
                "a log that knows no order after it; --only ledger leaves the journal as it is, --forget-orders lists what is forgotten",
            )


def _lines(backup: Backup) -> list[str]:
    made = datetime.fromtimestamp(backup.made_ns // SECOND, UTC).isoformat()
    tables = {
        schema: sum(table.rows for table in backup.tables if table.schema == schema)
        for schema in backup.revisions
    }
    return [
        f"made {made} by sextant {backup.version}",
        *(f"{schema} at {backup.revisions[schema]}: {rows} rows" for schema, rows in tables.items()),
    ]


def _dsn(given: str, file: Path | None) -> str:
    try:
        dsn = given if file is None else file.read_text(encoding="utf-8").strip()
        return dsn or StackAddresses.load(stack_file()).postgres_dsn
    except (OSError, TypeError, ValueError) as error:
        raise InvalidValue(
            "--postgres or --postgres-file", "nothing that can be used", f"a DSN ({error})"
        ) from error
