"""Reading settings: every key that is wrong is named, with what it held and what was expected."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sextant.core.errors import SettingsInvalid
from sextant.runtime.settings.platform import Platform
from sextant.runtime.settings.process import PREFIX, Process

#: Variables of `sextant stack`, which may be set in the same shell.
_OF_THE_STACK = frozenset({"SEXTANT_STACK_ROOT", "SEXTANT_STACK_PASSWORD"})


def load_platform(path: Path) -> Platform:
    """Read the platform's YAML. Raises SettingsInvalid that names file, keys and values."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsInvalid(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise SettingsInvalid(f"{path}: is not YAML: {error}") from error
    if not isinstance(data, dict):
        raise SettingsInvalid(
            f"{path}: expected a mapping with the sections of the platform, was {type(data).__name__}"
        )
    try:
        return Platform.model_validate(data)
    except ValidationError as error:
        raise SettingsInvalid(_explain(str(path), error)) from error


def load_process(environment: Mapping[str, str] | None = None) -> Process:
    """Read SEXTANT_* variables. Raises SettingsInvalid for an unknown one as well as for a wrong value."""
    variables = os.environ if environment is None else environment
    known = {f"{PREFIX}{name.upper()}": name for name in Process.model_fields}
    ours = {name: value for name, value in variables.items() if name.startswith(PREFIX)}
    unknown = sorted(set(ours) - set(known) - _OF_THE_STACK)
    if unknown:
        raise SettingsInvalid(
            f"environment: unknown variables {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )
    values: dict[str, Any] = {known[name]: value for name, value in ours.items() if name in known}
    if "faults" in values:
        values["faults"] = frozenset(filter(None, values["faults"].split(",")))
    try:
        return Process.model_validate(values)
    except ValidationError as error:
        raise SettingsInvalid(_explain("environment", error)) from error


def redacted(process: Process, platform: Platform) -> dict[str, Any]:
    """Return both as plain data for --check-config; secrets are stars."""
    return {"process": process.model_dump(mode="json"), "platform": platform.model_dump(mode="json")}


def _explain(source: str, error: ValidationError) -> str:
    lines = [f"{source}: {error.error_count()} setting(s) cannot be used:"]
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or "(whole)"
        held = "" if item["type"] in ("missing", "value_error") else f", was {item['input']!r}"
        lines.append(f"  {key}: {item['msg']}{held}")
    return "\n".join(lines)
