"""Start the ledger as a process."""

from services.ledger.bootstrap import build
from sextant.runtime.main import run_service


def main() -> int:
    return run_service("ledger", build)


if __name__ == "__main__":
    raise SystemExit(main())
