"""Runs breaker as a process."""

from __future__ import annotations

from sextant.runtime.main import run_service

from services.breaker.bootstrap import build


def main() -> int:
    return run_service("breaker", build)


if __name__ == "__main__":
    raise SystemExit(main())
