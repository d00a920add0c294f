"""What Prometheus and Alertmanager are given is what they take, and what dashboards name is there."""

from __future__ import annotations

import json
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


def test_alertmanager_sends_where_its_receivers_have_their_secrets(manifests: Manifests) -> None:
    documents = manifests("observability", "--set", "observability.alertmanager.existingSecret=receivers")
    sent = yaml.safe_load(_files(documents, "alertmanager")["alertmanager.yml"])
    assert sent == yaml.safe_load((OBSERVABILITY / "alertmanager.yml").read_text())
    pod = pods(documents)["Deployment/sextant-alertmanager"]
    (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "receivers"]
    assert sent["global"]["smtp_auth_password_file"].startswith(mount["mountPath"])


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
