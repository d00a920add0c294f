"""Rendering the chart with helm: plain manifests for those without Helm, and golden renders that a change is seen in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.chart.paths import CASES, CHART, GOLDEN, MANIFESTS

#: Release and namespace of every render; names of Services are part of what is rendered.
RELEASE: Final = "sextant"
NAMESPACE: Final = "sextant"
#: Where the tools of the cluster tests lie when they are not on the path.
_HOME: Final = "KUBE_HOME"
#: What a render takes the cluster for: helm knows none, and one that is built from source takes it for an ancient one.
KUBERNETES: Final = "1.33.0"
_MADE_UP: Final = re.compile(r'(?m)^(  [\w.-]+: )".*"$')
_NOTE: Final = "# Rendered from deploy/helm/sextant by `make manifests`; change the chart, not this file.\n"


class HelmMissing(Exception):
    """There is no helm here."""


class RenderFailed(Exception):
    """Helm refused the values or a template; the message is what it said."""


def find_tool(name: str) -> str | None:
    """Return the path of a tool: on the path, or where the cluster's tools were built."""
    home = Path(os.environ.get(_HOME) or Path.home() / ".cache" / "kube-local")
    return shutil.which(name) or shutil.which(name, path=str(home / "bin"))


def find_helm() -> str:
    """Return helm's path. Raises HelmMissing."""
    found = find_tool("helm")
    if found is None:
        raise HelmMissing(f"helm is neither on the path nor in ${_HOME}/bin")
    return found


def render(helm: str, *options: str, values: Sequence[Path] = ()) -> str:
    """Return what helm would install. Raises RenderFailed."""
    files = [part for path in values for part in ("--values", str(path))]
    command = [
        helm,
        "template",
        RELEASE,
        str(CHART),
        "--namespace",
        NAMESPACE,
        "--kube-version",
        KUBERNETES,
        *files,
        *options,
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=_environment())  # noqa: S603 (helm and our own arguments)
    if done.returncode != 0:
        raise RenderFailed(done.stderr.strip())
    return done.stdout


def rendered_files(helm: str) -> dict[Path, str]:
    """Return every rendered file of the repository, by its path. Raises RenderFailed."""
    golden = {
        GOLDEN / f"{case.name.removesuffix('-values.yaml')}.yaml": _NOTE
        + without_secrets(render(helm, values=[case]))
        for case in cases()
    }
    plain = {
        MANIFESTS / f"{name}.yaml": _NOTE
        + _plain(render(helm, "--skip-tests", values=[MANIFESTS / "values" / f"{name}.yaml"]))
        for name in sorted(path.stem for path in (MANIFESTS / "values").glob("*.yaml"))
    }
    return golden | plain


def cases() -> list[Path]:
    """Return the values of each kind of release that is checked."""
    return sorted(CASES.glob("*-values.yaml"))


def without_secrets(manifests: str) -> str:
    """Return the manifests with what was made up for Secrets left out: it differs in each render."""
    documents = manifests.split("\n---\n")
    return "\n---\n".join(
        _MADE_UP.sub(r'\1"(made up)"', document) if "\nkind: Secret\n" in document else document
        for document in documents
    )


def _plain(manifests: str) -> str:
    return manifests.replace("app.kubernetes.io/managed-by: Helm", "app.kubernetes.io/managed-by: kubectl")


def _environment() -> dict[str, str]:
    # A render depends on no cluster and no user's settings.
    return {key: value for key, value in os.environ.items() if not key.startswith(("HELM_", "KUBE"))}
