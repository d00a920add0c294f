"""When breakers open, how they close, and what they say."""

from __future__ import annotations

from itertools import pairwise

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from services.breaker.bootstrap import breaker_stage
from sextant.contracts.commands import sign
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.commands import is_signed, sign_command
from sextant.core.errors import InvalidValue
from sextant.core.time import SECOND
from sextant.runtime.settings import Platform
from sextant.runtime.stage import StageSpec
from tests.support.stages import Run, Side, Step, Timer, make_input, run_split

KEY = b"operators only"
DAY_S = 86_400
HALT, FLAT_ALL = control_pb2.COMMAND_KIND_HALT, control_pb2.COMMAND_KIND_FLAT_ALL
RESUME, SET = control_pb2.COMMAND_KIND_RESUME, control_pb2.COMMAND_KIND_SET_PARAMETER
PLATFORM = Platform.model_validate(
    {
        "assets": ["BTC"],
        "venues": {
            "alpha": {
                "protocol": "binance-spot",
                "operator": "o",
                "rest_url": "http://127.0.0.1:1",
                "stream_url": "ws://127.0.0.1:1",
            }
        },
        "portfolios": {"main": {"limits": {"maximum_daily_loss": "100"}}, "calm": {}},
    }
)
STAGE = breaker_stage(PLATFORM, KEY)
MAIN = "portfolio/main"


