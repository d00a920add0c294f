"""Start the ledger as a process."""

from services.ledger.bootstrap import build
from sextant.runtime.main import run_service
from sextant.runtime.settings import Platform, Process
from sextant.runtime.settings.needs import require_operator_keys, require_postgres


def check(process: Process, platform: Platform) -> None:
    """Raise SettingsInvalid without a database, or with an operators' secret that cannot be used."""
    require_postgres(process)
    require_operator_keys(process)


def main() -> int:
    return run_service("ledger", build, check=check)


if __name__ == "__main__":
    raise SystemExit(main())
