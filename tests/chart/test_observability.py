"""What Prometheus and Alertmanager are given is what they take, and what dashboards name is there."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import yaml

from deploy.chart.paths import CHART, OBSERVABILITY
from sextant.contracts.topics import STAGES
from tests.chart.conftest import Document, of_kind, pods

Manifests = Callable[..., list[Document]]
Tool = Callable[[str], str]


def _files(documents: list[Document], name: str) -> dict[str, str]:
    (found,) = [
        document["data"]
        for document in of_kind(documents, "ConfigMap")
        if document["metadata"]["name"] == f"sextant-{name}"
    ]
    return dict(found)


def test_prometheus_takes_its_configuration_and_rules(
    manifests: Manifests, tool: Tool, tmp_path: Path
) -> None:
    documents = manifests("observability")
    rules = _files(documents, "rules")
    assert rules, "rules are part of the chart"
    for name, text in rules.items():
        (tmp_path / name).write_text(text)
    config = _files(documents, "prometheus")["prometheus.yml"].replace("/etc/prometheus-rules", str(tmp_path))
    (tmp_path / "prometheus.yaml").write_text(config)
    done = subprocess.run(
        [tool("promtool"), "check", "config", str(tmp_path / "prometheus.yaml")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rules found" in done.stdout


def test_prometheus_looks_at_every_service(manifests: Manifests) -> None:
    config = yaml.safe_load(_files(manifests("observability"), "prometheus")["prometheus.yml"])
    (discovery,) = config["scrape_configs"][0]["dns_sd_configs"]
    assert set(discovery["names"]) == {f"sextant-{stage}.sextant.svc" for stage in STAGES}


def test_alertmanager_takes_its_configuration(manifests: Manifests, tool: Tool, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(_files(manifests("observability"), "alertmanager")["alertmanager.yml"])
    done = subprocess.run(
        [tool("amtool"), "check-config", str(file)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


_ADDRESSES = {
    "existingSecret": "receivers",
    "email.smarthost": "mail.example:465",
    "email.from": "sextant@trading.example",
    "email.to": "desk@trading.example",
    "email.username": "sextant",
    "telegram.chatId": "-1001234567890",
}


def _addressed(**values: str) -> list[str]:
    return [
        word
        for key, value in values.items()
        for word in ("--set", f"observability.alertmanager.{key}={value}")
    ]


def test_alertmanager_sends_to_the_addresses_of_the_release(manifests: Manifests) -> None:
    documents = manifests("observability", *_addressed(**_ADDRESSES))
    sent = yaml.safe_load(_files(documents, "alertmanager")["alertmanager.yml"])
    shipped = yaml.safe_load((OBSERVABILITY / "alertmanager.yml").read_text())
    receivers = {receiver["name"]: receiver for receiver in sent["receivers"]}
    assert sent["global"]["smtp_smarthost"] == "mail.example:465"
    assert sent["global"]["smtp_from"] == "sextant@trading.example"
    assert receivers["email"]["email_configs"][0]["to"] == "desk@trading.example"
    assert receivers["telegram"]["telegram_configs"][0]["chat_id"] == -1001234567890
    assert sent["route"] == shipped["route"]
    assert sent["inhibit_rules"] == shipped["inhibit_rules"]
    (policy,) = [
        policy
        for policy in of_kind(documents, "NetworkPolicy")
        if policy["metadata"]["name"] == "sextant-alertmanager"
    ]
    ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    assert ports == {53, 443, 465}
    pod = pods(documents)["Deployment/sextant-alertmanager"]
    (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "receivers"]
    assert sent["global"]["smtp_auth_password_file"].startswith(mount["mountPath"])


def test_receivers_without_an_address_are_left_out(manifests: Manifests) -> None:
    documents = manifests("observability", *_addressed(existingSecret="receivers"))
    sent = yaml.safe_load(_files(documents, "alertmanager")["alertmanager.yml"])
    named = {receiver["name"] for receiver in sent["receivers"]}
    assert named == {"webhook", "deadman"}
    assert {sent["route"]["receiver"], *(route["receiver"] for route in sent["route"]["routes"])} == named
    assert not [key for key in sent["global"] if key.startswith("smtp_")]


def test_memory_is_told_of_before_the_limit_ends_the_service(manifests: Manifests) -> None:
    rules = yaml.safe_load((OBSERVABILITY / "rules/platform.yml").read_text())["groups"]
    (expression,) = [
        rule["expr"] for group in rules for rule in group["rules"] if rule.get("alert") == "MemoryHigh"
    ]
    threshold = re.fullmatch(r"\S+ > (\d+) \* 1024 \* 1024", expression)
    assert threshold, f"expected a threshold in MiB, was {expression}"
    given = pods(manifests("bundled"))
    for stage in STAGES:
        kind = "StatefulSet" if f"StatefulSet/sextant-{stage}" in given else "Deployment"
        limit = given[f"{kind}/sextant-{stage}"]["containers"][0]["resources"]["limits"]["memory"]
        assert limit.endswith("Mi"), stage
        assert int(threshold[1]) < int(limit.removesuffix("Mi")), stage


def test_dashboards_name_data_sources_that_are_provisioned(manifests: Manifests) -> None:
    documents = manifests("observability")
    sources = yaml.safe_load(_files(documents, "datasources")["datasources.yaml"])["datasources"]
    dashboards = _files(documents, "dashboards")
    assert set(dashboards) == {
        path.name for path in (CHART / "files/observability/dashboards").glob("*.json")
    }
    named = {uid for text in dashboards.values() for uid in _sources(json.loads(text))}
    assert named
    assert named <= {source["uid"] for source in sources} | {"-- Grafana --"}


def test_a_prometheus_operator_is_given_the_same_rules_and_dashboards(manifests: Manifests) -> None:
    documents = manifests("external")
    rules = {
        name: yaml.safe_load(text)["groups"]
        for name, text in _files(manifests("observability"), "rules").items()
    }
    given = {
        f"{document['metadata']['name'].removeprefix('sextant-')}.yml": document["spec"]["groups"]
        for document in of_kind(documents, "PrometheusRule")
    }
    assert given == rules
    labelled = [
        document
        for document in of_kind(documents, "ConfigMap")
        if document["metadata"]["labels"].get("grafana_dashboard") == "1"
    ]
    assert len(labelled) == len(_files(manifests("observability"), "dashboards"))


def _sources(node: object) -> set[str]:
    """Return the uid of every data source that a dashboard names."""
    if isinstance(node, list):
        return {uid for item in node for uid in _sources(item)}
    if not isinstance(node, dict):
        return set()
    source = node.get("datasource")
    own = {source["uid"]} if isinstance(source, dict) and "uid" in source else set()
    return own | {uid for value in node.values() for uid in _sources(value)}
