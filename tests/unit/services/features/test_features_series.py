"""Bars by event time, and how the venue's history and the live stream come together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.features.domain.bars import Bar, from_candle
from services.features.domain.catalogue import Periods
from services.features.domain.series import Closed, Seen, Series, Trade

SECOND = 1_000_000_000
MS = 1_000_000
T0 = 1_700_000_000 * SECOND
PERIODS = Periods(ema=(2,), rsi=2, volatility=2)


def series() -> Series:
    return Series.of(PERIODS, SECOND, 250 * MS)


def trade(at_s: float, price: float, quantity: float = 1.0) -> Trade:
    return Trade(T0 + round(at_s * SECOND), price, quantity)


def live(*trades: Trade, at_s: float | None = None) -> Seen:
    event_time_ns = T0 + round(at_s * SECOND) if at_s is not None else max(one.time_ns for one in trades)
    return Seen(event_time_ns, is_live=True, trades=trades)


def history(first_s: int, *closes: float, at_s: float | None = None) -> Seen:
    bars = tuple(
        from_candle(T0 + (first_s + index) * SECOND, close, close, close, close, 1.0)
        for index, close in enumerate(closes)
    )
    end_s = first_s + len(closes) if at_s is None else at_s
    return Seen(T0 + round(end_s * SECOND), is_live=False, history=bars)


def opens(closed: list[Closed]) -> list[float]:
    return [(bar.bar.open_ns - T0) / SECOND for bar in closed]


def test_a_bar_closes_when_event_time_has_passed_its_end_by_the_lateness() -> None:
    one = series()
    assert one.observe(live(trade(0.1, 10.0), trade(0.5, 12.0), trade(0.9, 11.0, 3.0))) == []
    assert one.observe(live(at_s=1.249)) == []
    (closed,) = one.observe(live(at_s=1.25))
    assert closed.bar == Bar(T0, 10.0, 12.0, 10.0, 11.0, 5.0, 55.0, 3)


def test_a_trade_inside_the_lateness_still_counts_and_a_later_one_does_not() -> None:
    one = series()
    one.observe(live(trade(0.1, 10.0)))
    one.observe(live(trade(1.2, 11.0)))
    one.observe(live(trade(0.9, 12.0), at_s=1.24))
    (closed,) = one.observe(live(trade(1.3, 11.0)))
    assert (closed.bar.close, closed.bar.trades) == (12.0, 2)
    one.observe(live(trade(0.95, 99.0), at_s=1.3))
    assert one.builder.late == 1


def test_a_silent_instrument_closes_bars_that_repeat_its_close() -> None:
    one = series()
    one.observe(live(trade(0.1, 10.0)))
    closed = one.observe(live(at_s=3.3))
    assert opens(closed) == [0, 1, 2]
    assert [(bar.bar.close, bar.bar.volume, bar.bar.trades) for bar in closed[1:]] == [(10.0, 0.0, 0)] * 2


def test_history_warms_up_and_says_so_and_live_goes_on_behind_it() -> None:
    one = series()
    warm = one.observe(history(-3, 1.0, 2.0, 3.0))
    assert opens(warm) == [-3, -2, -1]
    assert all(closed.bar.is_history for closed in warm)
    assert warm[1].values["ema_2"] == 1.5
    closed = one.observe(live(trade(0.1, 4.0))) + one.observe(live(at_s=1.3))
    assert opens(closed) == [0]
    assert "realised_volatility" in closed[0].values


def test_history_and_live_never_say_a_bar_twice() -> None:
    one = series()
    one.observe(live(trade(0.1, 4.0), trade(0.9, 5.0)))
    warm = one.observe(history(-2, 1.0, 2.0, 3.0, at_s=1.0))
    assert opens(warm) == [-2, -1]
    assert opens(one.observe(live(at_s=1.3))) == [0]
    assert one.observe(history(-2, 1.0, 2.0, 3.0, at_s=1.4)) == []


def test_history_that_comes_late_warms_up_silently() -> None:
    late, early = series(), series()
    late.observe(live(trade(0.1, 4.0)))
    late.observe(live(trade(1.3, 5.0)))
    assert late.observe(history(-3, 1.0, 2.0, 3.0, at_s=1.4)) == []
    early.observe(history(-3, 1.0, 2.0, 3.0))
    early.observe(live(trade(0.1, 4.0)))
    early.observe(live(trade(1.3, 5.0)))
    assert late.observe(live(at_s=2.3))[0].values == early.observe(live(at_s=2.3))[0].values


def test_bars_that_nobody_saw_between_history_and_the_live_stream_are_not_said() -> None:
    one = series()
    one.observe(history(-3, 1.0, 2.0, 3.0))
    assert opens(one.observe(live(trade(2.1, 4.0), at_s=3.4))) == [2]


def test_candles_of_a_live_stream_do_not_take_the_place_of_live_bars() -> None:
    one = series()
    one.observe(history(-2, 1.0, 2.0))
    one.observe(live(trade(0.1, 4.0)))
    assert one.observe(history(0, 4.0, at_s=1.05)) == []
    (closed,) = one.observe(live(at_s=1.3))
    assert not closed.bar.is_history


def test_candles_fill_what_was_missed_while_the_stream_was_silent() -> None:
    one = series()
    one.observe(live(trade(0.1, 4.0)))
    one.observe(live(trade(1.3, 4.0)))
    filled = one.observe(history(-5, *range(1, 16), at_s=10.0))
    assert opens(filled) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert all(closed.bar.is_history for closed in filled)
    assert opens(one.observe(live(trade(10.2, 4.0), at_s=11.3))) == [10]


def test_after_a_long_silence_the_series_begins_anew() -> None:
    one = series()
    one.observe(live(trade(0.1, 4.0)))
    one.observe(live(at_s=5.0))
    closed = one.observe(live(trade(4_000.1, 8.0), at_s=4_000.9)) + one.observe(live(at_s=4_001.3))
    assert opens(closed) == [4_000]
    assert closed[0].values.keys() == {"vwap"}


def test_a_price_that_is_none_is_refused() -> None:
    one = series()
    one.observe(live(trade(0.1, 0.0), trade(0.2, 5.0)))
    assert one.builder.refused == 1
    assert opens(one.observe(live(at_s=1.3))) == [0]


moments = st.lists(
    st.tuples(st.integers(0, 30_000), st.integers(1, 100), st.booleans()), min_size=1, max_size=60
)


@given(moments)
def test_bars_are_contiguous_ordered_and_hold_every_trade_that_was_in_time(
    said: list[tuple[int, int, bool]],
) -> None:
    one = series()
    closed: list[Closed] = []
    taken = 0
    for at_ms, price, is_trade in said:
        at = T0 + at_ms * MS
        trades = (Trade(at, float(price), 1.0),) if is_trade else ()
        taken += is_trade
        closed += one.observe(Seen(at, is_live=True, trades=trades))
    closed += one.observe(Seen(T0 + 40 * SECOND, is_live=True))
    opened = [bar.bar.open_ns for bar in closed]
    assert opened == list(range(opened[0], opened[0] + len(opened) * SECOND, SECOND)) if opened else not taken
    assert sum(bar.bar.trades for bar in closed) + one.builder.late == taken
    assert all(bar.bar.low <= min(bar.bar.open, bar.bar.close) for bar in closed)
    assert all(bar.bar.high >= max(bar.bar.open, bar.bar.close) for bar in closed)
