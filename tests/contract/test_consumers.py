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

#: Broadcast for all by the registry, or meant for workers that come later: the service does not read it today.
#: A pair leaves this list when its service begins to read the topic; the test below then says so.
NOT_READ_YET = {
    ("market.instruments.v1", "strategies"),
    ("market.instruments.v1", "breaker"),
    ("market.instruments.v1", "ledger"),
    ("market.clocks.v1", "features"),
    ("market.clocks.v1", "strategies"),
    ("market.clocks.v1", "ensemble"),
    ("market.clocks.v1", "risk"),
    ("market.clocks.v1", "breaker"),
    ("market.clocks.v1", "ledger"),
    ("features.candles.v1", "features"),
    ("strategies.external.v1", "strategies"),
    ("control.commands.v1", "strategies"),
}


def test_every_consumer_of_the_registry_has_an_adapter() -> None:
    assert {consumer for _, consumer in PAIRS} <= ADAPTERS.keys()


@pytest.mark.parametrize(("topic", "consumer"), PAIRS)
async def test_consumers_accept_every_example(topic: str, consumer: str) -> None:
    not_read = set()
    for name in EXAMPLES[topic]:
        try:
            await ADAPTERS[consumer](Fed(topic, name, example_record(topic, name)))
        except NotRead:
            not_read.add(name)
    if (topic, consumer) in NOT_READ_YET:
        assert not_read == set(EXAMPLES[topic]), f"{consumer} reads {topic} now: take the pair off the list"
    else:
        assert not not_read, f"the registry says that {consumer} reads {topic}, and it does not"


def test_what_is_not_read_yet_is_at_least_granted() -> None:
    assert set(PAIRS) >= NOT_READ_YET


def test_pure_stages_read_nothing_that_the_registry_does_not_grant_them() -> None:
    for name, spec in specs().items():
        for topic in (spec.input, *spec.sides):
            assert name in TOPICS[topic].consumers, f"{name} reads {topic} without being a consumer of it"
