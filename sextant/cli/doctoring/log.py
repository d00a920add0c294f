"""The log: whether it answers, what it runs, and where its topics differ from the registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sextant.bus.errors import BusUnavailable
from sextant.bus.kafka.admin import topic_settings
from sextant.bus.kafka.inspecting import ClusterState, TopicState, inspect
from sextant.bus.kafka.log import KafkaLog
from sextant.bus.layout import TopicLayout, registry_layouts
from sextant.cli.broker import security
from sextant.cli.doctoring.findings import Finding, fail, ok, warn
from sextant.contracts.topics import TOPICS

#: The oldest release that is tried here.
OLDEST: Final = (3, 9)
#: With so many brokers a topic should have as many copies, so that one may be lost.
_COPIES: Final = 3
_DOMAINS: Final = frozenset(name.partition(".")[0] for name in TOPICS)
_SHOWN: Final = 5


async def log(address: str, hint: str) -> list[Finding]:
    """Return how the log at an address stands."""
    try:
        async with KafkaLog(address, "sextant-doctor", security=security()) as connected:
            state = await inspect(connected.connection, await connected.admin())
    except BusUnavailable as error:
        return [fail("kafka", str(error), hint)]
    return [broker(state), *topics(state)]


def broker(state: ClusterState) -> Finding:
    """Return what the brokers are."""
    says = f"Kafka {state.release or 'before 2.7'} or newer, {', '.join(state.brokers)}, cluster {state.cluster_id}"
    release = tuple(int(number) for number in state.release.split(".")) if state.release else (0, 0)
    if release < OLDEST:
        return warn(
            "kafka", says, f"Sextant is tested with Kafka {'.'.join(map(str, OLDEST))} and newer: upgrade"
        )
    return ok("kafka", says)


def topics(state: ClusterState) -> Iterator[Finding]:
    """Yield where the topics differ from the registry: missing, cut into other partitions, kept otherwise, thin, or unknown."""
    wanted = {layout.name: layout for layout in registry_layouts()}
    missing = sorted(wanted.keys() - state.topics.keys())
    there = {name: state.topics[name] for name in wanted if name in state.topics}
    if not there:
        yield warn("topics", "none of the registry's is there", "sextant topics create")
        return
    drifts = [
        *([fail("topics", f"missing: {_few(missing)}", "sextant topics create")] if missing else []),
        *_cut_otherwise(wanted, there),
        *_kept_otherwise(wanted, there),
        *_in_danger(there, len(state.brokers)),
        *_unknown(state.topics, wanted),
    ]
    yield from drifts
    if not drifts:
        yield ok("topics", f"{len(there)} as the registry says")


def _cut_otherwise(wanted: Mapping[str, TopicLayout], there: Mapping[str, TopicState]) -> Iterator[Finding]:
    wrong = [
        f"{name}: {found.partitions} partitions instead of {wanted[name].partitions}"
        for name, found in sorted(there.items())
        if found.partitions != wanted[name].partitions
    ]
    if wrong:
        remedy = "keys would change their partition: stop everything, archive the topic, delete it, sextant topics create"
        yield fail("topics", _few(wrong), remedy)


def _kept_otherwise(wanted: Mapping[str, TopicLayout], there: Mapping[str, TopicState]) -> Iterator[Finding]:
    for name, found in sorted(there.items()):
        expected = topic_settings(wanted[name], found.copies)
        differing = {key: value for key, value in expected.items() if found.configs.get(key) != value}
        if differing:
            says = ", ".join(
                f"{key} is {found.configs.get(key)} instead of {value}" for key, value in differing.items()
            )
            settings = ",".join(f"{key}={value}" for key, value in differing.items())
            remedy = f"kafka-configs.sh --alter --topic {name} --add-config {settings}"
            yield warn(f"topic {name}", says, remedy)


def _in_danger(there: Mapping[str, TopicState], brokers: int) -> Iterator[Finding]:
    unled = sorted(name for name, found in there.items() if found.unled)
    thin = sorted(name for name, found in there.items() if found.thin)
    single = sorted(name for name, found in there.items() if found.copies < min(brokers, _COPIES))
    if unled:
        yield fail(
            "topics", f"partitions without a leader: {_few(unled)}", "start the brokers that hold them"
        )
    if thin:
        yield warn(
            "topics", f"fewer copies in step than there should be: {_few(thin)}", "look at the brokers' logs"
        )
    if single:
        remedy = "add copies with kafka-reassign-partitions.sh"
        yield warn("topics", f"fewer copies than brokers allow: {_few(single)}", remedy)


def _unknown(found: Mapping[str, TopicState], wanted: Mapping[str, TopicLayout]) -> Iterator[Finding]:
    unknown = sorted(name for name in found if name not in wanted and name.partition(".")[0] in _DOMAINS)
    if unknown:
        remedy = "of another version of Sextant? delete them once nobody reads them"
        yield warn("topics", f"not in the registry: {_few(unknown)}", remedy)


def _few(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
