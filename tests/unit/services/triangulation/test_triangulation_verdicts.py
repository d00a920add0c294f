"""Who is believed, at event time."""

from __future__ import annotations

from services.triangulation.domain.triangulator import Triangulator
from services.triangulation.domain.values import Listing, Observation, Rules, Statement, Top
from sextant.core.vocabulary import Judgement

MS = 1_000_000
RULES = Rules(fixed_rates={"USDT": 1.0})


def tell(
    triangulator: Triangulator, venue: str, at_ms: int, bid: float, ask: float, symbol: str = "BTC/USDT"
) -> Statement:
    return triangulator.observe(
        Observation(f"{venue}:{symbol}", venue, at_ms * MS, top=Top(bid, ask, at_ms * MS), is_whole=True)
    )


def judgements(statement: Statement) -> dict[str, Judgement]:
    return {verdict.instrument: verdict.judgement for verdict in statement.verdicts}


def three_venues(rules: Rules = RULES) -> Triangulator:
    triangulator = Triangulator(rules)
    for venue in ("alpha", "beta", "gamma"):
        tell(triangulator, venue, 10_000, 99.0, 101.0)
    return triangulator


def test_the_fix_is_degraded_below_its_quorum_and_good_from_it_on() -> None:
    triangulator = Triangulator(RULES)
    assert not tell(triangulator, "alpha", 1_000, 99.0, 101.0).fix.is_good  # type: ignore[union-attr]  # there is one
    tell(triangulator, "beta", 1_000, 99.0, 101.0)
    fix = tell(triangulator, "gamma", 1_001, 99.0, 101.0).fix
    assert fix
    assert (fix.price, fix.venues, fix.is_good, fix.number) == (100.0, 3, True, 3)


def test_a_quote_older_than_the_bound_goes_stale_by_the_event_time_of_others() -> None:
    triangulator = three_venues()
    tell(triangulator, "alpha", 12_000, 99.0, 101.0)
    assert tell(triangulator, "beta", 12_000, 99.0, 101.0).fix.is_good  # type: ignore[union-attr]  # there is one
    late = tell(triangulator, "alpha", 12_001, 99.0, 101.0)
    assert late.fix
    assert not late.fix.is_good
    assert late.fix.venues == 2
    assert [(c.verdict.instrument, c.verdict.judgement) for c in late.changes] == [
        ("gamma:BTC/USDT", Judgement.STALE)
    ]


def test_silence_is_seen_through_statuses() -> None:
    triangulator = three_venues()
    statement = triangulator.observe(Observation("alpha:BTC/USDT", "alpha", 13_000 * MS, is_whole=True))
    assert statement.own.judgement is Judgement.STALE
    assert statement.fix
    assert (statement.fix.venues, statement.fix.price, statement.fix.is_good) == (0, 100.0, False)


def test_an_outlier_is_named_and_left_out() -> None:
    triangulator = three_venues()
    statement = tell(triangulator, "delta", 10_000, 109.0, 111.0)
    assert statement.own.judgement is Judgement.OUTLIER
    assert abs(statement.own.distance_bp - 1_000.0) < 1e-6
    assert statement.fix
    assert (statement.fix.price, statement.fix.venues) == (100.0, 3)


def test_crossed_one_sided_and_broken_books_do_not_take_part() -> None:
    for top, is_whole in ((Top(101.0, 100.0, 0), True), (Top(101.0, 0.0, 0), True), (None, False)):
        triangulator = three_venues()
        seen = Observation("alpha:BTC/USDT", "alpha", 10_000 * MS, top=top, is_whole=is_whole)
        statement = triangulator.observe(seen)
        assert statement.own.judgement is Judgement.BOOK_INVALID
        assert statement.fix
        assert statement.fix.venues == 2


def test_a_book_takes_part_again_when_it_is_whole_again() -> None:
    triangulator = three_venues()
    triangulator.observe(Observation("alpha:BTC/USDT", "alpha", 10_000 * MS, is_whole=False))
    statement = triangulator.observe(Observation("alpha:BTC/USDT", "alpha", 10_100 * MS, is_whole=True))
    assert statement.own.judgement is Judgement.VALID
    assert [change.before for change in statement.changes] == [Judgement.BOOK_INVALID]


