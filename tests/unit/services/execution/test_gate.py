"""When an order may be sent: closed is the answer to every doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.execution.domain.events import Closed, GateClosed, GateOpened
from services.execution.domain.gate import Breaker, Circumstances, check
from services.execution.domain.halts import Halts, Level, Word
from sextant.core.time import SECOND
from sextant.core.vocabulary import BreakerState
from tests.unit.services.execution.test_machine import TERMS

NOW = 100 * SECOND
ORDER = replace(TERMS, valid_until_ns=NOW, breaker_epoch=4)
REDUCING = replace(ORDER, is_reduce_only=True, breaker_epoch=1)


def seen(state: BreakerState = BreakerState.CLOSED, **changes: Any) -> Circumstances:
    breakers = {"global": Breaker(state, 4), "portfolio/main": Breaker(BreakerState.CLOSED, 2)}
    return Circumstances(**{"breakers": breakers, "breakers_heard_ns": NOW, **changes})


def halted(level: Level, scope: str = "global") -> Halts:
    halts = Halts()
    halts.hear(Word("c", scope, level, 1))
    return halts


def test_an_approval_of_the_current_epoch_passes_and_the_clock_reading_is_kept() -> None:
    assert check(ORDER, seen(), venue_ns=NOW, monotonic_ns=NOW) == GateOpened(NOW)


@pytest.mark.parametrize(
    ("circumstances", "venue_ns", "monotonic_ns", "reason", "cause"),
    [
        (seen(), NOW + 1, NOW, "approval expired 1 ns ago", Closed.EXPIRED),
        (seen(), NOW, NOW + 2 * SECOND + 1, "breakers silent for 2000000001 ns", Closed.SILENT),
        (seen(breakers_heard_ns=None), NOW, NOW, "breakers were not heard yet", Closed.SILENT),
        (seen(breakers={"global": Breaker(BreakerState.CLOSED, 4)}), NOW, NOW, "breaker portfolio/main is not known", Closed.BREAKER),
        (seen(BreakerState.OPEN), NOW, NOW, "breaker global is open", Closed.BREAKER),
        (seen(breakers={"global": Breaker(BreakerState.CLOSED, 5), "portfolio/main": Breaker(BreakerState.CLOSED, 1)}),
         NOW, NOW, "approved in breaker epoch 4, now 5", Closed.BREAKER),
        (seen(halts=halted(Level.HALTED)), NOW, NOW, "halted by the operator", Closed.HALTED),
        (seen(halts=halted(Level.FLAT, "portfolio/main")), NOW, NOW, "flattened by the operator", Closed.HALTED),
    ],
)  # fmt: skip
def test_what_closes_the_gate(
    circumstances: Circumstances, venue_ns: int, monotonic_ns: int, reason: str, cause: Closed
) -> None:
    assert check(ORDER, circumstances, venue_ns=venue_ns, monotonic_ns=monotonic_ns) == GateClosed(
        venue_ns, reason, cause
    )


def test_reducing_orders_pass_an_open_breaker_and_a_halt_but_not_a_flattened_scope_nor_silence() -> None:
    for circumstances in (seen(BreakerState.OPEN), seen(halts=halted(Level.HALTED))):
        assert isinstance(check(REDUCING, circumstances, venue_ns=NOW, monotonic_ns=NOW), GateOpened)
    assert isinstance(
        check(REDUCING, seen(halts=halted(Level.FLAT)), venue_ns=NOW, monotonic_ns=NOW), GateClosed
    )
    assert isinstance(check(REDUCING, seen(), venue_ns=NOW, monotonic_ns=NOW + 3 * SECOND), GateClosed)


def test_an_operators_closing_order_always_passes() -> None:
    circumstances = seen(BreakerState.OPEN, halts=halted(Level.FLAT), breakers_heard_ns=None)
    assert check(ORDER, circumstances, venue_ns=NOW + 9, monotonic_ns=NOW, is_operators=True) == GateOpened(
        NOW + 9
    )


@given(
    words=st.lists(
        st.builds(
            Word,
            st.text("abc", min_size=1, max_size=2),
            st.sampled_from(["global", "portfolio/main", "portfolio/other"]),
            st.sampled_from(list(Level)),
            st.integers(0, 5),
        ),
        max_size=8,
    ),
    data=st.data(),
)
def test_the_newest_words_count_whatever_the_order_and_however_often(
    words: list[Word], data: st.DataObject
) -> None:
    one, other = Halts(), Halts()
    for word in words:
        one.hear(word)
    for word in data.draw(st.permutations([*words, *words])):
        other.hear(word)
    assert [one.level(name) for name in ("main", "other", "x")] == [
        other.level(name) for name in ("main", "other", "x")
    ]


def test_a_resume_of_everything_lifts_older_words_of_portfolios() -> None:
    halts = halted(Level.FLAT, "portfolio/main")
    assert halts.level("main") is Level.FLAT
    halts.hear(Word("r", "global", Level.RUNNING, 2))
    assert halts.level("main") is Level.RUNNING
    assert not halts.is_any
