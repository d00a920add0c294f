"""Runs risk as a process."""

from __future__ import annotations

from services.risk.bootstrap import build
from sextant.runtime.main import run_service
from sextant.runtime.settings.needs import require_operator_keys


def main() -> int:
    return run_service("risk", build, check=lambda process, _: require_operator_keys(process))


if __name__ == "__main__":
    raise SystemExit(main())
