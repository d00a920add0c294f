"""The scaling proof's own parts: what moves it makes, what it calls a pause, and what it finds in a log of signals."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.scaling.costs import Cost, shortfalls
from proofs.scaling.fold import Said, compare
from proofs.scaling.moves import FEWEST, MOST, Kind, Move, Moved, make_moves
from proofs.scaling.pauses import Answer, Partition, limit_s, pause_of
from proofs.scaling.vectors import INSTRUMENTS, Vectors
from sextant.bus.port import Outgoing, Record
from sextant.contracts.topics import TOPICS
from sextant.core.partitions import MARKET_PARTITIONS
from sextant.core.time import SettableClock
from sextant.demo.report.reading import Sieve
from sextant.runtime.stamp import identity_of


@given(seed=st.integers(0, 1_000), count=st.integers(1, 40))
def test_moves_keep_between_the_fewest_and_the_most_workers(seed: int, count: int) -> None:
    workers = FEWEST
    for move in make_moves(seed, count):
        assert move.count > 0
        workers += move.count if move.kind is Kind.ADD else -move.count
        assert FEWEST <= workers <= MOST


def test_every_run_goes_from_one_to_four_to_two_and_kills() -> None:
    first = make_moves(7, 6)
    assert [(move.kind.value, move.count) for move in first[:2]] == [("add", 3), ("leave", 2)]
    assert Kind.KILL in {move.kind for move in first}


def as_record(outgoing: Outgoing, offset: int) -> Record:
    return Record(
        outgoing.topic, outgoing.partition, offset, outgoing.key, outgoing.value, outgoing.headers, 0
    )


def moved(kind: Kind, begin_ms: int = 1_000, end_ms: int = 9_000) -> Moved:
    return Moved(Move(kind, 1), begin_ms, end_ms, 2)


def steady(*answers: int) -> Partition:
    """Return a partition with a vector every 10 ms, each answered at once but for those between two of the answers."""
    asked = list(range(0, 10_000, 10))
    return Partition(asked, [Answer(stamp, stamp // 10) for stamp in answers])


def test_a_pause_is_the_longest_time_without_an_answer_in_any_partition() -> None:
    found = {
        0: steady(900, 1_100, 1_200, 4_000, 4_100, 8_990),
        1: steady(*range(0, 9_000, 100)),
        2: steady(500, 8_000, 8_900),
    }
    pause = pause_of(moved(Kind.LEAVE), found)
    assert (pause.longest_s, pause.partition) == (7.49, 2), "from the first vector that was not answered"


def test_a_partition_that_is_never_answered_again_pauses_to_the_end() -> None:
    assert pause_of(moved(Kind.LEAVE), {0: steady(1_500)}).longest_s == 7.49


def test_nobody_pauses_where_nobody_asks() -> None:
    asked = [1_500, 7_000, 7_100]
    quiet = Partition(asked, [Answer(1_510, 0), Answer(7_020, 1), Answer(7_130, 2)])
    assert pause_of(moved(Kind.LEAVE), {0: quiet}).longest_s == 0.03


@pytest.mark.parametrize(("kind", "seconds"), [(Kind.ADD, 2.0), (Kind.LEAVE, 2.0), (Kind.KILL, 8.0)])
def test_a_kill_may_take_the_session_timeout_longer(kind: Kind, seconds: float) -> None:
    assert limit_s(moved(kind), 6_000) == seconds


def said(*names: str, value: bytes = b"") -> list[Said]:
    return [Said(0, name, value) for name in names]


@pytest.mark.parametrize(
    ("applied", "field"),
    [
        (said("a", "c"), "missed"),
        (said("a", "b", "b", "c"), "doubled"),
        (said("a", "b", "c", "d"), "unexpected"),
        (said("b", "a", "c"), "out_of_order"),
        ([*said("a", "b"), *said("c", value=b"other")], "other"),
    ],
)
def test_each_difference_is_named(applied: Sequence[Said], field: str) -> None:
    sieve = Sieve("strategies.signals.v1")
    found = compare(3, said("a", "b", "c"), applied, sieve)
    assert getattr(found, field) == 1
    assert found.differences >= 1
    assert compare(3, said("a", "b", "c"), said("a", "b", "c"), sieve).differences == 0


def test_costs_may_differ_by_a_tenth_in_the_middle_of_the_rounds() -> None:
    def cost(workers: int, *ratios: float) -> Cost:
        return Cost(workers, 0.0, 0.0, 0.0, 0.0, ratios)

    assert shortfalls([cost(1, 1.0, 1.0, 1.0), cost(2, 0.5, 1.09, 1.09), cost(4, 0.91, 0.91, 2.0)]) == []
    assert shortfalls([cost(1, 1.0, 1.0, 1.0), cost(4, 1.0, 1.11, 1.12)]) == [
        "4 workers: expected the cost of one worker within 10%, was 1.11 times that"
    ]


def test_the_vectors_of_a_seed_are_the_same_reach_every_partition_and_come_again() -> None:
    def made(seed: int) -> list[bytes | None]:
        vectors = Vectors(seed, SettableClock(1_700_000_000_000_000_000))
        return [record.value for _ in range(40) for record in vectors.tick()]

    assert made(7) == made(7) != made(8)
    vectors = Vectors(7, SettableClock(1_700_000_000_000_000_000))
    records = [record for _ in range(40) for record in vectors.tick()]
    assert {record.partition for record in records} == set(range(MARKET_PARTITIONS))
    assert len({record.key for record in records}) == len(INSTRUMENTS) == 40
    assert vectors.again > 0
    assert TOPICS["features.vectors.v1"].partitions == MARKET_PARTITIONS


def test_identities_grow_along_each_partition_but_for_what_comes_again() -> None:
    vectors = Vectors(7, SettableClock(1_700_000_000_000_000_000))
    sieve = Sieve("features.vectors.v1", compares=True)
    records = [as_record(one, n) for n, one in enumerate(r for _ in range(40) for r in vectors.tick())]
    for record in records:
        sieve.take(record)
    assert sieve.redelivered == vectors.again
    assert not sieve.problems
    assert not sieve.contradictions
    assert len({(record.partition, identity_of(record)) for record in records}) == vectors.made
