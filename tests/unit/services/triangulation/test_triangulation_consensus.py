"""What several voices agree on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triangulation.domain.consensus import agree, weighted_median

prices = st.floats(min_value=1e-6, max_value=1e9)
weights = st.floats(min_value=0.1, max_value=10.0)
voices = st.lists(st.tuples(prices, weights), min_size=1, max_size=8)


def test_the_median_of_an_even_number_of_equal_voices_is_the_middle_of_the_two_inner_ones() -> None:
    assert weighted_median([(1.0, 1.0), (4.0, 1.0), (2.0, 1.0), (100.0, 1.0)]) == 3.0


def test_a_heavier_venue_counts_for_more() -> None:
    assert weighted_median([(1.0, 1.0), (2.0, 5.0), (3.0, 1.0), (4.0, 1.0)]) == 2.0


@given(voices)
def test_a_fix_lies_within_the_prices_that_take_part(voices: list[tuple[float, float]]) -> None:
    values = [price for price, _ in voices]
    consensus = agree(voices, 50.0, 6.0)
    assert min(values) <= consensus.price <= max(values)
    kept = [price for price in values if not consensus.is_outlier(price)]
    assert consensus.agreeing == len(kept)
    assert min(kept) <= consensus.price <= max(kept)


@given(voices, st.randoms(use_true_random=False))
def test_a_fix_does_not_depend_on_the_order_of_venues(
    voices: list[tuple[float, float]], random: object
) -> None:
    shuffled = list(voices)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types its generator as object
    assert agree(shuffled, 50.0, 6.0) == agree(voices, 50.0, 6.0)


@given(st.lists(prices, min_size=3, max_size=7), prices, st.floats(1.0, 200.0), st.floats(0.5, 10.0))
def test_one_lying_venue_of_four_or_more_cannot_move_the_fix_beyond_the_others(
    honest: list[float], lie: float, outlier_bp: float, deviations: float
) -> None:
    consensus = agree([(price, 1.0) for price in [*honest, lie]], outlier_bp, deviations)
    assert min(honest) <= consensus.price <= max(honest)


@pytest.mark.parametrize(("lie", "is_outlier"), [(100.4, False), (101.0, True), (99.0, True)])
def test_a_voice_is_an_outlier_beyond_both_bounds(lie: float, is_outlier: bool) -> None:
    consensus = agree([(100.0, 1.0), (100.01, 1.0), (99.99, 1.0), (lie, 1.0)], 50.0, 6.0)
    assert consensus.is_outlier(lie) is is_outlier


def test_a_market_that_disagrees_widely_has_no_outliers_within_six_deviations() -> None:
    consensus = agree([(90.0, 1.0), (100.0, 1.0), (110.0, 1.0), (120.0, 1.0)], 50.0, 6.0)
    assert consensus.agreeing == 4
