"""What a cluster is and how its topics lie there: asked to be compared with what the registry says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.protocol.admin import ApiVersionRequest

from sextant.bus.kafka.connection import Connection

_FETCH: Final = 1
#: The first release whose brokers know this version of Fetch; from 4.0 on brokers refuse the oldest ones.
_RELEASES: Final = ((18, "4.1"), (17, "3.9"), (16, "3.7"), (15, "3.5"), (13, "3.1"), (12, "2.7"))
_OLDEST_OF_4: Final = 4


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the cluster has it. `unled` and `thin` partitions have no leader, or fewer copies in step than they should."""

    partitions: int
    copies: int
    unled: int
    thin: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ClusterState:
    """`release` is the oldest release that knows what the brokers know, such as "4.1"; empty for one before 2.7."""

    cluster_id: str
    brokers: Sequence[str]
    release: str
    topics: Mapping[str, TopicState]


async def inspect(connection: Connection, admin: AIOKafkaAdminClient) -> ClusterState:
    """Return what the cluster says of itself. Raises BusUnavailable."""
    cluster = await connection.insist(admin.describe_cluster)
    described = await connection.insist(admin.describe_topics)
    topics = [topic for topic in described if not topic["is_internal"] and not topic["error_code"]]
    configs = await _configs(connection, admin, [topic["topic"] for topic in topics])
    return ClusterState(
        cluster_id=str(cluster["cluster_id"]),
        brokers=sorted(f"{broker['host']}:{broker['port']}" for broker in cluster["brokers"]),
        release=await _release(connection, admin),
        topics={topic["topic"]: _topic(topic, configs.get(topic["topic"], {})) for topic in topics},
    )


def release_of(oldest_fetch: int, newest_fetch: int) -> str:
    """Return the release whose brokers know these versions of Fetch."""
    found = next((name for version, name in _RELEASES if newest_fetch >= version), "")
    return "4.0" if found == "3.9" and oldest_fetch >= _OLDEST_OF_4 else found


async def _release(connection: Connection, admin: AIOKafkaAdminClient) -> str:
    answer = await connection.insist(lambda: admin._send_request(ApiVersionRequest()))
    known = {key: (oldest, newest) for key, oldest, newest in answer.api_versions}
    return release_of(*known[_FETCH])


async def _configs(
    connection: Connection, admin: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answers = await connection.insist(lambda: admin.describe_configs(wanted))
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for code, _, _, name, entries in answer.resources
        if not code
    }


def _topic(topic: Mapping[str, Any], configs: Mapping[str, str]) -> TopicState:
    partitions: Sequence[Mapping[str, Any]] = topic["partitions"]
    return TopicState(
        partitions=len(partitions),
        copies=min((len(each["replicas"]) for each in partitions), default=0),
        unled=sum(each["leader"] < 0 for each in partitions),
        thin=sum(len(each["isr"]) < len(each["replicas"]) for each in partitions),
        configs=configs,
    )
