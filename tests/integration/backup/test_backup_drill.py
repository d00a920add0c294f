"""The drill: books that are put back from an older backup catch up from the log, and a lost topic comes back at its offsets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from services.archive.adapters.parquet import ParquetArchive
from sextant.bus.kafka import KafkaBus
from sextant.bus.port import Outgoing, Record, TopicPartition
from sextant.cli.main import main
from sextant.contracts.topics import TOPICS
from sextant.demo.children import Children
from sextant.demo.loopback import get
from sextant.demo.plan import SHIPPED_CONFIG
from sextant.demo.report.reading import Sieve
from sextant.stack import Stack, StackError
from sextant.stack.platforms import check_platform
from tests.support.ledger import ENTRIES, QUANTITY, fill

_LONGEST_S = 60.0
_OPENINGS = 3


@dataclass
class Place:
    """A broker and a database of their own, and the ledger as a process."""

    kafka: str
    dsn: str
    folder: Path
    children: Children

    def ledger(self) -> None:
        port = self.folder / "ledger.json"
        port.unlink(missing_ok=True)
        variables = {
            "SEXTANT_CONFIG": str(SHIPPED_CONFIG),
            "SEXTANT_KAFKA": self.kafka,
            "SEXTANT_POSTGRES": self.dsn,
            "SEXTANT_PORT_FILE": str(port),
        }
        self.children.start("ledger", "services.ledger", [], variables)
        until(
            lambda: port.exists() and get(json.loads(port.read_text())["health"], "/health/ready")[0] == 200
        )
        self.children.by_name["ledger"].has_been_ready = True

    def stop(self) -> None:
        assert self.children.stop(["ledger"]) == []

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        async def ask() -> list[tuple[Any, ...]]:
            db = await asyncpg.connect(self.dsn)
            try:
                return [tuple(row) for row in await db.fetch(query)]
            finally:
                await db.close()

        return asyncio.run(ask())

    def send(self, records: Sequence[Outgoing]) -> None:
        self.on_bus(lambda bus: bus.producer().send(records))

    def read(self, at: TopicPartition) -> Sequence[Record]:
        found: Sequence[Record] = self.on_bus(lambda bus: bus.read(at))
        return found

    def on_bus(self, ask: Callable[[KafkaBus], Any]) -> Any:
        async def work() -> Any:
            bus = await KafkaBus(self.kafka, client_id="drill").start()
            try:
                return await ask(bus)
            finally:
                await bus.stop()

        return asyncio.run(work())

    def booked(self) -> int:
        return int(self.sql("select count(*) from ledger.entries where kind = 2")[0][0])

    def command(self, *arguments: str) -> int:
        where = ("--kafka", self.kafka)
        dsn = ("--postgres", self.dsn) if arguments[0] in ("create", "restore") else ()
        return main(["backup", *arguments, *where, *dsn])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    try:
        check_platform()
    except StackError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("drill")
    stack = Stack(folder / "stack", services=["kafka", "postgres"], disk_cap_mb=1024)
    children = Children(folder / "logs")
    try:
        addresses = stack.up()
        assert main(["topics", "create", "--kafka", addresses.bootstrap]) == 0
        yield Place(addresses.bootstrap, addresses.postgres_dsn, folder, children)
    finally:
        children.stop_all()
        stack.down()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.1)


BOOKS = "select account, asset, amount from ledger.balances order by 1, 2"
CHAIN = "select entry_id, number from ledger.entries order by portfolio, number"


def test_restored_books_catch_up_and_a_lost_topic_comes_back(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = place.folder / "backup"
    place.ledger()
    place.send([fill(number) for number in range(1, 6)])
    until(lambda: place.booked() == 5)
    assert place.command("create", "--to", str(backup)) == 0, "services go on while a backup is made"
    then = place.sql(BOOKS)
    place.send([fill(number) for number in range(6, 26)])
    until(lambda: place.booked() == 25)
    assert place.command("restore", str(backup), "--only", "ledger") == 2, "not while the ledger is connected"
    assert "stop the services" in capsys.readouterr().err
    place.stop()
    books, chain, days = place.sql(BOOKS), place.sql(CHAIN), place.sql("select * from ledger.days")

    assert place.command("verify", str(backup)) == 0
    assert place.command("restore", str(backup), "--only", "ledger") == 0
    out = capsys.readouterr().out
    assert "20 records behind the log" in out
    assert place.sql(BOOKS) == then != books
    place.ledger()
    until(lambda: place.booked() == 25)
    place.stop()
    assert place.sql(BOOKS) == books
    assert place.sql(CHAIN) == chain
    assert place.sql("select * from ledger.days") == days
    bought = {amount for account, asset, amount in books if asset == "BTC" and account.startswith("venue:")}
    assert 25 * QUANTITY in {Decimal(amount) for amount in bought}

    entries = place.read(ENTRIES)
    sieve = Sieve(ENTRIES.topic, compares=True)
    applied = [record for record in entries if sieve.take(record) is not None]
    assert (len(applied), sieve.redelivered) == (25 + _OPENINGS, 20), (
        "what is said again has the ids that it had"
    )
    assert not sieve.contradictions
    assert not sieve.problems

    archive = ParquetArchive(place.folder / "archive")
    archive.write(ENTRIES.topic, ENTRIES.partition, entries)
    delete(place.kafka, ENTRIES.topic)
    assert (
        main(
            [
                "backup",
                "topic",
                ENTRIES.topic,
                "--archive",
                str(place.folder / "archive"),
                "--kafka",
                place.kafka,
            ]
        )
        == 0
    )
    again = place.read(ENTRIES)
    assert [(each.offset, each.key, each.value, dict(each.headers)) for each in again] == [
        (each.offset, each.key, each.value, dict(each.headers)) for each in entries
    ]
    assert (
        main(
            [
                "backup",
                "topic",
                ENTRIES.topic,
                "--archive",
                str(place.folder / "archive"),
                "--kafka",
                place.kafka,
            ]
        )
        == 2
    )
    place.ledger()
    place.send([fill(26)])
    until(lambda: place.booked() == 26)
    until(lambda: len(place.read(ENTRIES)) == len(entries) + 1)
    place.stop()


def test_an_archive_that_begins_late_keeps_its_offsets(place: Place) -> None:
    """Retention has let go of the first records before they were archived: the others lie where they lay."""
    topic, partition = "control.audit.v1", 0
    records = [
        Record(topic, partition, offset, b"chain", b"%d" % offset, {"i": b"x"}, 1_700_000_000_000)
        for offset in range(5_003, 5_013)
    ]
    ParquetArchive(place.folder / "late").write(topic, partition, records)
    assert (
        main(["backup", "topic", topic, "--archive", str(place.folder / "late"), "--kafka", place.kafka]) == 0
    )
    again = place.read(TopicPartition(topic, partition))
    assert [(each.offset, each.value) for each in again] == [(each.offset, each.value) for each in records]


def test_a_journal_is_not_put_back_before_orders_that_the_log_knows(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = place.folder / "journal"
    asyncio.run(migrated(place.dsn))
    assert place.command("create", "--to", str(backup)) == 0
    place.send([fill(27)])
    assert place.command("restore", str(backup)) == 2
    assert "knows no order after it" in capsys.readouterr().err
    assert place.command("restore", str(backup), "--forget-orders") == 0
    sequences = dict(place.sql("select partition, next_sequence from execution.outboxes"))
    assert sequences == {ENTRIES.partition: 28}, "a place that the log has seen is not given out again"


def test_a_backup_that_was_changed_is_refused(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    backup = place.folder / "spoilt"
    assert place.command("create", "--to", str(backup)) == 0
    file = backup / "ledger.balances.copy.zst"
    file.write_bytes(file.read_bytes()[:-1])
    assert main(["backup", "verify", str(backup), "--kafka", place.kafka]) == 1
    assert "another checksum" in capsys.readouterr().out
    assert place.command("restore", str(backup), "--only", "ledger") == 2


async def migrated(dsn: str) -> None:
    from services.execution.adapters.postgres import PostgresJournal

    await (await PostgresJournal.connect(dsn)).close()


def delete(kafka: str, topic: str) -> None:
    """Lose a topic, and wait until it is gone."""

    async def work() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await admin.start()
        try:
            await admin.delete_topics([topic])
            while topic in await admin.list_topics():  # noqa: ASYNC110  # a server is asked: it sets no event
                await asyncio.sleep(0.1)
        finally:
            await admin.close()

    asyncio.run(work())
    assert topic in TOPICS
