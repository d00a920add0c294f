"""The lineage header stays within its bytes, keeps every hop, and lets the oldest sides go first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.bus.port import Position
from sextant.contracts.topics import STAGES, TOPICS
from sextant.core.errors import InvalidValue
from sextant.runtime.lineage import MAX_BYTES, MAX_INSTANCE, MAX_REGION, MAX_SIDES, Hop, Lineage

#: The longest way of an order: ingest to ledger.
_LONGEST = STAGES[:8]
_ASCII = st.characters(min_codepoint=33, max_codepoint=126)
_LAST_OFFSET = 2**48 - 1
_times = st.integers(0, 2**63)
positions = st.builds(
    Position, st.sampled_from(list(TOPICS)), st.integers(0, 0xFF), st.integers(0, _LAST_OFFSET)
)


def hop(stage: str, took: int = 5, source: Position | None = None, *, name: str = "x" * MAX_INSTANCE) -> Hop:
    """Return a hop in a region of its stage's own, with a name of the greatest length."""
    return Hop(stage, name, f"{stage:r<{MAX_REGION}}", 1_000, 1_000 + took, source)


@st.composite
def hops(draw: st.DrawFn) -> Hop:
    begin = draw(_times)
    return Hop(
        draw(st.sampled_from(STAGES)),
        draw(st.text(_ASCII, max_size=MAX_INSTANCE)),
        draw(st.sampled_from(["eu-central-1", "us-east-1"]) | st.text(_ASCII, max_size=MAX_REGION)),
        begin,
        begin + draw(st.integers(0, 0xFFFFFFFF)),
        draw(st.none() | positions),
    )


@given(made=st.lists(hops(), max_size=6))
def test_hops_survive_the_header(made: list[Hop]) -> None:
    lineage = Lineage()
    for each in made:
        lineage = lineage.with_hop(each)
    assert Lineage(lineage.raw).hops() == tuple(made)


@given(sides=st.lists(st.lists(positions, max_size=30), min_size=8, max_size=8))
def test_eight_hops_with_the_longest_names_and_any_number_of_sides_fit(sides: list[list[Position]]) -> None:
    lineage = Lineage()
    for stage, used in zip(_LONGEST, sides, strict=True):
        lineage = lineage.with_hop(
            hop(stage, took=10**9, source=Position("execution.orders.v1", 0xFF, _LAST_OFFSET)), used
        )
        assert len(lineage.raw) <= MAX_BYTES
        assert len(lineage.sides()) <= MAX_SIDES
    assert [each.stage for each in lineage.hops()] == list(_LONGEST)


@given(sides=st.lists(st.lists(positions, max_size=12), min_size=1, max_size=6))
def test_what_is_left_are_the_newest_sides_in_order(sides: list[list[Position]]) -> None:
    lineage = Lineage()
    for number, used in enumerate(sides):
        lineage = lineage.with_hop(hop(STAGES[number], name="n"), used)
    every = [side for used in sides for side in used]
    kept = list(lineage.sides())
    assert kept == every[len(every) - len(kept) :]
    assert len(kept) == min(len(every), MAX_SIDES), "with short names there is room for all eight"


@given(sides=st.lists(positions, max_size=8), more=hops())
def test_a_hop_without_sides_takes_none_away_while_there_is_room(sides: list[Position], more: Hop) -> None:
    lineage = Lineage().with_hop(hop("ingest", name="i"), sides)
    assert lineage.with_hop(more).sides() == tuple(sides)


@given(used=st.lists(positions, min_size=9, max_size=20))
def test_in_one_region_all_eight_sides_fit_beside_eight_hops(used: list[Position]) -> None:
    """Names as a cluster gives them: a pod's suffix of fifteen characters, a region of twelve."""
    lineage = Lineage()
    for stage in _LONGEST:
        name = f"{stage}-7f9c4d5b6-abcde"[:MAX_INSTANCE]
        lineage = lineage.with_hop(Hop(stage, name, "eu-central-1", 0, 9, used[0]), used)
    assert lineage.sides() == tuple(used[-MAX_SIDES:])
    assert {hop.region for hop in lineage.hops()} == {"eu-central-1"}
    assert len(lineage.raw) <= MAX_BYTES