def test_venues_of_one_operator_have_one_voice_and_spot_speaks() -> None:
    rules = Rules(fixed_rates={"USDT": 1.0}, operators={"alpha": "one", "alphausdm": "one"})
    triangulator = Triangulator(rules)
    tell(triangulator, "alphausdm", 1_000, 99.0, 101.0, "BTC/USDT:USDT")
    tell(triangulator, "beta", 1_000, 99.0, 101.0)
    tell(triangulator, "gamma", 1_000, 99.0, 101.0)
    statement = tell(triangulator, "alpha", 1_000, 99.0, 101.0)
    assert statement.fix
    assert statement.fix.venues == 3
    assert judgements(statement)["alpha:BTC/USDT"] is Judgement.VALID
    assert judgements(statement)["alphausdm:BTC/USDT:USDT"] is Judgement.NOT_INDEPENDENT


def test_books_are_voices_of_their_own_where_the_configuration_says_so() -> None:
    rules = Rules(
        fixed_rates={"USDT": 1.0}, is_one_voice_per_operator=False, operators={"alpha": "one", "beta": "one"}
    )
    triangulator = Triangulator(rules)
    tell(triangulator, "alpha", 1_000, 99.0, 101.0)
    assert tell(triangulator, "beta", 1_000, 99.0, 101.0).fix.venues == 2  # type: ignore[union-attr]  # there is one


def test_the_record_of_an_instrument_replaces_what_its_symbol_suggested() -> None:
    triangulator = three_venues()
    triangulator.list_instrument(Listing("alpha:BTC/USDT", "alpha", "beta", "BTC", "USDT", is_spot=True))
    statement = triangulator.observe(Observation("gamma:BTC/USDT", "gamma", 10_001 * MS))
    assert statement.fix
    assert statement.fix.venues == 2


def test_a_quote_asset_without_a_rate_is_converted_by_its_own_markets() -> None:
    triangulator = Triangulator(Rules())
    assert tell(triangulator, "alpha", 1_000, 99.0, 101.0, "BTC/USDC").own.judgement is Judgement.NO_RATE
    tell(triangulator, "beta", 1_000, 0.899, 0.901, "USDC/USD")
    statement = tell(triangulator, "alpha", 1_001, 99.0, 101.0, "BTC/USDC")
    assert statement.own.judgement is Judgement.VALID
    assert abs(statement.own.mid - 90.0) < 1e-9
    silent = tell(triangulator, "alpha", 4_000, 99.0, 101.0, "BTC/USDC")
    assert silent.own.judgement is Judgement.NO_RATE


def test_ages_are_compared_on_one_clock() -> None:
    triangulator = Triangulator(RULES)
    triangulator.set_clock("alpha", 5_000 * MS)
    tell(triangulator, "alpha", 15_000, 99.0, 101.0)
    tell(triangulator, "beta", 10_000, 99.0, 101.0)
    statement = tell(triangulator, "gamma", 10_000, 99.0, 101.0)
    assert statement.fix
    assert statement.fix.is_good
    assert {verdict.age_ns for verdict in statement.verdicts} <= {0}


def test_slower_depth_does_not_replace_a_newer_quote() -> None:
    triangulator = Triangulator(RULES)
    instrument, at = "alpha:BTC/USDT", 1_000 * MS
    triangulator.observe(Observation(instrument, "alpha", at, "spot-0", 1, Top(100.0, 102.0, at, 50)))
    triangulator.observe(
        Observation(instrument, "alpha", at + 1, "spot-0", 1, Top(99.0, 101.0, at, 49), True)
    )
    own = triangulator.observe(Observation(instrument, "alpha", at + 2, "spot-0", 1)).own
    assert own.mid == 101.0
    own = triangulator.observe(
        Observation(instrument, "alpha", at + 3, "spot-0", 2, Top(99.0, 101.0, at, 3), True)
    ).own
    assert own.mid == 100.0


def test_verdicts_of_all_are_said_when_one_changes_and_else_ten_times_a_second() -> None:
    triangulator = three_venues()
    said = [tell(triangulator, "alpha", at, 99.0, 101.0).verdicts for at in (10_010, 10_050, 10_100, 10_150)]
    assert [len(verdicts) for verdicts in said] == [0, 0, 3, 0]


def test_a_fix_is_counted_only_when_it_is_taken() -> None:
    triangulator = three_venues()
    numbers = [
        triangulator.observe(Observation("alpha:BTC/USDT", "alpha", 10_001 * MS)).fix.number,  # type: ignore[union-attr]
        tell(triangulator, "alpha", 10_002, 99.0, 101.0).fix.number,  # type: ignore[union-attr]
    ]
    assert numbers == [3, 4]
