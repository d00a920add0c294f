"""Every topic has examples, their stored bytes never change, and every one is readable as the runtime reads records."""

from __future__ import annotations

import pytest

from sextant.contracts.columns import open_batch
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.examples.catalogue import DATA, stored
from sextant.contracts.topics import TOPICS
from sextant.runtime.stamp import open_value

CASES = [(topic, name) for topic, examples in EXAMPLES.items() for name in examples]


def test_every_topic_of_the_registry_has_at_least_two_examples() -> None:
    assert {topic: len(EXAMPLES.get(topic, {})) >= 2 for topic in TOPICS} == dict.fromkeys(TOPICS, True)
    assert EXAMPLES.keys() == TOPICS.keys()


@pytest.mark.parametrize(("topic", "name"), CASES)
def test_builders_give_the_stored_bytes(topic: str, name: str) -> None:
    """Else somebody changed what is on the wire: run `python -m sextant.contracts.examples.write` only for new examples."""
    assert stored(topic, name).read_bytes() == EXAMPLES[topic][name].value()


def test_no_stored_bytes_lie_around_without_their_builder() -> None:
    """An example of a former version is a promise: its builder stays."""
    known = {stored(topic, name) for topic, name in CASES}
    assert {path for path in DATA.rglob("*") if path.is_file()} == known


@pytest.mark.parametrize(("topic", "name"), CASES)
def test_every_example_opens_as_its_topics_message(topic: str, name: str) -> None:
    data = stored(topic, name).read_bytes()
    example = EXAMPLES[topic][name]
    opened = open_value(TOPICS[topic], data)
    assert opened.SerializeToString(deterministic=True) == data
    if example.message is not None:
        assert isinstance(example.message, TOPICS[topic].message)
        assert TOPICS[topic].message.FromString(data) == example.message
    else:
        assert TOPICS[topic].is_compacted, "only a compacted topic has tombstones"


@pytest.mark.parametrize("name", EXAMPLES["market.events.v1"])
def test_the_mirror_reads_the_public_schemas_bytes(name: str) -> None:
    batch = open_batch(stored("market.events.v1", name).read_bytes())
    assert batch.instrument == EXAMPLES["market.events.v1"][name].key or batch.instrument.count(":")
