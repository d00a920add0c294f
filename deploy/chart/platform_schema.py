"""The schema of the platform's YAML, from the model that services read it with: what they would refuse is refused at install."""

from __future__ import annotations

from typing import Any, Final

from sextant.runtime.settings.platform import Platform

#: Pydantic's pattern of a decimal looks ahead, which the regular expressions of Helm's validator cannot.
_DECIMAL: Final = r"^[+-]?[0-9]*\.?[0-9]+$"
_LOOKAHEAD: Final = "(?!"


def platform_definitions() -> dict[str, Any]:
    """Return definitions: `platform-change`, of which any part may be given, and `platform-sections`, whose sections are whole."""
    return {
        "platform-change": _inlined(is_partial=True),
        "platform-sections": {**_inlined(is_partial=False), "required": []},
    }


def _inlined(*, is_partial: bool) -> dict[str, Any]:
    schema = Platform.model_json_schema(mode="validation")
    definitions = schema.pop("$defs")
    resolved: dict[str, Any] = _resolve(schema, definitions, is_partial)
    return resolved


def _resolve(node: Any, definitions: dict[str, Any], is_partial: bool) -> Any:
    """Return the node with references replaced by what they name, and with what is only for readers left out."""
    if isinstance(node, list):
        return [_resolve(item, definitions, is_partial) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _resolve(definitions[node["$ref"].rpartition("/")[2]], definitions, is_partial)
    kept = {key: value for key, value in node.items() if not _is_dropped(key, value, is_partial)}
    if "properties" in kept:
        kept["properties"] = {
            key: _resolve(value, definitions, is_partial) for key, value in kept["properties"].items()
        }
    others = {
        key: _resolve(value, definitions, is_partial) for key, value in kept.items() if key != "properties"
    }
    if _LOOKAHEAD in str(others.get("pattern", "")):
        others["pattern"] = _DECIMAL
    return {**others, **({"properties": kept["properties"]} if "properties" in kept else {})}


def _is_dropped(key: str, value: Any, is_partial: bool) -> bool:
    for_readers = key in ("title", "default", "description") and not isinstance(value, dict)
    return for_readers or key == "default" or (key == "required" and is_partial and isinstance(value, list))
