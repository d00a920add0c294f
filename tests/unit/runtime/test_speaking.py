"""A line in the log that speaks of one record or one order names its trace; other lines do not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from structlog.typing import FilteringBoundLogger

from sextant.bus.port import Position, Record
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root, trace_id
from sextant.runtime.lineage import Lineage
from sextant.runtime.speaking import speaking_of, speaking_of_order
from sextant.runtime.stage import Input
from sextant.runtime.stamp import IDENTITY, ROOT_TOPIC, TRACEPARENT, headers_of
from sextant.runtime.trace import traceparent
from sextant.telemetry.logs import make_logger

ROOT = Root.at(ROOT_TOPIC, 3, 41)
HEADER = traceparent(ROOT, b"12345678")
TRACE = trace_id(ROOT).hex()


def logger() -> FilteringBoundLogger:
    return make_logger(service="execution", instance="0", region="local", level="INFO", form="json")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def record(headers: dict[str, bytes], topic: str = "risk.decisions.v1", offset: int = 7) -> Record:
    return Record(topic, 3, offset, b"main", b"", headers, 0)


def test_each_line_names_service_region_and_instance(capsys: pytest.CaptureFixture[str]) -> None:
    logger().info("started")
    [line] = lines(capsys)
    assert (line["service"], line["region"], line["instance"]) == ("execution", "local", "0")
    assert "trace_id" not in line


def test_lines_about_an_order_name_its_trace_and_the_next_ones_do_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = logger()
    with speaking_of_order(HEADER):
        log.warning("outcome unknown", client_order_id="sx1")
    log.info("stopped")
    about, after = lines(capsys)
    assert about["trace_id"] == TRACE
    assert "trace_id" not in after


def test_an_operators_order_has_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    with speaking_of_order(b""):
        logger().info("flattened")
    assert "trace_id" not in lines(capsys)[0]


async def test_what_is_started_about_a_record_speaks_of_it_later_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = logger()

    async def call() -> None:
        await asyncio.sleep(0)
        log.warning("outcome unknown")

    with speaking_of(record({TRACEPARENT: HEADER})):
        task = asyncio.create_task(call())
    await task
    assert lines(capsys)[0]["trace_id"] == TRACE


@pytest.mark.parametrize(
    "about",
    [
        record({TRACEPARENT: HEADER}),
        record(
            headers_of(TOPICS["features.vectors.v1"], Identity(ROOT, b"\0\1"), Lineage()),
            "features.vectors.v1",
        ),
        record({}, ROOT_TOPIC, 41),
        Input(Position("features.vectors.v1", 3, 9), "k", None, b"", Identity(ROOT, b"\0\1"), Lineage()),
        Input(Position(ROOT_TOPIC, 3, 41), "k", None, b"", Identity(Root("alpha/trade", 1, 2)), Lineage()),
    ],
    ids=["traced", "computed", "root", "decoded", "decoded root"],
)
def test_every_record_of_one_tick_speaks_of_one_trace(
    about: Record | Input, capsys: pytest.CaptureFixture[str]
) -> None:
    with speaking_of(about):
        logger().info("seen")
    assert lines(capsys)[0]["trace_id"] == TRACE


def test_a_record_whose_headers_cannot_be_read_is_logged_without_a_trace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with speaking_of(record({IDENTITY: b"?", TRACEPARENT: b"00-zz"})):
        logger().error("partition halted")
    assert "trace_id" not in lines(capsys)[0]
