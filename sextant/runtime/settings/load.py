"""Reading settings: every key that is wrong is named, with what it held and what was expected."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sextant.core.errors import SettingsInvalid
from sextant.runtime.settings.platform import Mode, Platform
from sextant.runtime.settings.process import PREFIX, Process

#: Variables of the `sextant` command, which may be set in the same shell; `stack up` prints the address of Valkey, which no service uses.
_OF_THE_COMMAND = frozenset(
    {
        "SEXTANT_STACK_ROOT",
        "SEXTANT_STACK_PASSWORD",
        "SEXTANT_STACK_PASSWORD_FILE",
        "SEXTANT_OPERATOR",
        "SEXTANT_OPERATOR_CA_FILE",
        "SEXTANT_JAEGER_URL",
        "SEXTANT_VALKEY",
    }
)
#: Errors of which the key says enough. The value of an unknown key may be a secret that was put into the wrong file.
_NAMED_ONLY = frozenset({"missing", "value_error", "extra_forbidden"})
#: The password in scheme://user:password@host.
_PASSWORD = re.compile(r"(://[^/@:\s]*:)[^/@\s]*(@)")


def load_platform(path: Path) -> Platform:
    """Read the platform's YAML. Raises SettingsInvalid that names file, keys and values."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_OnceLoader)  # noqa: S506 (a SafeLoader)
    except OSError as error:
        raise SettingsInvalid(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"{path}: is not UTF-8: {error}") from error
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
    unknown = sorted(set(ours) - set(known) - _OF_THE_COMMAND)
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


def check_faults(process: Process, platform: Platform) -> None:
    """Raise SettingsInvalid when something is to be switched off where it is needed."""
    if process.faults and platform.mode is not Mode.SIM:
        named = ", ".join(sorted(process.faults))
        raise SettingsInvalid(
            f"SEXTANT_FAULTS: expected nothing in mode {platform.mode.value}, was {named!r}: faults are for mode sim"
        )


def redacted(process: Process, platform: Platform) -> dict[str, Any]:
    """Return both as plain data for --check-config; secrets are stars, also passwords inside of addresses."""
    dumped = {"process": process.model_dump(mode="json"), "platform": platform.model_dump(mode="json")}
    redacted_data: dict[str, Any] = without_passwords(dumped)
    return redacted_data


def without_passwords(data: Any) -> Any:
    """Return plain data with stars for the password of every URL in it."""
    if isinstance(data, dict):
        return {key: without_passwords(value) for key, value in data.items()}
    if isinstance(data, list):
        return [without_passwords(value) for value in data]
    return _PASSWORD.sub(r"\1**********\2", data) if isinstance(data, str) else data


class _OnceLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping: YAML would take the last, and of two limits nobody knows which one holds."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep)


def _explain(source: str, error: ValidationError) -> str:
    lines = [f"{source}: {error.error_count()} setting(s) cannot be used:"]
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or "(whole)"
        held = "" if item["type"] in _NAMED_ONLY else f", was {item['input']!r}"
        lines.append(f"  {key}: {item['msg']}{held}")
    return "\n".join(lines)
