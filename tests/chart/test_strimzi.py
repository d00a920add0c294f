"""With users of Strimzi every client of Kafka logs in as itself, and may do what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sextant.contracts.topics import STAGES
from tests.chart.conftest import Document, of_kind, pods

Manifests = Callable[..., list[Document]]
Refusal = Callable[[str], str]
_TOPICS = ("--set", "setup.topics=true")
_BY_CERTIFICATE = ("--set", "kafka.security.protocol=ssl,kafka.security.mutualTls=true")


def _users(documents: list[Document]) -> dict[str, Document]:
    return {user["metadata"]["name"]: user for user in of_kind(documents, "KafkaUser")}


def _rights(user: Document) -> set[tuple[str, str, str]]:
    return {
        (rule["resource"]["type"], rule["resource"]["name"], operation)
        for rule in user["spec"]["authorization"]["acls"]
        for operation in rule["operations"]
    }


def _clients(documents: list[Document]) -> dict[str, Document]:
    """Return the pods that speak to Kafka, by the name of their component."""
    return {
        "setup" if name == "Job/sextant-topics" else name.rpartition("-")[2]: pod
        for name, pod in pods(documents).items()
        if "SEXTANT_KAFKA" in _environment(pod)
    }


def _environment(pod: Document) -> dict[str, Any]:
    return {entry["name"]: entry.get("value") for entry in pod["containers"][0].get("env", [])}


def _secret(pod: Document, name: str) -> tuple[str, list[str]]:
    (volume,) = [volume["secret"] for volume in pod["volumes"] if volume["name"] == name]
    return volume["secretName"], [item["path"] for item in volume["items"]]


def test_every_pod_logs_in_as_a_user_that_there_is_with_the_password_of_that_user(
    manifests: Manifests,
) -> None:
    documents = manifests("external", *_TOPICS)
    users, clients = _users(documents), _clients(documents)
    assert set(clients) == {*STAGES, "setup", "smoke"}
    for component, pod in clients.items():
        environment = _environment(pod)
        user = environment["SEXTANT_KAFKA_USERNAME"]
        assert user == f"sextant-{component}"
        assert users[user]["spec"]["authentication"] == {"type": "scram-sha-512"}
        assert _secret(pod, "kafka-user") == (user, ["password"])
        assert environment["SEXTANT_KAFKA_PASSWORD_FILE"] == "/etc/sextant/kafka-user/password"
        assert environment["SEXTANT_KAFKA_CA_FILE"] == "/etc/sextant/kafka/ca.crt"
        assert _secret(pod, "kafka") == ("sextant-kafka", ["ca.crt"])


def test_every_pod_shows_the_certificate_of_its_user_where_these_log_in(manifests: Manifests) -> None:
    documents = manifests("external", *_TOPICS, *_BY_CERTIFICATE)
    users = _users(documents)
    for component, pod in _clients(documents).items():
        environment = _environment(pod)
        assert users[f"sextant-{component}"]["spec"]["authentication"] == {"type": "tls"}
        assert _secret(pod, "kafka-user") == (f"sextant-{component}", ["user.crt", "user.key"])
        assert environment["SEXTANT_KAFKA_CERT_FILE"] == "/etc/sextant/kafka-user/user.crt"
        assert environment["SEXTANT_KAFKA_KEY_FILE"] == "/etc/sextant/kafka-user/user.key"
        assert "SEXTANT_KAFKA_USERNAME" not in environment


def test_users_lie_where_their_secrets_are_mounted(manifests: Manifests) -> None:
    for user in _users(manifests("external", *_TOPICS)).values():
        assert user["metadata"].get("namespace", "sextant") == "sextant"
        assert user["metadata"]["labels"]["strimzi.io/cluster"] == "data"


def test_the_user_of_the_setup_job_is_there_before_the_job(manifests: Manifests) -> None:
    documents = manifests("external", *_TOPICS)
    user = _users(documents)["sextant-setup"]["metadata"]["annotations"]
    (job,) = [job for job in of_kind(documents, "Job") if job["metadata"]["name"] == "sextant-topics"]
    assert user["helm.sh/hook"] == job["metadata"]["annotations"]["helm.sh/hook"]
    assert int(user["helm.sh/hook-weight"]) < int(job["metadata"]["annotations"]["helm.sh/hook-weight"])
    assert "sextant-setup" not in _users(manifests("external")), "nobody makes topics there"


def test_commands_and_keda_may_do_what_they_do(manifests: Manifests) -> None:
    rights = {name: _rights(user) for name, user in _users(manifests("external", *_TOPICS)).items()}
    groups = {
        name
        for kind, name, operation in rights["sextant-console"]
        if (kind, operation) == ("group", "Describe")
    }
    assert groups == {*STAGES} - {"ingest", "console"}
    assert ("topic", "market.frames.v1", "Read") in rights["sextant-console"], "explain shows frames"
    assert ("topic", "*", "Create") in rights["sextant-setup"]
    assert {name for kind, name, operation in rights["sextant-smoke"] if operation == "Read"} == {
        "execution.orders.v1",
        "execution.fills.v1",
        "ledger.entries.v1",
    }
    assert rights["sextant-keda"] == {("topic", "*", "Describe"), ("group", "strategies", "Describe")}


@pytest.mark.parametrize(
    ("options", "targets"),
    [
        (
            (),
            {
                "username": ("sextant-keda-username", "username"),
                "password": ("sextant-keda", "password"),
                "ca": ("sextant-kafka", "ca.crt"),
            },
        ),
        (
            _BY_CERTIFICATE,
            {
                "ca": ("sextant-kafka", "ca.crt"),
                "cert": ("sextant-keda", "user.crt"),
                "key": ("sextant-keda", "user.key"),
            },
        ),
    ],
)
def test_keda_logs_in_as_its_user(
    manifests: Manifests, options: tuple[str, ...], targets: dict[str, tuple[str, str]]
) -> None:
    documents = manifests("external", *options)
    (given,) = of_kind(documents, "TriggerAuthentication")
    found = {each["parameter"]: (each["name"], each["key"]) for each in given["spec"]["secretTargetRef"]}
    assert found == targets
    if "username" in targets:
        (secret,) = [
            each
            for each in of_kind(documents, "Secret")
            if each["metadata"]["name"] == targets["username"][0]
        ]
        assert secret["stringData"] == {"username": "sextant-keda"}


_OWN = "strimzi: {users: true, cluster: data}\nkafka: {bundled: %s, bootstrap: 'k:9092', security: %s}"


@pytest.mark.parametrize(
    ("bundled", "security", "reason"),
    [
        ("true", "{}", "kafka.bundled: expected false"),
        ("false", "{}", "kafka.security: expected sasl_ssl"),
        ("false", "{protocol: sasl_plaintext, mechanism: PLAIN}", "was sasl_plaintext by PLAIN"),
        ("false", "{protocol: ssl, existingSecret: ca}", "kafka.security: expected sasl_ssl"),
        ("false", "{protocol: sasl_plaintext, username: me}", "kafka.security.username: expected nothing"),
        ("false", "{protocol: sasl_ssl}", "kafka.security.existingSecret: expected a Secret with ca.crt"),
    ],
)
def test_a_way_to_log_in_that_users_do_not_have_is_refused(
    refusal: Refusal, bundled: str, security: str, reason: str
) -> None:
    assert reason in refusal(_OWN % (bundled, security))
