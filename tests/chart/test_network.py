"""Who may talk to whom: what one side may send, the other side may receive, and services reach Kafka rather than each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sextant.contracts.topics import STAGES
from tests.chart.conftest import Document, of_kind

Manifests = Callable[..., list[Document]]
Way = tuple[str, str, str]
_COMPONENT = "app.kubernetes.io/component"


def _component(policy: Document) -> str:
    name: str = policy["spec"]["podSelector"]["matchLabels"][_COMPONENT]
    return name


def _chosen(peer: Document) -> list[str]:
    return [
        name
        for expression in peer.get("podSelector", {}).get("matchExpressions", [])
        if expression["key"] == _COMPONENT
        for name in expression["values"]
    ]


def _ports(documents: list[Document]) -> dict[str, dict[str, int]]:
    """Return the numbers of each component's named ports."""
    found = {}
    for document in of_kind(documents, "Deployment", "StatefulSet"):
        spec = document["spec"]["template"]
        found[spec["metadata"]["labels"][_COMPONENT]] = {
            port["name"]: port["containerPort"] for port in spec["spec"]["containers"][0]["ports"]
        }
    return found


def _ways(documents: list[Document], direction: str) -> Iterator[Way]:
    """Yield (client, server, port) of every way between pods of the release that one side allows."""
    numbers = _ports(documents)
    here, there = ("ingress", "from") if direction == "in" else ("egress", "to")
    for policy in of_kind(documents, "NetworkPolicy"):
        own = _component(policy)
        for rule in policy["spec"].get(here, []):
            for other in (name for peer in rule.get(there, []) for name in _chosen(peer)):
                for port in rule["ports"]:
                    server = own if direction == "in" else other
                    number: Any = numbers.get(server, {}).get(str(port["port"]), port["port"])
                    yield (other, own, str(number)) if direction == "in" else (own, other, str(number))


@pytest.mark.parametrize("case", ["bundled", "observability"])
def test_what_one_side_may_send_the_other_may_receive(manifests: Manifests, case: str) -> None:
    documents = manifests(case)
    received = set(_ways(documents, "in"))
    assert not set(_ways(documents, "out")) - received


@pytest.mark.parametrize("case", ["bundled", "observability"])
def test_every_pod_has_a_policy_for_both_directions(manifests: Manifests, case: str) -> None:
    documents = manifests(case)
    policies = of_kind(documents, "NetworkPolicy")
    assert {_component(policy) for policy in policies} == {*_ports(documents), "setup", "smoke"}
    assert all(policy["spec"]["policyTypes"] == ["Ingress", "Egress"] for policy in policies)


def test_services_reach_kafka_and_not_each_other_but_for_the_door(manifests: Manifests) -> None:
    ways = set(_ways(manifests("bundled"), "out"))
    assert {client for client, server, _ in ways if server == "kafka"} == {*STAGES, "setup", "smoke"}
    assert {(client, server) for client, server, _ in ways if {client, server} <= set(STAGES)} == {
        ("console", "execution")
    }


def test_only_ingest_and_execution_reach_venues_and_only_the_books_their_database(
    manifests: Manifests,
) -> None:
    ways = set(_ways(manifests("bundled"), "out"))
    assert {client for client, server, _ in ways if server.startswith("venue-")} == {"ingest", "execution"}
    assert {client for client, server, _ in ways if server == "postgres"} == {"execution", "ledger", "setup"}


def _policy(documents: list[Document], component: str) -> Document:
    (found,) = [each for each in of_kind(documents, "NetworkPolicy") if _component(each) == component]
    return found


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("http://collector-2", 80),
        ("https://collector-2/v1", 443),
        ("http://collector-2:4318", 4318),
        ("http://[2001:db8::2]", 80),
    ],
)
def test_spans_may_go_to_the_port_of_their_endpoint(manifests: Manifests, endpoint: str, port: int) -> None:
    documents = manifests("bundled", "--set", f"tracing.endpoint={endpoint}")
    anywhere = [rule["ports"] for rule in _policy(documents, "risk")["spec"]["egress"] if not rule.get("to")]
    assert anywhere[-1] == [{"port": port, "protocol": "TCP"}]


def test_keda_may_ask_the_bundled_kafka_for_lag(manifests: Manifests) -> None:
    def others(*options: str) -> list[Document]:
        (rule,) = _policy(manifests("bundled", *options), "kafka")["spec"]["ingress"]
        return [peer for peer in rule["from"] if "namespaceSelector" in peer]

    def namespace(name: str) -> Document:
        return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}

    scaled = ("--set", "keda.strategies.enabled=true")
    chosen = ("--set-json", f"networkPolicy.kafkaFrom={json.dumps([namespace('scaling')])}")
    assert others() == []
    assert others(*scaled) == [namespace("keda")]
    assert others(*scaled, *chosen) == [namespace("scaling")]


def test_commands_in_the_pod_of_console_reach_it_by_its_service_where_it_has_a_certificate(
    manifests: Manifests,
) -> None:
    port = str(_ports(manifests("external"))["console"]["operator"])
    way = ("console", "console", port)
    assert way in set(_ways(manifests("external"), "out")) & set(_ways(manifests("external"), "in"))
    assert way not in set(_ways(manifests("bundled"), "out")) | set(_ways(manifests("bundled"), "in"))
