"""The command against a real broker: what it prints of topics, records, groups and members."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.archive.adapters.parquet import ParquetArchive
from services.archive.service import ArchiveService
from sextant.bus.kafka import KafkaBus
from sextant.bus.port import Outgoing, TopicPartition
from sextant.contracts.commands import is_genuine
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.examples.values import INTENT_ID, ORDER_ID
from sextant.contracts.places import PLACES
from sextant.contracts.topics import TOPICS
from sextant.runtime.commanding import COMMANDS
from sextant.runtime.operator_keys import derive_keys
from sextant.runtime.stamp import open_record
from tests.contract.consumers import example_record
from tests.integration.cli.conftest import Cli, lines
from tests.support.records import Listener
from tests.support.resources import make_resources
from tests.support.story import Story

_DECISIONS = "risk.decisions.v1"
SECRET = b"operators of this test only"


async def send(broker: str, topic: str, *names: str, partition: int) -> None:
    """Append examples to one partition."""
    bus = await KafkaBus(broker, client_id="test").start()
    try:
        records = [example_record(topic, name) for name in names]
        await bus.producer().send(
            [Outgoing(topic, partition, record.key, record.value, record.headers) for record in records]
        )
    finally:
        await bus.stop()


def test_create_makes_every_topic_and_calling_again_is_safe(broker: str, cli: Cli) -> None:
    code, out, _ = cli("topics", "create", "--kafka", broker)
    assert code == 0
    assert out.startswith("0 topics created")
    code, out, _ = cli("topics", "describe", _DECISIONS, "--kafka", broker, "--json")
    assert code == 0
    assert len(json.loads(out)["live"]) == TOPICS[_DECISIONS].partitions


def test_tail_shows_the_newest_records_decoded(broker: str, cli: Cli) -> None:
    asyncio.run(send(broker, _DECISIONS, "approved", "refused", "refused-before-any-check", partition=2))
    code, out, _ = cli("topics", "tail", _DECISIONS, "--kafka", broker, "--limit", "2", "--partition", "2")
    assert code == 0
    refused, unknown = lines(out)
    assert refused["position"] == f"{_DECISIONS}/2@1"
    assert refused["message"]["refused"]["code"] == "REFUSAL_CODE_NOTHING_TO_REDUCE"
    assert unknown["key"] == "gone"

    _, out, _ = cli("topics", "tail", _DECISIONS, "--kafka", broker, "--key", "gone", "--json")
    assert [row["key"] for row in lines(out)] == ["gone"]
    _, out, _ = cli(
        "topics", "tail", _DECISIONS, "--kafka", broker, "--partition", "2", "--from", "0", "--limit", "1"
    )
    assert lines(out)[0]["message"]["approved"]["quantity"] == "0.02380"
    _, out, _ = cli(
        "topics", "tail", _DECISIONS, "--kafka", broker, "--since", "1h", "--limit", "0", "--no-decode"
    )
    assert len(lines(out)) == 3
    assert "message" not in lines(out)[0]
    _, out, _ = cli("topics", "tail", _DECISIONS, "--kafka", broker, "--since", "2100-01-01")
    assert out == ""


def test_tail_refuses_what_cannot_be_meant(broker: str, cli: Cli) -> None:
    code, _, err = cli("topics", "tail", _DECISIONS, "--kafka", broker, "--partition", "12")
    assert (code, err) == (2, "error: --partition: expected 0 to 11, was '12'\n")
    code, _, err = cli("topics", "tail", _DECISIONS, "--kafka", broker, "--since", "yesterday")
    assert code == 2
    assert "an age such as 5m" in err
    code, _, err = cli("topics", "tail", "no.topic.v1", "--kafka", broker)
    assert code == 2
    assert "no.topic.v1" in err


def test_lag_and_workers_show_members_and_how_far_they_are(broker: str, cli: Cli) -> None:
    topic = "strategies.intents.v1"
    asyncio.run(send(broker, topic, "take", "take", "take", partition=3))

    async def with_member() -> tuple[tuple[int, str, str], tuple[int, str, str]]:
        bus = await KafkaBus(broker, client_id="test").start()
        try:
            consumer = await bus.group("risk", [topic], Listener(), instance="risk-0")
            until = time.monotonic() + 15
            while not await consumer.poll(max_records=10, timeout_s=0.2) and time.monotonic() < until:
                pass
            await consumer.commit({TopicPartition(topic, 3): 1})
            # A second one: a broker that is asked for several groups answers otherwise than for one.
            other = await bus.group("ledger", [topic], Listener(), instance="ledger-0")
            while not await other.poll(max_records=10, timeout_s=0.2) and time.monotonic() < until:
                pass
            ask = ("--kafka", broker, "--group", "risk", "--json")
            return (
                await asyncio.to_thread(cli, "lag", *ask),
                await asyncio.to_thread(cli, "workers", *ask),
            )
        finally:
            await bus.stop()

    (code, out, err), (workers_code, workers_out, _) = asyncio.run(with_member())
    assert code == 0, err
    lag = json.loads(out)
    assert lag["lag"] == 2
    assert lag["partitions"] == [
        {"group": "risk", "topic": topic, "partition": 3, "committed": 1, "end": 3, "lag": 2}
    ]
    (group,) = json.loads(workers_out)
    assert workers_code == 0
    assert group["members"][0]["member"] == "risk-0"
    assert {each["partition"] for each in group["members"][0]["partitions"]} == set(range(12))

    code, out, _ = cli("workers", "--kafka", broker, "--group", "risk")
    assert "nobody" in out
    assert cli("workers", "--kafka", broker)[0] == 0
    code, _, err = cli("lag", "--kafka", broker, "--group", "nobody")
    assert code == 2
    assert "a group that the broker knows (ledger, risk)" in err


@pytest.fixture(scope="module")
def told(broker: str) -> str:
    """The broker, whose log holds the story of one order."""

    async def tell() -> None:
        bus = await KafkaBus(broker, client_id="test").start()
        try:
            await bus.ensure_topics()
            await Story(bus).tell()
        finally:
            await bus.stop()

    asyncio.run(tell())
    return broker


def test_explain_finds_an_order_in_a_real_log(told: str, cli: Cli) -> None:
    broker = told
    code, out, err = cli("explain", ORDER_ID, "--kafka", broker, "--json")
    assert code == 0, err
    steps = json.loads(out)["steps"]
    assert [step["step"] for step in steps] == [
        *("venue frame", "event batch", "fix", "vector", "signal", "intent", "decision"),
        *("order", "order filled", "fill", "postings"),
    ]
    assert all(step["position"] and not step["problem"] for step in steps)
    code, out, _ = cli("explain", ORDER_ID, "--kafka", broker, "--since", "1h")
    assert code == 0
    assert out.startswith(f"order {ORDER_ID}")
    code, _, err = cli("explain", "sxnone", "--kafka", broker)
    assert code == 2
    assert err.startswith("error: order sxnone: not in the index, and nothing of it among")


def test_explain_reads_what_the_archive_has_indexed_and_nothing_else(
    told: str, cli: Cli, tmp_path: Path
) -> None:
    broker = told

    async def archive() -> None:
        """Archive everything once: what is there when it is told to stop is taken and committed."""
        bus = await KafkaBus(broker, client_id="test").start()
        try:
            resources = make_resources("archive", bus, drain_s=30.0)
            stop = asyncio.Event()
            service = ArchiveService(resources, ParquetArchive(tmp_path))
            running = asyncio.create_task(service.run(stop))
            async with asyncio.timeout(60):
                while not sum((await bus.end_offsets(PLACES)).values()):  # noqa: ASYNC110  # the log sets no event
                    await asyncio.sleep(0.2)
            stop.set()
            await running
        finally:
            await bus.stop()

    whole = cli("explain", ORDER_ID, "--kafka", broker, "--json")
    asyncio.run(archive())
    assert cli("explain", ORDER_ID, "--kafka", broker, "--json") == whole
    code, out, _ = cli("explain", INTENT_ID, "--kafka", broker, "--jaeger", "http://jaeger:16686")
    assert code == 0
    assert out.startswith(f"order {INTENT_ID}")
    code, _, err = cli("explain", "sxnone", "--kafka", broker)
    assert code == 2
    assert "among the 0 records that are newer than what is indexed" in err


def test_follow_prints_what_comes_and_ctrl_c_ends_it_without_a_word(broker: str, cli: Cli) -> None:
    topic = "control.commands.v1"
    command = [
        sys.executable,
        "-m",
        "sextant.cli.main",
        "topics",
        "tail",
        topic,
        "--follow",
        "--kafka",
        broker,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            asyncio.run(send(broker, topic, "halt", partition=0))
            first = json.loads(process.stdout.readline())
            asyncio.run(send(broker, topic, "resume", partition=0))
            second = json.loads(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            assert process.wait(15) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()
    assert [first["message"]["kind"], second["message"]["kind"]] == [
        "COMMAND_KIND_HALT",
        "COMMAND_KIND_RESUME",
    ]


async def said(broker: str, operator: str) -> list[control_pb2.Command]:
    """Return what an operator's commands in the log are, oldest first."""
    bus = await KafkaBus(broker, client_id="test").start()
    try:
        records = await bus.read(TopicPartition(COMMANDS, 0))
    finally:
        await bus.stop()
    commands: list[control_pb2.Command] = [open_record(record).value for record in records]
    return [command for command in commands if command.operator == operator]


