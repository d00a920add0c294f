"""What one look found: how it stands, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How something stands."""

    OK = "ok"
    #: It works, and somebody should look.
    WARN = "warn"
    #: Something of the platform cannot work like this.
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` says what to do about it; empty where nothing is to be done."""

    name: str
    grade: Grade
    says: str
    remedy: str = ""


def ok(name: str, says: str) -> Finding:
    """Return a finding that is as it should be."""
    return Finding(name, Grade.OK, says)


def warn(name: str, says: str, remedy: str) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(name, Grade.WARN, says, remedy)


def fail(name: str, says: str, remedy: str) -> Finding:
    """Return a finding that something cannot work with."""
    return Finding(name, Grade.FAIL, says, remedy)
