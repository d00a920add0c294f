"""The chart's objects are ones that Kubernetes and the operators take, and its own suite passes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from deploy.chart.paths import CHART, GOLDEN, MANIFESTS
from deploy.chart.render import find_tool

Tool = Callable[[str], str]
OWN_SCHEMAS: Final = Path(__file__).parent / "schemas"
RENDERS: Final = [*sorted(GOLDEN.glob("*.yaml")), *sorted(MANIFESTS.glob("*.yaml"))]


def _kubernetes_schemas() -> Path:
    home = Path(os.environ.get("KUBE_HOME") or Path.home() / ".cache" / "kube-local")
    found = sorted((home / "schemas").glob("v1.*"))
    if not found:
        pytest.skip("no schemas of Kubernetes in $KUBE_HOME/schemas, and they are not downloaded")
    return found[-1]


def _conform(kubeconform: str, *files: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    schemas = (
        f"{_kubernetes_schemas()}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json",
        f"{OWN_SCHEMAS}/{{{{ .ResourceKind }}}}.json",
    )
    locations = [part for schema in schemas for part in ("-schema-location", schema)]
    return subprocess.run(
        [kubeconform, "-strict", "-summary", *locations, *map(str, files), *(() if files else ("-",))],
        check=False,
        capture_output=True,
        text=True,
        input=text,
    )


def test_every_object_has_the_shape_that_kubernetes_and_operators_take(tool: Tool) -> None:
    done = _conform(tool("kubeconform"), *RENDERS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Skipped: 0" in done.stdout


@pytest.mark.parametrize(
    ("kind", "field", "misspelt"),
    [
        ("ScaledObject", "maxReplicaCount", "maxReplicas"),
        ("KafkaTopic", "topicName", "topic"),
        ("Deployment", "serviceAccountName", "serviceAccountNames"),
    ],
)
def test_the_check_of_shapes_sees_a_misspelt_field(tool: Tool, kind: str, field: str, misspelt: str) -> None:
    documents = (GOLDEN / "external.yaml").read_text().split("\n---\n")
    (chosen, *_) = [text for text in documents if f"\nkind: {kind}\n" in text]
    assert _conform(tool("kubeconform"), text=chosen).returncode == 0
    assert _conform(tool("kubeconform"), text=chosen.replace(f"{field}:", f"{misspelt}:")).returncode != 0


def test_suite_of_helm_unittest_passes(helm: str) -> None:
    runner = find_tool("helm-unittest") or find_tool("untt")
    if runner is None:
        pytest.skip("helm-unittest is neither on the path nor in $KUBE_HOME/bin")
    done = subprocess.run([runner, "--strict", str(CHART)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
