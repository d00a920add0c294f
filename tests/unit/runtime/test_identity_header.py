"""What a record is survives its header, in few bytes, and garbage is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.contracts.topics import TOPICS
from sextant.core.errors import InvalidValue
from sextant.core.identity import Identity, Root
from sextant.runtime.identity_header import SCHEMA_VERSION, decode, encode

EVENTS = TOPICS["market.events.v1"]
_uint64 = st.integers(0, 2**64 - 1)
_topics = st.sampled_from(list(TOPICS.values()))
_places = st.builds(
    lambda entry, partition, epoch, sequence: Root(f"{entry.name}/{partition}", epoch, sequence),
    _topics,
    st.integers(0, 300) | st.sampled_from(["", "01", "x", "²"]),
    st.just(0) | _uint64,
    _uint64,
)
_sources = st.text(min_size=1, max_size=60).filter(lambda text: len(text.encode()) <= 255)
_roots = _places | st.builds(Root, _sources, _uint64, _uint64)
identities = st.builds(Identity, _roots, st.binary(max_size=8).map(lambda path: path[: len(path) // 2 * 2]))


@given(entry=_topics, identity=identities)
def test_topic_version_and_identity_survive(entry, identity) -> None:  # type: ignore[no-untyped-def]  # strategies
    assert decode(encode(entry, identity)) == (entry, SCHEMA_VERSION, identity)


@given(entry=_topics, identity=identities, cut=st.integers(1, 4))
def test_a_header_that_was_cut_is_refused_or_lost_whole_steps_of_its_path(entry, identity, cut) -> None:  # type: ignore[no-untyped-def]
    data = encode(entry, identity)[:-cut]
    if cut % 2 == 0 and len(identity.path) >= cut:
        assert decode(data).identity == Identity(identity.root, identity.path[:-cut])
    else:
        with pytest.raises(InvalidValue, match="identity header"):
            decode(data)


@given(data=st.binary(max_size=40))
def test_garbage_is_refused_or_read(data: bytes) -> None:
    try:
        found = decode(data)
    except InvalidValue as error:
        text = str(error)
    else:
        text = f"identity header of {found.topic.name}"
    assert "identity header" in text


@pytest.mark.parametrize("source", ["", "x" * 256])
def test_a_source_that_does_not_fit_is_refused(source: str) -> None:
    with pytest.raises(InvalidValue, match="root source"):
        encode(EVENTS, Identity(Root(source, 1, 1)))


def test_a_place_in_the_log_costs_a_few_bytes() -> None:
    """Everything behind market.events has such a root, with a path of two bytes a stage."""
    assert len(encode(EVENTS, Identity(Root.at("market.events.v1", 7, 60_000)).child(0))) == 10
