"""The three servers serve real clients, and end with whoever owns them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from sextant.stack import Stack, StackAddresses
from sextant.stack.errors import ServerDied, StackError
from sextant.stack.identity import process_identity
from sextant.stack.ports import one_port
from sextant.stack.records import Records


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


async def test_a_20_mb_record_comes_back_from_kafka(kafka_bootstrap: str) -> None:
    frame = os.urandom(20 * 1024 * 1024)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("stack.frames.v1", 1, 1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(
        bootstrap_servers=kafka_bootstrap, max_request_size=32 * 1024 * 1024
    ) as producer:
        await producer.send_and_wait("stack.frames.v1", frame)
    async with AIOKafkaConsumer(
        "stack.frames.v1", bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        assert (await asyncio.wait_for(consumer.getone(), 30)).value == frame


async def test_a_topic_that_nobody_made_is_not_made_by_asking(kafka_bootstrap: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, request_timeout_ms=1000) as producer:
        with pytest.raises(KafkaError):
            await producer.send_and_wait("stack.unheard.v1", b"lost")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        assert "stack.unheard.v1" not in await admin.list_topics()
    finally:
        await admin.close()


async def test_postgres_answers_who_knows_the_password_only(postgres_dsn: str) -> None:
    connection = await asyncpg.connect(postgres_dsn)
    try:
        assert await connection.fetchval("select current_database()") == postgres_dsn.rpartition("/")[2]
        assert await connection.fetchval("show fsync") == "on"
    finally:
        await connection.close()
    user_and_password, _, rest = postgres_dsn.rpartition("@")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"{user_and_password}x@{rest}")


def test_valkey_answers_who_knows_the_password_only(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.set("stack:test", "1", ex=60)
        assert client.get("stack:test") == b"1"
    with (
        redis.Redis.from_url(f"redis://{valkey_url.rpartition('@')[2]}") as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_all_three_have_addresses(stack: StackAddresses) -> None:
    assert [line.partition("=")[0] for line in stack.as_lines()] == [
        "SEXTANT_KAFKA",
        "SEXTANT_POSTGRES",
        "SEXTANT_VALKEY",
    ]


def test_stacks_live_side_by_side_and_keep_their_data(tmp_path: Path) -> None:
    with (
        Stack(tmp_path / "one", services=["valkey"]) as one,
        Stack(tmp_path / "two", services=["valkey"]) as two,
    ):
        urls = [one.addresses().valkey_url, two.addresses().valkey_url]
        for number, url in enumerate(urls):
            with redis.Redis.from_url(url) as client:
                client.set("number", number)
        assert one.up().valkey_url == urls[0], "up again changes nothing"
    assert one.status() == two.status() == []
    with Stack(tmp_path / "one", services=["valkey"]) as again:
        assert again.addresses().valkey_url == urls[0], "the port is kept while it is free"
        with redis.Redis.from_url(urls[0]) as client:
            assert client.get("number") == b"0"


OWNER = """
import os, signal, sys, time
from pathlib import Path
from sextant.stack import Stack
stack = Stack(Path(sys.argv[1]), services=sys.argv[2].split(","))
stack.up()
print("up", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_server_outlives_an_owner_that_was_ended_by(number: signal.Signals, tmp_path: Path) -> None:
    services = "kafka,postgres,valkey" if number is signal.SIGKILL else "postgres,valkey"
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path), services],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        records = Records(tmp_path).all()
        assert len(records) == services.count(",") + 1
        owner.send_signal(number)
    assert until(lambda: not any(record.is_alive() for record in records))
    assert until(lambda: Records(tmp_path).all() == [])


def test_a_killed_stack_starts_again_though_other_processes_have_its_pids(tmp_path: Path) -> None:
    """Both our records and Postgres's own lock file name pids that unrelated processes were given since."""
    stack = Stack(tmp_path, services=["postgres", "valkey"])
    stack.up()
    before = Records(tmp_path).all()
    for record in before:
        os.killpg(record.pid, signal.SIGKILL)
    assert until(lambda: not any(record.is_alive() for record in before))
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as bystander:
        try:
            for record in before:
                Records(tmp_path).write(type(record)(**vars(record) | {"pid": bystander.pid}))
            lock = tmp_path / "postgres" / "data" / "postmaster.pid"
            _, _, rest = lock.read_text().partition("\n")
            lock.write_text(f"{bystander.pid}\n{rest}")
            assert not any(server.running for server in stack.status())
            stack.up()
            assert all(server.running for server in stack.status())
            stack.down()
            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_a_port_taken_meanwhile_costs_one_more_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with Stack(tmp_path / "first", services=["valkey"]) as first:
        taken = first.status()[0].ports[0]
        offers = [taken]

        def taken_first(fixed: int, kept: Path, host: str) -> int:
            return offers.pop() if offers else one_port(fixed, kept, host)

        monkeypatch.setattr("sextant.stack.valkey.one_port", taken_first)
        with Stack(tmp_path / "second", services=["valkey"], progress=said.append) as second:
            assert second.status()[0].ports[0] != taken
    assert "valkey: a port was taken meanwhile, trying again with others" in said


def test_a_chosen_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with Stack(tmp_path / "first", services=["valkey"]) as first:
        taken = first.status()[0].ports[0]
        with pytest.raises(StackError, match=f"was {taken}, which is taken"):
            Stack(tmp_path / "second", services=["valkey"], valkey_port=taken).up()


def test_a_server_that_dies_while_starting_shows_its_last_words_and_leaves_nothing(tmp_path: Path) -> None:
    with Stack(tmp_path, services=["postgres"]):
        pass
    version = tmp_path / "postgres" / "data" / "PG_VERSION"
    version.write_text("9\n")
    stack = Stack(tmp_path, services=["postgres", "valkey"])
    with pytest.raises(ServerDied, match=r"(?s)postgres ended while starting.*incompatible"):
        stack.up()
    assert stack.status() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_has_a_stack_of_their_own() -> None:
    """All three servers, as `nobody`, who may read this installation but write only the folder."""
    code = (
        "import os, sys; from pathlib import Path; from sextant.stack.launcher import become\n"
        "become(65534, 65534, search=True)\n"
        "from sextant.stack import Stack\n"
        "stack = Stack(Path(sys.argv[1]) / 'root')\n"
        "stack.up(); print(os.geteuid(), len(stack.status()), all(s.running for s in stack.status())); stack.down()\n"
    )
    # Not below pytest's own folder, which is closed to other users: the JVM checks each path as the user it is.
    with tempfile.TemporaryDirectory(prefix="sextant-ordinary-") as folder:
        Path(folder).chmod(0o777)
        done = subprocess.run(
            [sys.executable, "-c", code, folder], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.stdout == "65534 3 True\n", done.stderr
        assert {path.stat().st_uid for path in (Path(folder) / "root").rglob("*")} == {65534}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders closed to the server's account")
def test_root_runs_postgres_below_a_closed_folder_without_opening_it(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Stack(closed / "root", services=["postgres"]) as stack:
        (server,) = stack.status()
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        assert process_identity(server.pid) is not None
        stack.create_database("made")
    assert closed.stat().st_mode & 0o777 == 0o700
