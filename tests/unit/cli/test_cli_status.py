"""What `sextant status` and `sextant watch` print of what the operator API answers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.console.domain.changes import Change
from services.console.domain.picture import Picture
from services.console.domain.summary import summarise
from services.console.messages import change_message, picture_message
from services.console.state import Reader
from sextant.cli.status_tables import print_picture
from sextant.cli.watch import tell
from sextant.contracts.examples.values import ORDER_ID
from sextant.contracts.operator.v1 import api_pb2
from tests.unit.services.console.story import NOW, STARTED, example, told


def test_status_tells_what_an_operator_looks_at_first(capsys: pytest.CaptureFixture[str]) -> None:
    print_picture(picture_message(summarise(told(), NOW)))
    out = capsys.readouterr().out
    assert "still reading" in out
    for words in ("alpha", "GOOD", "UNKNOWN", ORDER_ID, "99,999.00", "NOTHING_TO_REDUCE", "CLOSED", "1,204"):
        assert words in out
    assert "tick to order" in out


def test_of_nothing_it_says_only_the_time_and_the_venues(capsys: pytest.CaptureFixture[str]) -> None:
    print_picture(picture_message(summarise(Picture("paper", ("alpha",), STARTED), NOW)))
    out = capsys.readouterr().out
    assert "alpha" in out
    assert "never" in out
    assert "orders" not in out


@pytest.mark.parametrize(
    ("topic", "name", "words"),
    [
        ("execution.orders.v1", "unknown", f"order    {ORDER_ID}"),
        ("execution.fills.v1", "taker", "buy 0.02380"),
        ("risk.breakers.v1", "closed", "CLOSED"),
        ("risk.decisions.v1", "refused", "NOTHING_TO_REDUCE"),
    ],
)
def test_a_change_is_one_line(topic: str, name: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    changes: list[Change] = []
    Reader(Picture("sim", ("alpha",), STARTED), changes.append).take([example(topic, name)], NOW)
    for is_json in (False, True):
        tell(change_message(changes[0]), json=is_json)
    plain, document = capsys.readouterr().out.splitlines()
    assert words in plain
    assert document.startswith('{"kind": ')


def test_explaining_from_the_log_needs_no_grpc() -> None:
    code = "import sys, sextant.cli.explain; sys.exit('grpc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_beat_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell(api_pb2.WatchResponse(beat=api_pb2.Beat()), json=False)
    assert capsys.readouterr().out == ""
