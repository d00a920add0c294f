"""What an operator's order must look like, whichever way it goes: scope, id, reason, who."""

from __future__ import annotations

import re
from typing import Final

from sextant.core.errors import InvalidValue

LONGEST_REASON: Final = 500
_SCOPE: Final = re.compile(r"(global|portfolio/[a-z0-9][a-z0-9_-]{0,30})")
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_WHO: Final = re.compile(r"[^\x00-\x1f\x7f]{1,64}")


def check_scope(field: str, scope: str) -> str:
    """Return the scope. Raises InvalidValue that names `field`."""
    return _matched(_SCOPE, field, scope, '"global" or "portfolio/<name>"')


def check_id(field: str, identifier: str) -> str:
    """Return the id. Raises InvalidValue that names `field`."""
    return _matched(_ID, field, identifier, "1 to 64 letters, digits, dots, dashes or underscores")


def check_who(field: str, who: str) -> str:
    """Return who gives the order. Raises InvalidValue that names `field`."""
    return _matched(_WHO, field, who, "1 to 64 printable characters")


def check_reason(field: str, reason: str) -> str:
    """Return the reason, which may be empty. Raises InvalidValue that names `field` and shows no more than its length."""
    if len(reason) > LONGEST_REASON:
        raise InvalidValue(field, f"{len(reason)} characters", f"at most {LONGEST_REASON} characters")
    return reason


def _matched(pattern: re.Pattern[str], field: str, value: str, expected: str) -> str:
    if not pattern.fullmatch(value):
        raise InvalidValue(field, value[:100], expected)
    return value
