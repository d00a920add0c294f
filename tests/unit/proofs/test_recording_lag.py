"""Lag of a recorded run: every stage is judged by the tick that its record begins at, and silence is no good mark."""

from __future__ import annotations

from pathlib import Path

from proofs.market.findings import DECISIONS, FRAMES, ORDERS, TIMED, read_findings
from proofs.market.lag import Passage
from proofs.recording import lag_shortfalls, line_lags
from sextant.core.time import SECOND
from tests.unit.demo.report_story import EVENTS, VALIDATED, VECTORS, Story

SPEED = 10.0
#: Ten ticks, a second of event time apart, each appended when it is due.
IN_STEP = [Passage(number * SECOND, 5_000 + 100 * number) for number in range(10)]
LINE = (FRAMES, *TIMED, ORDERS)


def shortfalls(**changes: list[Passage]) -> list[str]:
    """Return what falls short where everything is in step but for the given topics (dots as underscores)."""
    bent = {name.replace("_", "."): own for name, own in changes.items()}
    return list(lag_shortfalls(line_lags(dict.fromkeys(LINE, IN_STEP) | bent, SPEED)))


def test_a_line_in_step_falls_short_nowhere() -> None:
    assert shortfalls() == []


def test_a_vector_that_comes_late_is_named_though_frames_and_triangulation_are_in_step() -> None:
    late = [*IN_STEP[:5], Passage(5 * SECOND, 5_500 + 210), *IN_STEP[6:]]
    assert shortfalls(features_vectors_v1=late) == [
        "features.vectors.v1: expected at most 2.0 s of event time behind, was 2.10 s"
    ]


def test_an_order_after_the_time_to_catch_up_is_named() -> None:
    (behind, late) = shortfalls(execution_orders_v1=[*IN_STEP, Passage(9 * SECOND, 5_900 + 10_100)])
    assert behind.startswith("execution.orders.v1: expected at most 2.0 s of event time behind")
    assert late == "execution.orders.v1: expected to have caught up 10.0 s after the last frame, was 10.1 s"


def test_a_stage_that_said_nothing_is_not_in_step() -> None:
    assert shortfalls(strategies_signals_v1=[]) == [
        "strategies.signals.v1: expected records that a recorded tick caused, was none"
    ]


async def test_records_stand_for_the_receive_stamp_of_the_tick_that_they_begin_at(tmp_path: Path) -> None:
    story = Story()
    for number, batch in enumerate(story.messages(EVENTS)):
        batch.receive_time_ns = number

    found = await read_findings((await story.evidence(tmp_path)).bus)

    stamps = {topic: [passage.stamp_ns for passage in own] for topic, own in found.passages.items()}
    assert tuple(stamps) == LINE
    assert stamps[VALIDATED] == list(range(9))
    # "one", "two" and the refused "three" begin at the first three batches; orders at the tick of their decision.
    assert stamps[VECTORS] == stamps[DECISIONS] == [0, 1, 2]
    assert stamps[ORDERS] == [0, 1]
