"""Tools of the chart's tests: on the path or in $KUBE_HOME/bin; whoever needs one that is absent is skipped and says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.chart.render import HelmMissing, RenderFailed, cases, find_helm, find_tool, render

Document = dict[str, Any]
CASES = [path.name.removesuffix("-values.yaml") for path in cases()]


@pytest.fixture(scope="session")
def helm() -> str:
    try:
        return find_helm()
    except HelmMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Return the way to a tool by its name; the test is skipped where it is absent."""

    def find(name: str) -> str:
        found = find_tool(name)
        if found is None:
            pytest.skip(f"{name} is neither on the path nor in $KUBE_HOME/bin")
        return found

    return find


@pytest.fixture(scope="session")
def manifests(helm: str) -> Callable[..., list[Document]]:
    """Return the objects of a release: of a case by its name, with options of helm after it."""

    @cache
    def rendered(case: str, *options: str) -> list[Document]:
        values = [path for path in cases() if path.name == f"{case}-values.yaml"]
        return [
            document
            for document in yaml.load_all(render(helm, *options, values=values), Loader=yaml.CSafeLoader)
            if document
        ]

    return rendered


@pytest.fixture
def refusal(helm: str, tmp_path: Path) -> Callable[[str], str]:
    """Return what helm says of values (YAML) that cannot be used; the test fails where they can."""

    def of(text: str) -> str:
        file = tmp_path / "values.yaml"
        file.write_text(text)
        with pytest.raises(RenderFailed) as caught:
            render(helm, values=[file])
        return str(caught.value)

    return of


def of_kind(documents: Sequence[Document], *kinds: str) -> list[Document]:
    """Return the objects of some kinds."""
    return [document for document in documents if document["kind"] in kinds]


def pods(documents: Sequence[Document]) -> dict[str, Document]:
    """Return the pod specifications of whatever runs pods, by kind and name."""
    found = {}
    for document in of_kind(documents, "Deployment", "StatefulSet", "Job", "Pod"):
        name = f"{document['kind']}/{document['metadata']['name']}"
        spec = document["spec"]
        found[name] = spec["template"]["spec"] if "template" in spec else spec
    return found


def containers(pod: Document) -> list[Document]:
    """Return the containers of a pod, those that run first included."""
    return [*pod.get("initContainers", []), *pod["containers"]]
