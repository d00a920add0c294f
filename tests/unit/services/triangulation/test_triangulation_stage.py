"""Triangulation as a stage: every batch passes untouched, and neither batching nor a restore changes what is said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triangulation.bootstrap import triangulation_stage
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import reference_pb2, validated_pb2
from sextant.core.vocabulary import Judgement
from sextant.runtime.settings.platform import Platform
from tests.support.batches import BOOK_INVALID, depth, event_batch, quotes, status, trades
from tests.support.stages import Side, Step, make_input, make_inputs, run_split

MS = 1_000_000
PLATFORM = Platform.model_validate(
    {
        "assets": ["BTC", "ETH"],
        "venues": {
            name: {"protocol": "binance-spot", "operator": name, "rest_url": "x", "stream_url": "x"}
            for name in ("alpha", "beta", "gamma", "delta")
        },
        "triangulation": {"fixed_rates": {"USDT": "1"}},
    }
)
SPEC = triangulation_stage(PLATFORM)


def quote_batch(venue: str, at_ms: int, bid: int, asset: str = "BTC") -> tuple[str, mirror.EventBatch]:
    at = at_ms * MS
    return asset, event_batch(f"{venue}:{asset}/USDT", at, quotes=quotes((at, bid, bid + 2)))


def validated(run_outputs: Sequence[object]) -> list[validated_pb2.ValidatedBatch]:
    return [message for message in run_outputs if isinstance(message, validated_pb2.ValidatedBatch)]


def test_judgements_equal_the_wire() -> None:
    wire = {
        name.removeprefix("VENUE_VERDICT_"): number for name, number in validated_pb2.VenueVerdict.items()
    }
    assert wire == {judgement.name: int(judgement) for judgement in Judgement}


def test_every_batch_is_passed_on_untouched_with_verdict_and_fix() -> None:
    inputs = make_inputs(
        "market.events.v1", [quote_batch(venue, 1_000, 10_000) for venue in ("alpha", "beta", "gamma")]
    )
    said = validated(run_split(SPEC, inputs).messages("market.validated.v1"))
    assert [message.batch for message in said] == [record.raw for record in inputs]
    last = said[-1]
    assert last.instrument == "gamma:BTC/USDT"
    assert last.event_time_ns == 1_000 * MS
    assert last.fix.price == pytest.approx(100.01)
    assert (last.fix.currency, last.fix.asset) == ("USD", "BTC")
    assert last.fix.quality == validated_pb2.FIX_QUALITY_GOOD
    assert last.verdict.verdict == validated_pb2.VENUE_VERDICT_VALID
    assert [verdict.instrument for verdict in last.fix.verdicts] == [
        f"{venue}:BTC/USDT" for venue in ("alpha", "beta", "gamma")
    ]


def test_a_broken_book_is_an_anomaly_that_names_its_batch_and_so_is_its_end() -> None:
    at = 1_000 * MS
    name = "alpha:BTC/USDT"
    batches = [
        event_batch(name, at, depth=depth(at, 10_000, 10_002)),
        event_batch(name, at, statuses=status(at, BOOK_INVALID)),
        event_batch(name, at, depth=depth(at, 0, 0)),
        event_batch(name, at, depth=depth(at, 10_000, 10_002)),
    ]
    inputs = make_inputs("market.events.v1", [("BTC", batch) for batch in batches])
    anomalies = run_split(SPEC, inputs).messages("market.anomalies.v1")
    assert [(anomaly.verdict, anomaly.position.offset) for anomaly in anomalies] == [  # type: ignore[attr-defined]
        (validated_pb2.VENUE_VERDICT_BOOK_INVALID, 1),
        (validated_pb2.VENUE_VERDICT_VALID, 3),
    ]


def test_the_newer_of_quote_and_depth_counts() -> None:
    at = 1_000 * MS
    newer_depth = event_batch(
        "alpha:BTC/USDT",
        at,
        quotes=quotes((at, 10_000, 10_002)),
        depth=depth(at, 11_000, 11_002, arrival=1),
    )
    older_depth = event_batch(
        "alpha:BTC/USDT",
        at,
        quotes=quotes((at, 10_000, 10_002), arrival=1),
        depth=depth(at, 11_000, 11_002),
    )
    inputs = make_inputs("market.events.v1", [("BTC", newer_depth), ("BTC", older_depth)])
    mids = [said.verdict.mid for said in validated(run_split(SPEC, inputs).messages("market.validated.v1"))]
    assert mids == pytest.approx([110.01, 100.01])


venues = st.sampled_from(["alpha", "beta", "gamma", "delta"])


@st.composite
def batches(draw: st.DrawFn) -> tuple[str, mirror.EventBatch]:
    venue, asset = draw(venues), draw(st.sampled_from(["BTC", "ETH"]))
    at = draw(st.integers(0, 6_000)) * MS
    name = f"{venue}:{asset}/USDT"
    bid, ask = draw(st.integers(9_900, 10_100)), draw(st.integers(9_900, 10_100))
    match draw(st.sampled_from(["quotes", "depth", "status", "broken", "trades", "both"])):
        case "quotes":
            return asset, event_batch(name, at, quotes=quotes((at, bid, ask)))
        case "depth":
            return asset, event_batch(name, at, depth=depth(at, bid, ask, update_id=at // MS))
        case "status":
            return asset, event_batch(name, at, statuses=status(at))
        case "broken":
            return asset, event_batch(name, at, statuses=status(at, BOOK_INVALID))
        case "trades":
            return asset, event_batch(name, at, trades=trades((at, bid, 5)))
        case _:
            both = {"quotes": quotes((at, bid, ask)), "depth": depth(at, bid - 1, ask, arrival=1)}
            return asset, event_batch(name, at, **both)


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    records: list[Step] = list(make_inputs("market.events.v1", draw(st.lists(batches(), max_size=25))))
    for number in range(draw(st.integers(0, 2))):
        venue = draw(venues)
        clock = reference_pb2.VenueClock(venue=venue, offset_ns=draw(st.integers(-3_000, 3_000)) * MS)
        side = Side(make_input("market.clocks.v1", venue, clock, number))
        records.insert(draw(st.integers(0, len(records))), side)
    name = f"{draw(venues)}:BTC/USDT"
    listing = reference_pb2.Instrument(
        instrument=name,
        venue=name.partition(":")[0],
        operator="alpha",
        base="BTC",
        quote="USDT",
        kind=reference_pb2.INSTRUMENT_KIND_SPOT,
    )
    records.insert(
        draw(st.integers(0, len(records))), Side(make_input("market.instruments.v1", name, listing, 0))
    )
    return records


@settings(max_examples=60, deadline=None)
@given(steps(), st.sets(st.integers(0, 28)), st.sets(st.integers(0, 28), max_size=4))
def test_batching_and_restoring_change_nothing(
    taken: list[Step], splits: set[int], snapshot_points: set[int]
) -> None:
    assert run_split(SPEC, taken, splits, snapshot_points) == run_split(SPEC, taken)
