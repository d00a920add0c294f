"""Runs execution as a process."""

from __future__ import annotations

from services.execution.bootstrap import build
from services.execution.needs import check
from sextant.runtime.main import run_service


def main() -> int:
    return run_service("execution", build, check=check)


if __name__ == "__main__":
    raise SystemExit(main())
