"""Start the archive as a process."""

from services.archive.bootstrap import build
from sextant.runtime.main import run_service


def main() -> int:
    return run_service("archive", build)


if __name__ == "__main__":
    raise SystemExit(main())