def test_hops_are_never_dropped_too_many_are_an_error() -> None:
    lineage, source = Lineage(), Position("execution.orders.v1", 0xFF, _LAST_OFFSET)
    for stage in _LONGEST:
        lineage = lineage.with_hop(hop(stage, took=10**9, source=source))
    with pytest.raises(InvalidValue, match="lineage: expected at most 512"):
        lineage.with_hop(hop("breaker"))


@pytest.mark.parametrize("field", ["instance", "region"])
@pytest.mark.parametrize("text", ["x" * (MAX_INSTANCE + 1), "münchen"])
def test_a_name_that_does_not_fit_is_refused(field: str, text: str) -> None:
    names = {"instance": "a", "region": "b", field: text}
    with pytest.raises(InvalidValue, match="instance or region"):
        Lineage().with_hop(Hop("risk", names["instance"], names["region"], 0, 0, None))


@pytest.mark.parametrize("place", [(0x100, 1), (0, 2**48), (-1, 1), (0, -1)])
def test_a_place_that_does_not_fit_is_refused(place: tuple[int, int]) -> None:
    with pytest.raises(InvalidValue, match=r"partition|offset"):
        Lineage().with_hop(hop("risk", source=Position("risk.decisions.v1", *place)))


def test_an_instance_that_is_named_after_its_stage_costs_its_number_only() -> None:
    """Two hops as the local stack writes them: they lie in each record of the market."""
    ingest = Hop("ingest", "ingest-0", "local", 10**18, 10**18 + 40_000, None)
    source = Position("market.events.v1", 7, 60_000)
    second = Hop("triangulation", "triangulation-0", "local", 10**18, 10**18 + 40_000, source)
    lineage = Lineage().with_hop(ingest)
    assert len(lineage.raw) == 21
    assert len(lineage.with_hop(second).raw) == 21 + 24


def test_a_duration_beyond_four_seconds_is_cut_and_a_negative_one_is_zero() -> None:
    long, back = hop("risk", took=10**12), hop("risk", took=-5)
    (cut,) = Lineage().with_hop(long).hops()
    assert cut.out_ns - cut.in_ns == 0xFFFFFFFF
    (zero,) = Lineage().with_hop(back).hops()
    assert zero.out_ns == zero.in_ns


@given(data=st.binary(min_size=1, max_size=80))
def test_garbage_is_refused_or_read_but_never_anything_else(data: bytes) -> None:
    lineage = Lineage(data)
    try:
        lineage.hops()
        lineage.sides()
    except InvalidValue as error:
        text = str(error)
    else:
        text = "lineage header"
    assert "lineage header" in text


@given(made=hops(), cut=st.integers(1, 12))
def test_a_header_that_was_cut_short_is_refused(made: Hop, cut: int) -> None:
    raw = Lineage().with_hop(made).raw
    with pytest.raises(InvalidValue):
        Lineage(raw[:-cut]).hops()


@pytest.mark.parametrize("code", [31, 99, 255])
def test_a_topic_of_another_version_is_refused(code: int) -> None:
    raw = bytearray(Lineage().with_hop(hop("risk", source=Position("risk.decisions.v1", 0, 1))).raw)
    raw[1] = code
    with pytest.raises(InvalidValue, match="known stages and topics"):
        Lineage(bytes(raw)).hops()


def test_the_first_hop_is_read_without_the_others() -> None:
    first = Hop("ingest", "ingest-0", "local", 5, 9, None)
    second = Hop("triangulation", "triangulation-0", "local", 11, 12, Position("market.events.v1", 3, 41))
    assert Lineage().first() is None
    whole = Lineage().with_hop(first).with_hop(second)
    assert whole.first() == first
    assert Lineage(whole.raw[:-1]).first() == first, "what lies behind it may be cut"
