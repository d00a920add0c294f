"""Servers as the main process of a container: fixed ports, a chosen password, data that outlives every end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError

from sextant.stack.ports import free_ports

COMMAND = [sys.executable, "-c", "from sextant.stack.commands import app; app()"]
READY_S = 90.0


class Container:
    """One server's data and port, served and ended as often as a test likes."""

    def __init__(self, service: str, data: Path) -> None:
        self.service, self.data = service, data
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None

    def serve(self, *options: str) -> None:
        place = ("--data", str(self.data), "--port", str(self.port))
        command = [*COMMAND, "serve", self.service, *place, *options]
        self._process = subprocess.Popen(command, start_new_session=True)
        deadline = time.monotonic() + READY_S
        while not self.is_ready():
            assert self._process.poll() is None, "it ended while starting"
            assert time.monotonic() < deadline, "it did not serve in time"
            time.sleep(0.1)

    def is_ready(self) -> bool:
        return self._listens() and self._asked().returncode == 0

    def _listens(self) -> bool:
        """Whether the port is open: much sooner known than by a command."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _asked(self) -> subprocess.CompletedProcess[bytes]:
        place = ("--data", str(self.data), "--port", str(self.port))
        return subprocess.run([*COMMAND, "ready", self.service, *place], capture_output=True, check=False)

    def end(self, number: signal.Signals) -> int:
        """End the main process and wait until the server is gone too."""
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(60)
        deadline = time.monotonic() + 60
        while self._listens() and time.monotonic() < deadline:
            time.sleep(0.1)
        self._process = None
        return code

    def crash(self) -> None:
        """End everything at once, as the end of a container's first process does."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(60)
        time.sleep(0.5)  # a server's helpers end by themselves when they see that it is gone
        self._process = None

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.end(signal.SIGTERM)


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Callable[[str], Container]]:
    made: list[Container] = []

    def make(service: str) -> Container:
        made.append(Container(service, tmp_path / service))
        return made[-1]

    yield make
    for each in made:
        each.close()


async def test_postgres_keeps_its_data_and_takes_the_password_of_the_day(
    container: Callable[[str], Container], tmp_path: Path
) -> None:
    """A cluster's secret may be made anew while the volume stays; a volume may come back open to the pod's group."""
    postgres, secret = container("postgres"), tmp_path / "secret"
    secret.write_text("it's the first\n")
    postgres.serve("--password-file", str(secret), "--host", "0.0.0.0")
    await query(postgres, "it's the first", "create table kept (number int); insert into kept values (7)")
    postgres.crash()

    secret.write_text("the second\n")
    os.chmod(postgres.data / "data", 0o770)
    postgres.serve("--password-file", str(secret), "--host", "0.0.0.0")
    assert await query(postgres, "the second", "select number from kept") == 7
    with pytest.raises(asyncpg.InvalidPasswordError):
        await query(postgres, "it's the first", "select 1")
    assert postgres.end(signal.SIGTERM) == 0
    assert not any(
        "second" in path.read_text(errors="replace") for path in (postgres.data / "logs").iterdir()
    )


async def query(postgres: Container, password: str, statement: str) -> object:
    connection = await asyncpg.connect(
        host="127.0.0.1", port=postgres.port, user="postgres", password=password, database="postgres"
    )
    try:
        return (
            await connection.fetchval(statement)
            if statement.startswith("select")
            else await connection.execute(statement)
        )
    finally:
        await connection.close()


def test_valkey_loses_no_more_than_a_second_by_a_kill(container: Callable[[str], Container]) -> None:
    valkey = container("valkey")
    valkey.serve("--password", "secret")
    with redis.Redis(port=valkey.port, password="secret") as client:
        client.set("kept", "7")
        time.sleep(2)
    valkey.crash()
    valkey.serve("--password", "other")
    with redis.Redis(port=valkey.port, password="other") as client:
        assert client.get("kept") == b"7"
    assert valkey.end(signal.SIGTERM) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its starter's end")
def test_a_server_does_not_outlive_the_process_that_serves_it(container: Callable[[str], Container]) -> None:
    valkey = container("valkey")
    valkey.serve("--password", "secret")
    assert valkey.end(signal.SIGKILL) == -signal.SIGKILL
    assert not valkey.is_ready()
    valkey.serve("--password", "secret")


async def test_kafka_keeps_acknowledged_records_and_says_the_address_it_was_told(
    container: Callable[[str], Container],
) -> None:
    kafka = container("kafka")
    advertised = f"localhost:{kafka.port}"
    kafka.serve("--host", "0.0.0.0", "--advertise", advertised, "--disk-cap-mb", "512")
    here = f"127.0.0.1:{kafka.port}"
    admin = AIOKafkaAdminClient(bootstrap_servers=here)
    await admin.start()
    await admin.create_topics([NewTopic("served", 1, 1)])
    brokers = (await admin.describe_cluster())["brokers"]
    await admin.close()
    assert [f"{broker['host']}:{broker['port']}" for broker in brokers] == [advertised]
    async with AIOKafkaProducer(bootstrap_servers=here, acks="all") as producer:
        for number in range(50):
            await producer.send_and_wait("served", b"%d" % number)
    kafka.crash()
    with pytest.raises(KafkaConnectionError):
        await AIOKafkaProducer(bootstrap_servers=here).start()

    kafka.serve("--host", "0.0.0.0", "--advertise", advertised, "--disk-cap-mb", "512")
    async with AIOKafkaConsumer("served", bootstrap_servers=here, auto_offset_reset="earliest") as consumer:
        records = [await asyncio.wait_for(consumer.getone(), 30) for _ in range(50)]
    assert [int(record.value) for record in records] == list(range(50))
    assert kafka.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("kafka", "--advertise", "kafka"), "--advertise: expected HOST:PORT, was 'kafka'"),
        (("postgres", "--password-file", os.devnull), "expected a password in /dev/null, which is empty"),
        (("postgres", "--password-file", "/nowhere/password"), "/nowhere/password"),
    ],
)
def test_a_wrong_option_is_a_sentence(options: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "serve", *options, "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert expected in done.stderr


@pytest.mark.parametrize("service", ["kafka", "postgres", "valkey"])
def test_to_ask_a_server_that_was_never_started_makes_nothing_up(service: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "ready", service, "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"{service}: does not serve" in done.stderr
    assert list(tmp_path.iterdir()) == []
