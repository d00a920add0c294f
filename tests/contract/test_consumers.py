"""Every consumer that the registry names accepts every example of its topics, through the code that it runs."""

from __future__ import annotations

import pytest

from sextant.contracts.examples import EXAMPLES
from sextant.contracts.topics import TOPICS
from tests.contract.consumers import Fed, NotRead, example_record
from tests.contract.edges import EDGES
from tests.contract.stages import PURE, specs

ADAPTERS = {**PURE, **EDGES}
PAIRS = sorted((topic, consumer) for topic, entry in TOPICS.items() for consumer in entry.consumers)
RESERVED = sorted((topic, service) for topic, entry in TOPICS.items() for service in entry.reserved_for)


def test_every_consumer_of_the_registry_has_an_adapter() -> None:
    assert {consumer for _, consumer in PAIRS} <= ADAPTERS.keys()


@pytest.mark.parametrize(("topic", "consumer"), PAIRS)
async def test_consumers_accept_every_example(topic: str, consumer: str) -> None:
    assert await _not_read(topic, consumer) == set(), f"the registry says that {consumer} reads {topic}"


@pytest.mark.parametrize(("topic", "service"), RESERVED)
async def test_what_is_reserved_is_not_read_yet(topic: str, service: str) -> None:
    assert await _not_read(topic, service) == set(EXAMPLES[topic]), (
        f"{service} reads {topic} now: the registry should name it as a consumer"
    )


async def _not_read(topic: str, service: str) -> set[str]:
    """Feed a service every example of a topic; return the names of those that it does not take."""
    not_read = set()
    for name in EXAMPLES[topic]:
        try:
            await ADAPTERS[service](Fed(topic, name, example_record(topic, name)))
        except NotRead:
            not_read.add(name)
    return not_read


def test_pure_stages_read_nothing_that_the_registry_does_not_grant_them() -> None:
    for name, spec in specs().items():
        for topic in (spec.input, *spec.sides):
            assert name in TOPICS[topic].consumers, f"{name} reads {topic} without being a consumer of it"
