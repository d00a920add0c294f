"""What every pod promises: restricted, without a token, in time with its drain, sized, and with no secret that is not its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from sextant.runtime.settings.load import load_process
from tests.chart.conftest import CASES, Document, containers, of_kind, pods

Manifests = Callable[..., list[Document]]
#: Cores and MiB of a whole bundled release on one machine.
MOST_CORES = Decimal("1.5")


@pytest.mark.parametrize("case", CASES)
def test_every_container_is_as_restricted_as_kubernetes_can_ask_for(manifests: Manifests, case: str) -> None:
    for name, pod in pods(manifests(case)).items():
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        for container in containers(pod):
            own = container["securityContext"]
            assert own == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }, name


@pytest.mark.parametrize("case", CASES)
def test_no_pod_has_a_token_or_variables_of_services(manifests: Manifests, case: str) -> None:
    documents = manifests(case)
    for name, pod in pods(documents).items():
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
    accounts = of_kind(documents, "ServiceAccount")
    assert accounts
    assert all(account["automountServiceAccountToken"] is False for account in accounts)


@pytest.mark.parametrize("case", CASES)
def test_every_image_has_a_tag_and_every_container_its_size(manifests: Manifests, case: str) -> None:
    for name, pod in pods(manifests(case)).items():
        for container in containers(pod):
            assert re.search(r":(v?\d[\w.-]*)$", container["image"]), name
            assert {"cpu", "memory"} <= container["resources"].get("requests", {"memory": 0}).keys() | {
                "cpu"
            }, name
            assert "memory" in container["resources"]["limits"], name
            assert "cpu" not in container["resources"]["limits"], f"{name}: throttling delays orders"


@pytest.mark.parametrize("case", ["bundled", "observability"])
def test_a_bundled_release_asks_for_at_most_one_and_a_half_cores(manifests: Manifests, case: str) -> None:
    documents = [document for document in manifests(case) if document["kind"] != "Pod"]
    requests = [
        Decimal(container["resources"]["requests"]["cpu"].removesuffix("m")) / 1000
        for pod in pods(documents).values()
        for container in pod["containers"]
    ]
    assert sum(requests) <= MOST_CORES


@pytest.mark.parametrize("case", CASES)
def test_pods_are_given_more_time_than_their_drain(manifests: Manifests, case: str) -> None:
    for name, pod in _services(manifests(case)).items():
        drain = float(_environment(pod)["SEXTANT_DRAIN_S"])
        assert pod["terminationGracePeriodSeconds"] >= drain + 5, name


@pytest.mark.parametrize("case", CASES)
def test_services_understand_every_variable_that_they_are_given(manifests: Manifests, case: str) -> None:
    services = _services(manifests(case))
    assert services
    for name, pod in services.items():
        environment = {key: value for key, value in _environment(pod).items() if key.startswith("SEXTANT_")}
        process = load_process(environment)
        assert process.health_port == 8080, name
        assert process.health_host == "0.0.0.0", name


@pytest.mark.parametrize("case", CASES)
def test_a_change_of_configuration_changes_the_pods(manifests: Manifests, case: str) -> None:
    def checksums(*options: str) -> dict[str, str]:
        return {
            document["metadata"]["name"]: document["spec"]["template"]["metadata"]["annotations"][
                "checksum/config"
            ]
            for document in of_kind(manifests(case, *options), "Deployment", "StatefulSet")
            if "python" in document["spec"]["template"]["spec"]["containers"][0].get("command", [])
            and "services." in str(document["spec"]["template"]["spec"]["containers"][0]["command"])
        }

    before = checksums()
    after = checksums("--set", "config.overrides.breaker.trial_ms=12345")
    assert before.keys() == after.keys()
    assert len(set(before.values())) == 1
    assert set(before.values()).isdisjoint(after.values())


def test_a_change_of_accounts_changes_the_simulated_venue_that_reads_them(manifests: Manifests) -> None:
    def checksums(*options: str) -> dict[str, str]:
        return {
            document["metadata"]["name"]: document["spec"]["template"]["metadata"]["annotations"][
                "checksum/config"
            ]
            for document in of_kind(manifests("bundled", *options), "Deployment")
            if document["metadata"]["name"].startswith("sextant-venue-")
        }

    def changed(value: str) -> set[str]:
        after = checksums("--set-string", f"config.overrides.{value}")
        return {name for name, checksum in checksums().items() if after[name] != checksum}

    assert set(checksums()) == {"sextant-venue-alpha", "sextant-venue-beta", "sextant-venue-gamma"}
    assert changed("venue_accounts.alpha-main.opening.USDT=5") == {"sextant-venue-alpha"}
    assert changed("venue_accounts.beta-main.taker_fee_bp=3") == {"sextant-venue-beta"}
    assert changed("portfolios.main.limits.unit_notional=250") == set(), "it would forget what it holds"


@pytest.mark.parametrize(
    ("case", "address", "authority"),
    [
        ("bundled", "127.0.0.1:7100", None),
        ("external", "sextant-operator.sextant.svc:7100", "/etc/sextant/operator-tls/ca.crt"),
    ],
)
def test_commands_in_the_pod_of_console_know_how_to_reach_it(
    manifests: Manifests, case: str, address: str, authority: str | None
) -> None:
    documents = manifests(case)
    pod = pods(documents)["Deployment/sextant-console"]
    environment = _environment(pod)
    assert environment["SEXTANT_OPERATOR"] == address
    assert environment.get("SEXTANT_OPERATOR_CA_FILE") == authority
    if authority:
        host, _, port = address.partition(":")
        (service,) = [
            each
            for each in of_kind(documents, "Service")
            if f"{each['metadata']['name']}.sextant.svc" == host
        ]
        assert [each["port"] for each in service["spec"]["ports"]] == [int(port)]
        mounts = {each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
        assert authority.rpartition("/")[0] in mounts


@pytest.mark.parametrize("case", CASES)
def test_only_execution_sees_venue_keys_and_only_execution_and_ledger_the_database(
    manifests: Manifests, case: str
) -> None:
    seen: dict[str, set[str]] = {}
    for name, pod in pods(manifests(case)).items():
        for volume in pod.get("volumes", []):
            if "secret" in volume:
                seen.setdefault(volume["name"], set()).add(name.rpartition("-")[2])
    assert seen.get("venue-keys", {"execution"}) == {"execution"}
    assert seen["postgres"] == {"execution", "ledger", "migrations"}
    assert seen["operator"] == {"execution", "ledger", "breaker", "risk", "console"}


@pytest.mark.parametrize("case", CASES)
def test_no_secret_stands_in_a_variable_or_a_configuration(manifests: Manifests, case: str) -> None:
    documents = manifests(case)
    made_up = [
        value
        for secret in of_kind(documents, "Secret")
        for key, value in secret["stringData"].items()
        if key != "username"
    ]
    rest = repr([document for document in documents if document["kind"] != "Secret"])
    assert not [value for value in made_up if value in rest]


def test_both_sides_of_a_simulated_venue_hold_the_same_key(manifests: Manifests) -> None:
    import json

    secrets = {
        secret["metadata"]["name"]: secret["stringData"] for secret in of_kind(manifests("bundled"), "Secret")
    }
    for venue in ("alpha", "beta", "gamma"):
        own = json.loads(secrets["sextant-venue-keys"][f"{venue}-main.json"])
        (known,) = json.loads(secrets[f"sextant-venue-{venue}"]["keys.json"])
        assert known == {**own, "account": f"{venue}-main"}


@pytest.mark.parametrize("case", CASES)
def test_the_order_path_goes_first(manifests: Manifests, case: str) -> None:
    classes = {name: pod.get("priorityClassName") for name, pod in _services(manifests(case)).items()}
    first = {name.rpartition("-")[2] for name, given in classes.items() if given}
    assert first == {"breaker", "risk", "execution", "ledger"}


@pytest.mark.parametrize("case", CASES)
def test_probes_ask_what_the_runtime_answers(manifests: Manifests, case: str) -> None:
    for name, pod in _services(manifests(case)).items():
        container = pod["containers"][0]
        assert container["livenessProbe"]["httpGet"]["path"] == "/health/live", name
        assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready", name
        start = "/health/live" if name.endswith("execution") else "/health/kafka"
        assert container["startupProbe"]["httpGet"]["path"] == start, name


@pytest.mark.parametrize("case", CASES)
def test_helm_test_waits_for_a_booked_order(manifests: Manifests, case: str) -> None:
    (pod,) = of_kind(manifests(case), "Pod")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    (container,) = pod["spec"]["containers"]
    assert container["command"][:2] == ["sextant", "smoke"]
    assert "SEXTANT_KAFKA" in _environment(pod["spec"])


def _services(documents: list[Document]) -> dict[str, Document]:
    return {
        name: pod
        for name, pod in pods(documents).items()
        if "services." in str(pod["containers"][0].get("command", []))
    }


def _environment(pod: Document) -> dict[str, Any]:
    return {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
