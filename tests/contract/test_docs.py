"""Pages say what the code says: the generated ones, names of metrics, and the objects of a cluster that commands name."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "runbooks").glob("*.md")])


def manifests() -> Iterator[dict[str, Any]]:
    """Yield the chart's objects, as they are rendered for a release `sextant` in a namespace `sextant`."""
    text = (ROOT / "deploy" / "k8s" / "evaluation.yaml").read_text(encoding="utf-8")
    yield from filter(None, yaml.load_all(text, Loader=yaml.CSafeLoader))


def test_the_generated_pages_are_what_would_be_generated_now() -> None:
    """Else run `python docs/generate.py` and commit what changed."""
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_name_only_metrics_that_are_promised(page: Path) -> None:
    stored = (ROOT / "tests" / "contract" / "metrics.txt").read_text(encoding="utf-8")
    promised = {line.split()[0] for line in stored.splitlines()}
    for name in re.findall(r"(?<![\w:])sextant_[a-z0-9_]+(?![\w:])", page.read_text(encoding="utf-8")):
        base = re.sub(r"_(total|bucket|count|sum)$", "", name)
        assert base in promised or name in promised, name


def test_commands_name_workloads_that_a_release_has() -> None:
    kinds = {"deploy": "Deployment", "deployment": "Deployment", "statefulset": "StatefulSet"}
    there = {(found["kind"], found["metadata"]["name"]) for found in manifests()}
    for page in PAGES:
        for kind, name in re.findall(
            r"\b(deploy|deployment|statefulset)/\$RELEASE-([$\w]+)", page.read_text(encoding="utf-8")
        ):
            assert (kinds[kind], f"sextant-{name}") in there, f"{page.name}: {kind}/$RELEASE-{name}"


def test_the_pod_that_restores_is_let_through_and_sees_the_dsn_as_the_one_that_migrates() -> None:
    """No pod has the DSN while execution and ledger are stopped, so operations.md makes one."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"<<POD\n(.+?)\nPOD\n", text, re.DOTALL)
    found = {(each["kind"], each["metadata"]["name"]): each.get("spec", {}) for each in manifests()}
    topics, migrations = (
        found["Job", f"sextant-{name}"]["template"]["spec"] for name in ("topics", "migrations")
    )
    kafka, job = topics["containers"][0], migrations["containers"][0]
    names = {"RELEASE": "sextant", "DSN_SECRET": "sextant-postgres", "DSN_KEY": "dsn", "IMAGE": job["image"]}
    pod = yaml.safe_load(Template(written).substitute(names, KAFKA="sextant-kafka.sextant.svc:9092"))

    assert pod["metadata"]["labels"] == found["NetworkPolicy", "sextant-setup"]["podSelector"]["matchLabels"]
    for key in ("automountServiceAccountToken", "enableServiceLinks", "securityContext", "volumes"):
        assert pod["spec"][key] == migrations[key], key
    (own,) = pod["spec"]["containers"]
    for key in ("securityContext", "volumeMounts"):
        assert own[key] == job[key], key
    assert own["env"] == [*kafka["env"], *job["env"]]
