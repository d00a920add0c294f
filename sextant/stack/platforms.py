"""Whether the servers' wheels exist for this Python, system and processor."""

from __future__ import annotations

import platform
import sys

from sextant.stack.errors import UnsupportedPlatform

SUPPORTED = frozenset({("Linux", "x86_64"), ("Linux", "arm64"), ("Darwin", "arm64")})
PYTHONS = ((3, 11), (3, 13))
_SAME_PROCESSOR = {"amd64": "x86_64", "aarch64": "arm64"}


def check_platform(
    system: str | None = None, machine: str | None = None, python: tuple[int, int] | None = None
) -> None:
    """Return when the stack can run here; raise UnsupportedPlatform with what was found and what is needed.

    The arguments default to this process's own and are there for tests.
    """
    system = system or platform.system()
    machine = (machine or platform.machine()).lower()
    python = python or (sys.version_info.major, sys.version_info.minor)
    if (system, _SAME_PROCESSOR.get(machine, machine)) not in SUPPORTED:
        raise UnsupportedPlatform(
            "the local Kafka, Postgres and Valkey run on Linux x86-64, Linux arm64 and macOS arm64; "
            f"this is {system} {machine}. Point the services at servers of your own instead."
        )
    if not PYTHONS[0] <= python <= PYTHONS[1]:
        raise UnsupportedPlatform(
            "the local Kafka, Postgres and Valkey need Python 3.11 to 3.13; "
            f"this is Python {python[0]}.{python[1]}"
        )
