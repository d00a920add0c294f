"""What makes a proof by kills a failure: a control that only broke something, faults that hit nothing, a doubled record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from proofs.faults.aftermath import Aftermath
from proofs.faults.control import CANDLES, Control, counted_twice
from proofs.faults.midstep import is_ahead
from proofs.faults.striker import Struck
from proofs.faults.takeover import Takeover
from proofs.faults.telling import ControlRun, Outcome, doubled_in
from sextant.bus.port import TopicPartition
from sextant.contracts.features.v1 import features_pb2
from sextant.demo.plan import Plan
from sextant.demo.platform_run import Run
from sextant.demo.report import make_report
from tests.unit.demo.report_story import Story

SOUND = Control(records=100, redelivered=20, changed=0, differing=9, candles=3, trades=4)


@pytest.fixture
async def outcome(tmp_path: Path) -> Outcome:
    """Return a proof that holds: one service killed, one record delivered again."""
    return Outcome(
        seed=7,
        wanted=1,
        struck=[Struck("triangulation", 1.0, 0.5, 3.0)],
        takeovers=[],
        gave_up=[],
        aimed=1,
        report=await make_report(await Story().evidence(tmp_path)),
        aftermath=Aftermath(redelivered={"market.validated.v1": 1}),
        control=SOUND,
    )


def test_a_proof_with_everything_in_it_holds(outcome: Outcome) -> None:
    assert outcome.failures() == []
    assert list(outcome.lines())
    assert outcome.to_json()["failures"] == []


def test_a_whole_control_run_must_name_what_it_doubled(outcome: Outcome) -> None:
    doubled = {CANDLES: ["alpha:BTC/USDT at 0: 4 trades of 3"]}
    other = ControlRun(["lag_zero_at_end: ledger is behind"], {})

    assert replace(outcome, control_run=ControlRun(["anything"], doubled)).failures() == []
    assert replace(outcome, control_run=other).failures() == [
        "control: a whole run without the identity check doubled nothing"
    ]


async def test_doubled_orders_and_doubled_records_are_told_by_name(outcome: Outcome) -> None:
    assert doubled_in(outcome) == {}
    problems = {**outcome.report.problems, "no_order_doubled": ("2 orders of decision d",)}
    bent = replace(
        outcome,
        report=replace(outcome.report, problems=problems),
        aftermath=Aftermath(doubled={CANDLES: ["one"]}),
    )
    assert doubled_in(bent) == {"orders": ("2 orders of decision d",), CANDLES: ["one"]}


@pytest.mark.parametrize("control", [replace(SOUND, changed=1), replace(SOUND, candles=0, trades=0)])
def test_outputs_that_only_differ_are_no_doubling(outcome: Outcome, control: Control) -> None:
    (problem,) = replace(outcome, control=control).failures()
    assert problem.startswith("control: ")


def test_a_doubled_record_fails_the_run_itself(outcome: Outcome) -> None:
    bent = replace(outcome.aftermath, doubled={CANDLES: ["alpha:BTC/USDT at 0: 4 trades of 3"]})
    assert replace(outcome, aftermath=bent).failures() == [
        f"doubled on {CANDLES}: alpha:BTC/USDT at 0: 4 trades of 3"
    ]


def test_faults_that_hit_nothing_prove_nothing(outcome: Outcome) -> None:
    assert replace(outcome, aimed=0).failures() == [
        "aimed: expected a fault while an order was on its way, was none"
    ]
    nothing_again = replace(outcome, aftermath=Aftermath(redelivered={"market.validated.v1": 0}))
    assert nothing_again.failures() == [
        "redelivered: expected records that were said again after a kill, was none"
    ]
    assert replace(nothing_again, struck=[Struck("broker", 1.0, 0.5, 3.0)]).failures() == []


@pytest.mark.parametrize(("has_rejoined", "short"), [(True, 0), (False, 1)])
def test_the_woken_owner_must_have_found_out(
    has_rejoined: bool, short: int, outcome: Outcome, tmp_path: Path
) -> None:
    takeover = Takeover(Run(Plan(tmp_path), print), refusals=1, has_rejoined=has_rejoined)

    assert len(replace(outcome, takeovers=[takeover]).failures()) == short


def test_a_stage_is_mid_step_where_an_answer_is_ahead_of_the_commit() -> None:
    committed = {TopicPartition("market.events.v1", 0): 8, TopicPartition("market.events.v1", 1): 3}
    assert not is_ahead({0: 7, 1: 2}, committed)
    assert is_ahead({0: 7, 1: 3}, committed)
    assert is_ahead({2: 0}, committed)


def said(**trades: int) -> dict[tuple[str, bytes], set[bytes]]:
    """Return what a stage says: candles by name with their number of trades."""
    return {
        (CANDLES, name.encode()): {features_pb2.Candle(trades=count).SerializeToString()}
        for name, count in trades.items()
    }


def test_candles_that_count_more_trades_than_they_should_are_counted() -> None:
    assert counted_twice(said(a=3, b=2, c=1), said(a=3, b=4, c=2)) == (2, 3)
    assert counted_twice(said(a=3, b=2), said(a=3, b=1)) == (0, 0)
