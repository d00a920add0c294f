"""The configuration: the platform's file, and the environment of services."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sextant.cli.doctoring.findings import Finding, fail, ok, warn
from sextant.core.errors import SettingsInvalid
from sextant.runtime.settings import Platform, load_platform, load_process
from sextant.runtime.settings.platform import Mode


def configuration(path: Path) -> tuple[Finding, Platform | None]:
    """Return how the platform's file stands, and what it says where it can be used."""
    try:
        platform = load_platform(path)
    except SettingsInvalid as error:
        return fail("configuration", str(error), f"mend {path}; sextant config check --config {path}"), None
    says = (
        f"{path}: mode {platform.mode.value}, {len(platform.venues)} venues, {len(platform.assets)} assets, "
        f"{len(platform.portfolios)} portfolios"
    )
    if platform.mode is Mode.LIVE:
        return warn(
            "configuration", f"{says}: orders are real", "mode: sim or paper unless that is meant"
        ), platform
    return ok("configuration", says), platform


def environment(variables: Mapping[str, str], config: Path) -> Finding:
    """Return whether a service would take the SEXTANT_* variables that are set here."""
    own = sorted(name for name in variables if name.startswith("SEXTANT_"))
    try:
        process = load_process({"SEXTANT_CONFIG": str(config), **variables})
    except SettingsInvalid as error:
        return fail("environment", str(error), "unset or mend the variables")
    if process.faults:
        return warn(
            "environment", "SEXTANT_FAULTS switches off what keeps records whole", "unset SEXTANT_FAULTS"
        )
    return ok("environment", ", ".join(own) if own else "no SEXTANT_* variable is set")