class Story:
    """Steps in order; each record gets the next offset of its topic."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._offset = 0

    def command(
        self, kind: control_pb2.CommandKind, at_s: int, scope: str = "global", key: bytes = KEY
    ) -> Story:
        message = control_pb2.Command(command_id=f"c{at_s}", operator="ada", kind=kind, scope=scope)
        message.command_time.CopyFrom(Timestamp(seconds=at_s))
        sign(message, key)
        self._offset += 1
        self.steps.append(make_input("control.commands.v1", message.command_id, message, self._offset))
        return self

    def equity(self, equity: float, at_s: int = 0, start: float = 1_000.0, name: str = "main") -> Story:
        message = ledger_pb2.Portfolio(portfolio=name, equity=equity, day_start_equity=start)
        message.state_time.CopyFrom(Timestamp(seconds=at_s))
        self._offset += 1
        self.steps.append(Side(make_input("ledger.portfolios.v1", name, message, self._offset)))
        return self

    def timer(self, at_s: int) -> Story:
        self.steps.append(Timer(at_s * SECOND))
        return self

    def run(self, spec: StageSpec = STAGE) -> Run:
        return run_split(spec, self.steps)

    def said(self, spec: StageSpec = STAGE) -> list[risk_pb2.Breaker]:
        return [m for m in self.run(spec).messages("risk.breakers.v1") if isinstance(m, risk_pb2.Breaker)]

    def states(self, scope: str = "global") -> list[str]:
        """Return the states of one scope as they were said, without repetition."""
        names = [
            risk_pb2.BreakerState.Name(each.state).removeprefix("BREAKER_STATE_")
            for each in self.said()
            if each.scope == scope
        ]
        return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def test_every_timer_says_every_breaker() -> None:
    said = Story().timer(5).said()
    assert [each.scope for each in said] == ["global", "portfolio/calm", MAIN]
    assert {(each.state, each.cause, each.epoch) for each in said} == {(risk_pb2.BREAKER_STATE_CLOSED, "", 1)}
    assert said[0].state_time.seconds == 5
    outputs = Story().timer(5).run().outputs
    assert [(each.key, each.partition_key) for each in outputs] == [(each.scope, each.scope) for each in said]


@pytest.mark.parametrize(("kind", "word"), [(HALT, "HALT"), (FLAT_ALL, "FLAT_ALL")])
def test_an_operator_opens_a_breaker_at_once(kind: control_pb2.CommandKind, word: str) -> None:
    (said,) = Story().command(kind, 1, MAIN).said()
    assert (said.scope, said.state) == (MAIN, risk_pb2.BREAKER_STATE_OPEN)
    assert (said.cause, said.epoch) == (f"{word} by ada", 2)


def test_a_resume_is_a_trial_first_and_then_closes() -> None:
    story = Story().timer(0).command(HALT, 1).command(RESUME, 2).timer(3).timer(12).timer(13)
    assert story.states() == ["CLOSED", "OPEN", "HALF_OPEN", "CLOSED"]
    epochs = [each.epoch for each in story.said() if each.scope == "global"]
    assert epochs == [1, 2, 3, 3, 3, 4]


def test_a_new_cause_ends_a_trial() -> None:
    story = Story().timer(0).command(HALT, 1).command(RESUME, 2).timer(3).command(HALT, 4).timer(60)
    assert story.states() == ["CLOSED", "OPEN", "HALF_OPEN", "OPEN"]


def test_epochs_of_all_breakers_come_from_one_counter() -> None:
    story = Story().command(HALT, 1, MAIN).command(HALT, 2).command(RESUME, 3, MAIN)
    assert [(each.scope, each.epoch) for each in story.said()] == [(MAIN, 2), ("global", 3), (MAIN, 4)]


def test_an_old_resume_sent_again_undoes_nothing() -> None:
    story = Story().command(HALT, 1).command(RESUME, 2).command(HALT, 3).command(RESUME, 2).timer(4)
    assert story.states() == ["OPEN", "HALF_OPEN", "OPEN"]


def test_a_resume_of_everything_also_lifts_what_operators_ordered_of_portfolios_and_no_loss() -> None:
    story = Story().command(FLAT_ALL, 1, MAIN).command(RESUME, 2).timer(3).timer(13)
    assert story.states(MAIN) == ["OPEN", "HALF_OPEN", "CLOSED"]
    lost = Story().equity(800.0).command(HALT, 1, MAIN).command(RESUME, 2).timer(3)
    assert lost.states(MAIN) == ["OPEN"]
    assert [each.cause for each in lost.said() if each.scope == MAIN][
        -1
    ] == "daily loss 200.00000000 above 100"
    newer = Story().command(HALT, 3, MAIN).command(RESUME, 2).timer(4)
    assert newer.states(MAIN) == ["OPEN"]


def test_commands_that_are_not_signed_by_our_key_are_refused() -> None:
    assert Story().command(HALT, 1, key=b"stolen").said() == []
    assert Story().command(HALT, 1).said(breaker_stage(PLATFORM)) == []
    assert Story().command(HALT, 1, scope="portfolio/nobody").said() == []
    assert Story().command(SET, 1).said() == []


def test_a_daily_loss_above_the_maximum_opens_the_portfolios_breaker() -> None:
    assert Story().equity(900.0).said() == []
    (said,) = Story().equity(900.0).equity(899.99).said()
    assert (said.scope, said.state) == (MAIN, risk_pb2.BREAKER_STATE_OPEN)
    assert said.cause == "daily loss 100.01000000 above 100"
    assert Story().equity(0.0, name="stranger").said() == []


def test_a_loss_stays_open_when_equity_recovers_and_ends_with_the_day() -> None:
    story = Story().equity(800.0, 10).equity(1_000.0, 20).timer(30)
    assert story.states(MAIN) == ["OPEN"]
    story.equity(800.0, DAY_S + 1, start=800.0).timer(DAY_S + 2)
    assert story.states(MAIN) == ["OPEN", "CLOSED"]


def test_a_late_record_of_the_day_before_does_not_open_again() -> None:
    story = Story().equity(800.0, 10).equity(800.0, DAY_S, start=800.0).equity(800.0, DAY_S - 1).timer(DAY_S)
    assert story.states(MAIN) == ["OPEN", "CLOSED"]


def test_after_a_resume_the_loss_counts_from_the_equity_then() -> None:
    story = Story().equity(800.0).command(RESUME, 1, MAIN).equity(750.0).timer(1).timer(11)
    assert story.states(MAIN) == ["OPEN", "HALF_OPEN", "CLOSED"]
    assert story.equity(699.0).states(MAIN) == ["OPEN", "HALF_OPEN", "CLOSED", "OPEN"]


def test_an_equity_that_is_no_number_opens() -> None:
    (said,) = Story().equity(float("nan")).said()
    assert said.state == risk_pb2.BREAKER_STATE_OPEN


def test_a_signature_needs_a_key_and_the_same_bytes() -> None:
    signature = sign_command(KEY, b"halt")
    assert is_signed(KEY, b"halt", signature)
    assert not is_signed(KEY, b"resume", signature)
    assert not is_signed(None, b"halt", signature)
    assert not is_signed(b"", b"halt", signature)
    with pytest.raises(InvalidValue, match="operator key"):
        sign_command(b"", b"halt")


scopes = st.sampled_from(["global", MAIN, "portfolio/calm", "portfolio/nobody"])
steps = st.one_of(
    st.tuples(st.just("command"), st.sampled_from([HALT, FLAT_ALL, RESUME, SET]), st.integers(0, 30), scopes),
    st.tuples(
        st.just("equity"), st.sampled_from([1_000.0, 850.0, 700.0, float("nan")]), st.integers(0, 2 * DAY_S)
    ),
    st.tuples(st.just("timer"), st.integers(0, 60)),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(steps, max_size=30), st.data())
def test_cuts_and_snapshots_change_nothing_and_epochs_only_grow(
    told: list[tuple[object, ...]], data: st.DataObject
) -> None:
    story = Story()
    for name, *arguments in told:
        getattr(story, str(name))(*arguments)
    places = st.sets(st.integers(0, len(told)))
    whole = story.run()
    assert run_split(STAGE, story.steps, data.draw(places), data.draw(places)) == whole
    for scope in ("global", MAIN):
        said = [each for each in story.said() if each.scope == scope]
        for before, after in pairwise(said):
            assert (after.epoch > before.epoch) == (after.state != before.state)
