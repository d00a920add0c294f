"""The console as a process over a real Kafka, asked by the command over TLS: what it serves, and that a kill loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sextant.bus.kafka import KafkaBus
from sextant.bus.port import Outgoing, TopicPartition
from sextant.cli.main import main
from sextant.contracts.commands import is_genuine
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.execution.v1 import execution_pb2
from sextant.demo.loopback import get
from sextant.runtime.commanding import COMMANDS
from sextant.runtime.operator_keys import derive_keys
from sextant.runtime.stamp import open_record
from tests.support.certificates import Authority
from tests.support.resources import CONFIG

SECRET = b"operators of this test only"
ORDERS = "execution.orders.v1"

#: Runs the command and returns (exit code, standard output, standard error).
Cli = Callable[..., tuple[int, str, str]]


class Console:
    """A console process: it can be killed and started again."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder, self._variables = folder, variables
        self.ports_file = folder / "ports.json"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.ports_file.unlink(missing_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEXTANT_")}
        with (self.folder / "console.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.console"],
                env={**inherited, **self._variables, "SEXTANT_PORT_FILE": str(self.ports_file)},
                stdout=log,
                stderr=log,
            )
        self._wait(lambda: get(self._port("health"), "/health/ready")[0] == 200)

    @property
    def api(self) -> str:
        return f"127.0.0.1:{self._port('operator')}"

    def metrics(self) -> str:
        return get(self._port("health"), "/metrics")[1].decode()

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def _port(self, name: str) -> int:
        try:
            return int(json.loads(self.ports_file.read_text())[name])
        except (OSError, ValueError, KeyError):
            return 0

    def _wait(self, is_done: Callable[[], bool]) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 60
        while not (self._port("operator") and is_done()):
            assert self.process.poll() is None, (self.folder / "console.log").read_text()
            assert time.monotonic() < deadline, (self.folder / "console.log").read_text()
            time.sleep(0.1)


@contextmanager
def console(folder: Path, variables: dict[str, str]) -> Iterator[Console]:
    running = Console(folder, variables)
    try:
        running.start()
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.process.kill()
            running.process.wait()


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEXTANT_")]:
        monkeypatch.delenv(name)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


async def send_order(broker: str, order_id: str, state: execution_pb2.OrderState, revision: int) -> None:
    story = EXAMPLES[ORDERS]["pending"].message
    assert isinstance(story, execution_pb2.OrderEvent)
    event = execution_pb2.OrderEvent()
    event.CopyFrom(story)
    event.client_order_id, event.revision, event.state = order_id, revision, state
    bus = await KafkaBus(broker, client_id="test").start()
    try:
        await bus.producer().send([Outgoing(ORDERS, 3, order_id.encode(), event.SerializeToString(), {})])
    finally:
        await bus.stop()


async def commands(broker: str) -> list[control_pb2.Command]:
    bus = await KafkaBus(broker, client_id="test").start()
    try:
        return [open_record(record).value for record in await bus.read(TopicPartition(COMMANDS, 0))]
    finally:
        await bus.stop()


def states(cli: Cli, options: list[str], order_id: str) -> list[tuple[str, int]]:
    code, out, err = cli("status", "--json", *options)
    assert code == 0, err
    working: list[dict[str, Any]] = json.loads(out)["working_orders"]
    return [(order["state"], order["revision"]) for order in working if order["order_id"] == order_id]


def test_operators_are_served_over_tls_and_a_killed_console_comes_back_with_all_it_knew(
    kafka_bootstrap: str, cli: Cli, tmp_path: Path
) -> None:
    assert cli("topics", "create", "--kafka", kafka_bootstrap)[0] == 0
    authority = Authority(tmp_path)
    pair, secret = authority.sign("console"), tmp_path / "operator.secret"
    secret.write_bytes(SECRET)
    order_id = f"test{time.time_ns() % 10**12}"
    asyncio.run(send_order(kafka_bootstrap, order_id, execution_pb2.ORDER_STATE_OPEN, 1))
    variables = {
        "SEXTANT_CONFIG": str(CONFIG),
        "SEXTANT_KAFKA": kafka_bootstrap,
        "SEXTANT_OPERATOR_TOKEN_FILE": str(secret),
        "SEXTANT_OPERATOR_CERT_FILE": str(pair.certificate),
        "SEXTANT_OPERATOR_KEY_FILE": str(pair.key),
        "SEXTANT_DOOR": "127.0.0.1:9",
    }
    with console(tmp_path, variables) as running:
        options = ["--api", running.api, "--secret-file", str(secret), "--ca-file", str(authority.file)]
        assert states(cli, options, order_id) == [("ORDER_STATE_OPEN", 1)]
        assert "sim at" in cli("status", *options)[1]

        code, out, err = cli("halt", *options, "--reason", "a test", "--command-id", f"halt-{order_id}")
        assert code == 0, err
        assert f"HALT halt-{order_id} for global lies in {COMMANDS}" in out
        code, out, _ = cli("flat-all", *options, "--command-id", f"flat-{order_id}", "--json")
        told = json.loads(out)
        assert (code, told["route"]) == (1, "log")
        assert "no emergency door answers" in told["problems"][0]
        said = {command.command_id: command for command in asyncio.run(commands(kafka_bootstrap))}
        key = derive_keys(SECRET).command_key
        assert is_genuine(said[f"halt-{order_id}"], key)
        assert said[f"halt-{order_id}"].arguments["reason"] == "a test"
        assert said[f"flat-{order_id}"].kind == control_pb2.COMMAND_KIND_FLAT_ALL

        plain = ["--api", running.api, "--secret-file", str(secret)]
        assert cli("status", *plain)[0] == 1, "who does not encrypt is not answered"
        assert 'sextant_console_calls_total{code="OK",method="Halt"} 1.0' in running.metrics()

        running.end(signal.SIGKILL)
        asyncio.run(send_order(kafka_bootstrap, order_id, execution_pb2.ORDER_STATE_UNKNOWN, 2))
        running.start()
        options[1] = running.api
        assert states(cli, options, order_id) == [("ORDER_STATE_UNKNOWN", 2)]
        asyncio.run(send_order(kafka_bootstrap, order_id, execution_pb2.ORDER_STATE_CANCELLED, 3))
        deadline = time.monotonic() + 10
        while states(cli, options, order_id) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert states(cli, options, order_id) == []
        assert running.end(signal.SIGTERM) == 0