def test_halt_and_resume_lie_signed_in_the_log(broker: str, cli: Cli, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    common = ("--kafka", broker, "--secret-file", str(secret), "--operator", "ann")
    scope = ("--scope", "portfolio/main")
    code, out, err = cli("halt", *common, *scope, "--reason", "checking fills", "--command-id", "halt-1")
    assert (code, err) == (0, "")
    assert f"halt-1 for portfolio/main lies in {COMMANDS} at offset " in out
    code, out, _ = cli("resume", *common)
    assert code == 0
    assert "for global lies in" in out

    halt, resume = asyncio.run(said(broker, "ann"))
    key = derive_keys(SECRET).command_key
    assert is_genuine(halt, key)
    assert is_genuine(resume, key)
    assert (halt.kind, halt.command_id) == (control_pb2.COMMAND_KIND_HALT, "halt-1")
    assert (halt.scope, halt.operator, dict(halt.arguments)) == (
        "portfolio/main",
        "ann",
        {"reason": "checking fills"},
    )
    assert (resume.kind, resume.scope) == (control_pb2.COMMAND_KIND_RESUME, "global")
    assert resume.command_id.startswith("cli-"), "nobody gave an id: each call is a command of its own"
    assert resume.command_time.ToNanoseconds() > halt.command_time.ToNanoseconds()


def test_a_broker_that_does_not_answer_is_named(cli: Cli, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    code, out, err = cli("halt", "--kafka", "127.0.0.1:9", "--secret-file", str(secret))
    assert (code, out) == (1, "")
    assert "127.0.0.1:9" in err
    assert "Traceback" not in err
