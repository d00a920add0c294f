"""Runs execution as a process."""

from __future__ import annotations

from services.execution.bootstrap import build
from services.execution.needs import check
from sextant.runtime.main import run_service


def main() -> int:
    # The emergency door must open with the broker down.
    return run_service("execution", build, check=check, waits_for_log=False)


if __name__ == "__main__":
    raise SystemExit(main())
