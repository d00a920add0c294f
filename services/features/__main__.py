"""Runs features as a process."""

from __future__ import annotations

from services.features.bootstrap import build
from sextant.runtime.main import run_service


def main() -> int:
    return run_service("features", build)


if __name__ == "__main__":
    raise SystemExit(main())
