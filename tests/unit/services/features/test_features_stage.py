"""Features as a stage: vectors stand on the fix and the book of their moment, and batching or a restore change nothing."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.features.bootstrap import features_stage
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import reference_pb2, validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.runtime.settings.platform import Platform
from tests.support.batches import candles, depth, event_batch, quotes, status, trades
from tests.support.stages import Run, Side, Step, make_input, make_inputs, run_split

MS = 1_000_000
SECOND = 1_000 * MS
T0 = 1_700_000_000 * SECOND
NAME = "alpha:BTC/USDT"
PLATFORM = Platform.model_validate(
    {
        "assets": ["BTC"],
        "venues": {
            "alpha": {"protocol": "binance-spot", "operator": "a", "rest_url": "x", "stream_url": "x"}
        },
        "features": {"ema": [2, 3], "rsi": 2, "volatility_bars": 3},
    }
)
SPEC = features_stage(PLATFORM)
VALID = validated_pb2.VENUE_VERDICT_VALID
INVALID = validated_pb2.VENUE_VERDICT_BOOK_INVALID


def validated(
    batch: mirror.EventBatch,
    verdict: validated_pb2.VenueVerdict = VALID,
    number: int = 1,
    lists_verdicts: bool = True,
) -> tuple[str, validated_pb2.ValidatedBatch]:
    own = validated_pb2.Verdict(instrument=batch.instrument, verdict=verdict, mid=100.0)
    fix = validated_pb2.Fix(
        asset="BTC",
        currency="USD",
        price=100.0,
        number=number,
        venues=3,
        verdicts=[own] if lists_verdicts else [],
    )
    message = validated_pb2.ValidatedBatch(
        batch=batch.SerializeToString(),
        instrument=batch.instrument,
        event_time_ns=batch.event_time_ns,
        fix=fix,
        verdict=own,
    )
    return "BTC", message


def run(*batches: tuple[str, validated_pb2.ValidatedBatch]) -> Run:
    return run_split(SPEC, make_inputs("market.validated.v1", batches))


def vectors(of: Run) -> list[features_pb2.FeatureVector]:
    return cast(list[features_pb2.FeatureVector], of.messages("features.vectors.v1"))


def test_a_vector_stands_on_bar_book_fix_and_verdict() -> None:
    done = run(
        validated(event_batch(NAME, T0, trades=trades((T0, 10_000, 2_000), (T0 + 5, 10_100, 1_000)))),
        validated(
            event_batch(NAME, T0 + 1_250 * MS, quotes=quotes((T0, 9_999, 10_001), quantity=(30, 10))),
            lists_verdicts=False,
            number=7,
        ),
    )
    (vector,) = vectors(done)
    assert vector.instrument == NAME
    assert vector.horizon_ns == SECOND
    assert vector.event_time_ns == T0 + SECOND
    assert vector.newest_event_time_ns == T0 + 1_250 * MS
    assert vector.candle.close == pytest.approx(101.0)
    assert vector.candle.volume == pytest.approx(3.0)
    assert vector.candle.trades == 2
    assert (vector.bid, vector.ask) == pytest.approx((99.99, 100.01))
    assert vector.values["book_imbalance"] == pytest.approx(0.5)
    assert vector.values["spread_bp"] == pytest.approx(2.0)
    assert vector.values["vwap"] == pytest.approx((100.0 * 2 + 101.0) / 3)
    assert "ema_2" not in vector.values
    assert vector.fix.number == 7
    assert [verdict.instrument for verdict in vector.fix.verdicts] == [NAME]
    assert not vector.is_warm_up
    assert done.messages("features.candles.v1") == [vector.candle]


def test_a_broken_book_gives_no_book_values_and_says_so() -> None:
    (vector,) = vectors(
        run(
            validated(
                event_batch(NAME, T0, trades=trades((T0, 10_000, 1)), quotes=quotes((T0, 9_999, 10_001)))
            ),
            validated(event_batch(NAME, T0 + 1_250 * MS, depth=depth(T0, 0, 0)), INVALID),
        )
    )
    assert vector.verdict.verdict == INVALID
    assert (vector.bid, vector.ask) == (0.0, 0.0)
    assert not {"book_imbalance", "spread_bp"} & set(vector.values)


def test_history_is_published_as_warm_up_without_fix_or_book() -> None:
    rows = [(T0 + index * SECOND, 100, 101, 99, 100 + index, 1_000) for index in range(-5, 0)]
    done = run(validated(event_batch(NAME, T0, candles=candles(*rows))))
    said = vectors(done)
    assert [vector.event_time_ns for vector in said] == [T0 + index * SECOND for index in range(-4, 1)]
    assert all(vector.is_warm_up and vector.candle.from_history for vector in said)
    assert not any(vector.HasField("fix") or vector.bid for vector in said)
    assert "ema_3" in said[-1].values
    assert done.messages("risk.parameters.v1") == []


def test_candles_of_another_length_or_still_open_do_not_warm_up() -> None:
    row = (T0, 100, 101, 99, 100, 1_000)
    batches = [
        validated(event_batch(NAME, T0, candles=candles(row, interval_ns=60 * SECOND))),
        validated(event_batch(NAME, T0, candles=candles(row, is_closed=0))),
    ]
    assert run(*batches).outputs == ()


def test_contracts_are_counted_in_base_units() -> None:
    name = "alphacoinm:BTC/USD:BTC"
    listing = reference_pb2.Instrument(
        instrument=name, kind=reference_pb2.INSTRUMENT_KIND_INVERSE, contract_size={"value": "100"}
    )
    batches = [
        validated(event_batch(name, T0, trades=trades((T0, 5_000_000, 2_000)))),
        validated(event_batch(name, T0 + 1_250 * MS, statuses=status(T0))),
    ]
    side = Side(make_input("market.instruments.v1", name, listing, 0))
    (vector,) = vectors(run_split(SPEC, [side, *make_inputs("market.validated.v1", batches)]))
    assert vector.candle.volume == pytest.approx(2 * 100 / 50_000)


def test_risk_parameters_come_with_live_volatility_every_five_seconds() -> None:
    batches = [
        validated(event_batch(NAME, T0 + at * SECOND, trades=trades((T0 + at * SECOND, 10_000 + at % 2, 1))))
        for at in range(20)
    ]
    said = cast(list[risk_pb2.Parameters], run(*batches).messages("risk.parameters.v1"))
    times = [(message.event_time_ns - T0) // SECOND for message in said]
    assert times == [4, 9, 14]
    assert all(0 < message.size_multiplier <= 1 and message.volatility > 0 for message in said)


@st.composite
def batch(draw: st.DrawFn) -> tuple[str, validated_pb2.ValidatedBatch]:
    name = draw(st.sampled_from([NAME, "beta:BTC/USDT"]))
    at = T0 + draw(st.integers(0, 12_000)) * MS
    price = draw(st.integers(9_900, 10_100))
    match draw(st.sampled_from(["trades", "trades", "quotes", "status", "history"])):
        case "trades":
            made = event_batch(name, at, trades=trades((at - draw(st.integers(0, 500)) * MS, price, 5)))
        case "quotes":
            made = event_batch(name, at, quotes=quotes((at, price, price + draw(st.integers(-1, 3)))))
        case "history":
            first = at - at % SECOND - 6 * SECOND
            rows = [
                (first + index * SECOND, price, price + 9, price - 9, price + index, 7) for index in range(6)
            ]
            made = event_batch(name, at, candles=candles(*rows))
        case _:
            made = event_batch(name, at, statuses=status(at))
    verdict = draw(st.sampled_from([VALID, INVALID]))
    return validated(made, verdict, draw(st.integers(1, 9)), draw(st.booleans()))


@settings(max_examples=60, deadline=None)
@given(st.lists(batch(), max_size=25), st.sets(st.integers(0, 25)), st.sets(st.integers(0, 25), max_size=4))
def test_batching_and_restoring_change_nothing(
    taken: list[tuple[str, validated_pb2.ValidatedBatch]], splits: set[int], snapshot_points: set[int]
) -> None:
    steps: list[Step] = list(make_inputs("market.validated.v1", taken))
    whole = run_split(SPEC, steps)
    assert run_split(SPEC, steps, splits, snapshot_points) == whole
    for name in (NAME, "beta:BTC/USDT"):
        opened = [vector.event_time_ns for vector in vectors(whole) if vector.instrument == name]
        assert opened == sorted(set(opened))
