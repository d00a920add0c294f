"""Runs risk as a process."""

from __future__ import annotations

from services.risk.bootstrap import build
from sextant.runtime.main import run_service


def main() -> int:
    return run_service("risk", build)


if __name__ == "__main__":
    raise SystemExit(main())
