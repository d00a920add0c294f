"""Every line is JSON with its service, whoever says it; a library that repeats itself is heard now and then, and counted."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from sextant.telemetry.logs import REPEAT_S, LibraryLines, make_logger


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def library(clock: Clock | None = None) -> logging.Logger:
    """Return a library's logger; it writes to what standard error is now."""
    log = make_logger(service="ingest", instance="1", region="tokyo", level="INFO", form="json")
    found = logging.Logger("aiokafka.producer")
    found.addHandler(LibraryLines(log, clock or Clock()))
    return found


def test_what_a_library_says_is_a_line_of_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    library().warning("Unable to connect to node %s", 1)
    (line,) = lines(capsys)
    assert line.pop("time")
    assert line == {
        "event": "Unable to connect to node 1",
        "level": "warning",
        "logger": "aiokafka.producer",
        "service": "ingest",
        "instance": "1",
        "region": "tokyo",
    }


def test_the_reason_of_an_exception_comes_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("no such codec")
    except ValueError:
        library().exception("cannot read")
    (line,) = lines(capsys)
    assert line["level"] == "error"
    assert line["exception"][0]["exc_value"] == "no such codec"


def test_the_same_line_is_said_once_in_a_while_with_how_often_it_was_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    log = library(clock)
    for _ in range(5):
        log.warning("refused")
        log.warning("closed %s", clock.now_s)
        clock.now_s += REPEAT_S / 4
    assert [
        (line["event"], line.get("repeated")) for line in lines(capsys) if line["event"] == "refused"
    ] == [
        ("refused", None),
        ("refused", 3),
    ]


def test_the_same_line_with_another_exception_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    log = library()
    for reason in ("first", "second", "second"):
        try:
            raise ValueError(reason)
        except ValueError:
            log.exception("cannot handle a request")
    assert [line["exception"][0]["exc_value"] for line in lines(capsys)] == ["first", "second"]


def test_no_number_of_different_lines_takes_memory_without_end() -> None:
    log = library()
    (handler,) = log.handlers
    assert isinstance(handler, LibraryLines)
    for number in range(5_000):
        log.warning("order %s", number)
    assert len(handler._said) <= 1_000


def test_a_line_that_cannot_be_put_together_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    library().warning("%d", "not a number")
