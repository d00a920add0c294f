"""Where the chart and what is made of it lie."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CHART: Final = ROOT / "deploy" / "helm" / "sextant"
#: Values that stand for a kind of release each; rendered, compared and checked as one.
CASES: Final = CHART / "ci"
MANIFESTS: Final = ROOT / "deploy" / "k8s"
GOLDEN: Final = ROOT / "tests" / "chart" / "golden"
OBSERVABILITY: Final = ROOT / "deploy" / "observability"
PLATFORM: Final = ROOT / "config" / "sextant.yaml"
VALUES_PAGE: Final = ROOT / "docs" / "values.md"
