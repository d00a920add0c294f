"""Runs triangulation as a process."""

from __future__ import annotations

from services.triangulation.bootstrap import build
from sextant.runtime.main import run_service


def main() -> int:
    return run_service("triangulation", build)


if __name__ == "__main__":
    raise SystemExit(main())
