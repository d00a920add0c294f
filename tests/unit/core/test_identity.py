"""Ids are functions of the root, the way and nothing else, and their order is the order of the log."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sextant.core.errors import InvalidValue
from sextant.core.identity import Identity, Root, client_order_id, record_id, span_id, trace_id

_U64 = st.integers(0, 2**64 - 1)
roots = st.builds(Root, st.text(max_size=40), _U64, _U64)
ordinals = st.lists(st.integers(0, 0xFFFE), max_size=8)


def identity_of(root: Root, path: list[int]) -> Identity:
    identity = Identity(root)
    for ordinal in path:
        identity = identity.child(ordinal)
    return identity


identities = st.builds(identity_of, roots, ordinals)


@given(identity=identities)
def test_an_identity_survives_its_header(identity: Identity) -> None:
    assert Identity.decode(identity.encode()) == identity


@given(source=st.text(max_size=400))
@example(source="é" * 127 + "xx")
@example(source="é" * 128)
def test_a_sources_name_of_any_length_survives_or_is_refused_when_it_is_made(source: str) -> None:
    """A header that cannot hold the name must not reach the log."""
    identity = Identity(Root(source, 0, 1), b"\x00\x01")
    if len(source.encode()) <= 255:
        assert Identity.decode(identity.encode()) == identity
    else:
        with pytest.raises(InvalidValue, match="root source"):
            identity.encode()


@given(data=st.binary(max_size=64))
@example(data=b"\x01" + bytes(16) + b"\xff")
def test_garbage_is_refused_or_means_what_it_says(data: bytes) -> None:
    try:
        identity = Identity.decode(data)
    except InvalidValue:
        return
    assert identity.encode() == data


@given(identity=identities, extra=st.binary(min_size=1, max_size=1))
def test_a_path_is_whole_ordinals(identity: Identity, extra: bytes) -> None:
    with pytest.raises(InvalidValue):
        Identity.decode(identity.encode() + extra)


@given(root=roots, path=ordinals, ordinal=st.integers(0, 0xFFFD))
def test_children_come_after_their_parent_and_in_the_order_of_their_ordinals(
    root: Root, path: list[int], ordinal: int
) -> None:
    parent = identity_of(root, path)
    assert parent.order < parent.child(ordinal).order < parent.child(ordinal + 1).order


@given(root=roots, one=ordinals, other=ordinals)
def test_order_follows_the_ordinals_whatever_hangs_below(
    root: Root, one: list[int], other: list[int]
) -> None:
    assert (identity_of(root, one).order < identity_of(root, other).order) == (one < other)


@given(root=roots, later=_U64, path=ordinals, other=ordinals)
def test_everything_of_a_later_sequence_comes_later(
    root: Root, later: int, path: list[int], other: list[int]
) -> None:
    assume(later > root.sequence)
    after = Root(root.source, root.epoch, later)
    assert identity_of(root, path).order < identity_of(after, other).order


@pytest.mark.parametrize("ordinal", [-1, 0xFFFF, 70_000])
def test_an_ordinal_that_does_not_fit_is_refused(ordinal: int) -> None:
    with pytest.raises(InvalidValue, match="ordinal"):
        Identity(Root("x", 0, 0)).child(ordinal)


@given(
    one=identities, other=identities, stage=st.sampled_from(["risk", "features"]), key=st.text(max_size=20)
)
def test_record_ids_differ_as_soon_as_anything_differs(
    one: Identity, other: Identity, stage: str, key: str
) -> None:
    own = record_id(one, stage, key)
    assert re.fullmatch(r"[0-9a-f]{32}", own)
    assert own == record_id(Identity.decode(one.encode()), stage, key)
    assert (own == record_id(other, stage, key)) == (one == other)
    assert own != record_id(one, stage, key + "x")
    assert own != record_id(one, "ensemble", key)


def test_neighbouring_texts_never_run_into_each_other() -> None:
    identity = Identity(Root("x", 0, 0))
    assert record_id(identity, "ab", "c") != record_id(identity, "a", "bc")


@given(intent=st.text(max_size=40), leg=st.integers(0, 9))
def test_order_ids_are_valid_on_every_venue_and_a_function_of_intent_and_leg(intent: str, leg: int) -> None:
    own = client_order_id(intent, leg)
    assert re.fullmatch(r"[a-z0-9]{1,18}", own)
    assert own == client_order_id(intent, leg) != client_order_id(intent, leg + 1)


def test_ids_are_for_ever() -> None:
    """Golden values: another id for the same record would double orders after an upgrade."""
    identity = Identity(Root.at("market.events.v1", 3, 41)).child(0).child(2)
    assert identity.encode().hex() == (
        "12000000000000000000000000000000296d61726b65742e6576656e74732e76312f3300000002"
    )
    assert record_id(identity, "risk", "main") == "ed077c408e49d7b8ce3a7630471254a0"
    assert client_order_id("3f9b8d0c6a7e4f51923bd0c4e1a2f6b7") == "sxtfgfncgcw6g5qusw"
    assert trace_id(identity.root).hex() == "c669ae4763be8b4fb1c692cccc440cc5"
    assert span_id(identity.root, "risk", identity.path).hex() == "a6fb9680ca1bc5f5"


@given(root=roots, path=ordinals)
def test_traces_hang_on_the_root_and_spans_on_stage_and_path(root: Root, path: list[int]) -> None:
    identity = identity_of(root, path)
    assert len(trace_id(root)) == 16
    assert len(span_id(root, "risk", identity.path)) == 8
    assert span_id(root, "risk", identity.path) != span_id(root, "risk", identity.child(0).path)
    assert span_id(root, "risk", identity.path) != span_id(root, "features", identity.path)
