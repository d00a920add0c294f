"""Jaeger as an image: the built program alone, packed under the name that the chart asks for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.cluster.node import ROOT, TOOL
from tests.support.jaeger import jaeger_program

_VALUES = ROOT / "deploy" / "helm" / "sextant" / "values.yaml"


def missing() -> str:
    """Return why no image can be packed; empty when one can."""
    return "" if jaeger_program() else "no Jaeger: neither $JAEGER_HOME/jaeger nor one on the path"


def packed(folder: Path) -> Path:
    """Pack the image and return its archive. Raises CalledProcessError."""
    name = yaml.safe_load(_VALUES.read_text())["observability"]["jaeger"]["image"]
    root, archive = folder / "jaeger.root", folder / "jaeger.tar"
    root.mkdir()
    shutil.copy2(jaeger_program() or "", root / "jaeger")
    command = [
        *(sys.executable, str(TOOL / "image.py"), name, str(root), str(archive)),
        *("--entrypoint", '["/jaeger"]'),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return archive
