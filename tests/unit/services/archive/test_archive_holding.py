"""Which records become parts when: few files of quiet partitions, bounded memory, nothing lost or out of order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.archive.domain.holding import HELD_BYTES, LONGEST_NS, PART_BYTES, RECORD_BYTES, Holding


def test_a_quiet_partition_waits_for_its_minute() -> None:
    holding: Holding[str, int] = Holding()
    holding.add("quiet", [1], 100, 0)
    holding.add("quiet", [2], 100, LONGEST_NS - 1)
    assert holding.due(LONGEST_NS - 1) == []
    assert holding.due(LONGEST_NS) == ["quiet"]
    assert holding.take("quiet") == [1, 2]
    assert holding.due(2 * LONGEST_NS) == []


def test_a_partition_with_enough_for_a_file_does_not_wait() -> None:
    holding: Holding[str, int] = Holding()
    holding.add("quiet", [1], 100, 0)
    holding.add("busy", [1, 2], PART_BYTES, 0)
    assert holding.due(1) == ["busy"]


def test_when_all_hold_too_much_the_largest_go_first_and_the_quiet_ones_wait_on() -> None:
    holding: Holding[str, int] = Holding()
    holding.add("quiet", [1], 100, 0)
    for number in range(4):
        holding.add(f"busy-{number}", [1], HELD_BYTES // 4 + number, 0)
    assert holding.due(1) == ["busy-1", "busy-2", "busy-3"]


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, PART_BYTES // 2), st.integers(0, LONGEST_NS // 4)),
        max_size=60,
    )
)
def test_memory_and_waiting_are_bounded_and_every_record_becomes_part_of_one_part_in_order(
    steps: list[tuple[int, int, int]],
) -> None:
    holding: Holding[int, tuple[int, int]] = Holding()
    now, said, written = 0, [0] * 6, [0] * 6
    sizes: dict[tuple[int, int], tuple[int, int]] = {}

    def write(places: list[int]) -> None:
        for place in places:
            for item in holding.take(place):
                assert item == (place, written[place])
                written[place] += 1
                del sizes[item]

    for place, size, passed in steps:
        now += passed
        holding.add(place, [(place, said[place])], size, now)
        sizes[place, said[place]] = (size + RECORD_BYTES, now)
        said[place] += 1
        write(holding.due(now))
        assert sum(size for size, _ in sizes.values()) < HELD_BYTES
        assert all(now - since < LONGEST_NS for _, since in sizes.values())
    write(holding.held())
    assert said == written
