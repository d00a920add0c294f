"""Schedules of kills: the same for one seed, whole in each round, never two of one service in a wave."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from proofs.faults.schedule import BROKER, TAKEOVER, count, kills_of, make_schedule
from sextant.demo.plan import SERVICES

seeds = st.integers(0, 2**32)
ROUND = len(SERVICES) + 2


@given(seeds, st.integers(0, 9 * ROUND))
def test_a_schedule_has_as_many_faults_as_wanted_up_to_one_kill_of_each_service_beyond_whole_rounds(
    seed: int, faults: int
) -> None:
    beyond = faults % ROUND
    assert count(make_schedule(seed, faults)) == faults - beyond + min(beyond, len(SERVICES))


def test_both_scales_are_dealt_whole() -> None:
    assert count(make_schedule(7, 20)) == 20
    assert count(make_schedule(7, 200)) == 200


@given(seeds)
def test_a_round_strikes_everything_once(seed: int) -> None:
    struck = Counter(blow.target for wave in make_schedule(seed, ROUND) for blow in wave.blows)
    assert struck == Counter((*SERVICES, BROKER, TAKEOVER))


@given(seeds, st.integers(1, 100))
def test_a_wave_strikes_nothing_twice_and_broker_and_takeover_stand_alone(seed: int, faults: int) -> None:
    for wave in make_schedule(seed, faults):
        targets = [blow.target for blow in wave.blows]
        assert len(set(targets)) == len(targets)
        assert len(targets) == 1 or not {BROKER, TAKEOVER} & set(targets)


@given(seeds, st.sampled_from((20, 200)))
def test_services_fall_in_waves_of_four_to_seven(seed: int, faults: int) -> None:
    sizes = [len(wave.blows) for wave in make_schedule(seed, faults) if wave.blows[0].target in SERVICES]
    assert all(4 <= size <= 7 for size in sizes)


@given(seeds)
def test_one_seed_gives_one_schedule(seed: int) -> None:
    assert make_schedule(seed, 40) == make_schedule(seed, 40)


@given(seeds)
def test_a_control_kills_one_target_alone_again_and_again(seed: int) -> None:
    schedule = kills_of("triangulation", seed, 8)
    assert [[blow.target for blow in wave.blows] for wave in schedule] == [["triangulation"]] * 8
    assert schedule == kills_of("triangulation", seed, 8)
