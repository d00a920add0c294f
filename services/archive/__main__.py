"""Start the archive as a process."""

from services.archive.bootstrap import build
from sextant.runtime.main import run_service
from sextant.runtime.settings.needs import require_archive_folder


def main() -> int:
    return run_service("archive", build, check=lambda process, _: require_archive_folder(process))


if __name__ == "__main__":
    raise SystemExit(main())
