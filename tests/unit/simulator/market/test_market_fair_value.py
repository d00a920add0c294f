"""Fair values are a pure function of seed, asset and time."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.market.assets import DEFAULT_ASSETS
from simulator.market.fair import FairValue
from simulator.market.regime import LIVELY, QUIET
from tests.unit.simulator.market.markets import crosses

EPOCH_NS = 1_700_000_000_000_000_000
ROOT = Path(__file__).resolve().parents[4]
PRINT_VALUES = """
from simulator.market.fair import FairValue
from simulator.market.regime import LIVELY
for asset in ("BTC", "SOL"):
    value = FairValue(seed=5, asset=asset, level=100.0, epoch_ns=1_700_000_000_000_000_000, regime=LIVELY)
    print([value.at(1_700_000_000_000_000_000 + n * 777_000_000).hex() for n in {order}])
"""


def fair_value(
    *, seed: int = 5, asset: str = "BTC", level: float = 100.0, regime: object = LIVELY
) -> FairValue:
    assert regime in (LIVELY, QUIET)
    return FairValue(
        seed=seed, asset=asset, level=level, epoch_ns=EPOCH_NS, regime=LIVELY if regime is LIVELY else QUIET
    )


def in_another_process(hash_seed: str, order: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    program = PRINT_VALUES.replace("{order}", order)
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout
    return output.splitlines()


def test_processes_agree_bit_for_bit_under_different_hash_seeds() -> None:
    assert in_another_process("1", "range(-100, 200)") == in_another_process("2", "range(-100, 200)")


def test_the_order_in_which_instants_are_asked_for_changes_nothing() -> None:
    instants = [EPOCH_NS + n * 1_234_567_891 for n in range(-60, 60)]
    forwards, backwards = fair_value(), fair_value()
    assert [forwards.at(t) for t in instants] == [backwards.at(t) for t in reversed(instants)][::-1]


@settings(max_examples=60, deadline=None)
@given(start_s=st.integers(-5_000, 5_000), length=st.integers(2, 300), skipped=st.integers(1, 1_000))
def test_a_path_does_not_depend_on_where_it_starts(start_s: int, length: int, skipped: int) -> None:
    times = EPOCH_NS + (start_s + np.arange(-skipped, length, dtype=np.int64)) * 1_000_000_000
    value = fair_value()
    assert np.allclose(value.path(times)[skipped:], value.path(times[skipped:]), rtol=1e-13, atol=0.0)


def test_seed_and_asset_each_give_another_path() -> None:
    times = EPOCH_NS + np.arange(100, dtype=np.int64) * 1_000_000_000
    usual = fair_value().path(times)
    assert not np.array_equal(usual, fair_value(seed=6).path(times))
    assert not np.array_equal(usual, fair_value(asset="ETH").path(times))


@pytest.mark.parametrize("seed", range(10))
def test_every_seed_has_real_crosses_on_most_assets(seed: int) -> None:
    seconds = EPOCH_NS + np.arange(-60, 60, dtype=np.int64) * 1_000_000_000
    paths = [fair_value(seed=seed, asset=name).path(seconds).tolist() for name in DEFAULT_ASSETS]
    counts = [crosses(path, after=60, band=1e-4) for path in paths]
    assert sum(counts) >= 40
    assert sum(count >= 3 for count in counts) >= 8


@pytest.mark.parametrize("seed", range(5))
def test_a_day_stays_within_a_tenth_of_the_level(seed: int) -> None:
    times = EPOCH_NS + np.arange(0, 86_400, 10, dtype=np.int64) * 1_000_000_000
    path = fair_value(seed=seed).path(times)
    assert 90.0 < path.min() < path.max() < 110.0


def test_the_quiet_market_is_flat() -> None:
    value = fair_value(regime=QUIET)
    assert {value.at(EPOCH_NS + n * 987_654_321) for n in range(100)} == {100.0}


def test_jumps_happen_within_one_cell_of_the_grid() -> None:
    times = EPOCH_NS + np.arange(0, 36_000, dtype=np.int64) * 100_000_000
    moves = np.abs(np.diff(np.log(fair_value().path(times)))) * 1e4
    assert moves.max() > 8.0 * np.median(moves[moves > 0.0])
