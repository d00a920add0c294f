"""What is rendered is what is kept: a change of the chart is seen in the objects that it changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.chart.files import stale
from deploy.chart.paths import CHART, GOLDEN, MANIFESTS, ROOT
from deploy.chart.render import KUBERNETES, cases, rendered_files


def test_golden_renders_and_plain_manifests_are_up_to_date(helm: str) -> None:
    differing = stale(rendered_files(helm), (GOLDEN,))
    assert [str(path.relative_to(ROOT)) for path in differing] == [], (
        "run `make manifests` and look at what changed"
    )


@pytest.mark.parametrize("case", cases(), ids=lambda path: path.name.removesuffix("-values.yaml"))
def test_chart_is_lint_free(helm: str, case: Path) -> None:
    done = subprocess.run(
        [
            helm,
            "lint",
            "--strict",
            "--quiet",
            "--kube-version",
            KUBERNETES,
            str(CHART),
            "--values",
            str(case),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("region", sorted((CHART / "regions").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_region_is_chosen_by_one_more_file(helm: str, region: Path) -> None:
    from deploy.chart.render import render

    rendered = render(helm, values=[region])
    assert f'value: "{region.stem}"' in rendered
    assert f"home_region: {region.stem}" in rendered


def test_plain_manifests_hold_no_secret() -> None:
    files = sorted(MANIFESTS.glob("*.yaml"))
    assert {path.stem for path in files} == {"evaluation", "production"}
    for path in files:
        assert "\nkind: Secret\n" not in path.read_text()


def test_the_shortest_production_values_have_five_lines() -> None:
    assert len((CHART / "values-minimal.yaml").read_text().splitlines()) == 5
