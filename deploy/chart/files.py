"""The files that are made of others and need no tool: what is to be where, and whether it is."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.chart.page import values_page
from deploy.chart.paths import CHART, OBSERVABILITY, PLATFORM, VALUES_PAGE
from deploy.chart.registry import registry_file
from deploy.chart.schema import values_schema


def made_files() -> dict[Path, str]:
    """Return the text of every made file, by its path."""
    return {
        CHART / "files" / "sextant.yaml": PLATFORM.read_text(encoding="utf-8"),
        CHART / "files" / "registry.json": _json(registry_file()),
        CHART / "values.schema.json": _json(values_schema()),
        VALUES_PAGE: values_page(),
        **_observability(),
    }


def stale(files: dict[Path, str], folders: tuple[Path, ...] = ()) -> list[Path]:
    """Return the files that are missing or differ, and those that lie in one of the folders and are no longer made."""
    differing = [
        path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    left = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path not in files]
    return sorted({*differing, *left})


def write(files: dict[Path, str], folders: tuple[Path, ...] = ()) -> None:
    """Write every file, and remove from the folders what is no longer made."""
    for path in stale(files, folders):
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()


def _observability() -> dict[Path, str]:
    """The chart can read only what lies inside of it: rules and dashboards are copies."""
    patterns = ("rules/*.yml", "dashboards/*.json", "alertmanager.yml")
    return {
        CHART / "files" / "observability" / path.relative_to(OBSERVABILITY): path.read_text(encoding="utf-8")
        for pattern in patterns
        for path in sorted(OBSERVABILITY.glob(pattern))
    }


def _json(data: object) -> str:
    return json.dumps(data, indent=1, sort_keys=False) + "\n"
