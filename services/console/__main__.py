"""Start the console as a process."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from services.console.bootstrap import build_for
from sextant.runtime.main import run_service


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    is_live = arguments.view == "live" or (arguments.view == "auto" and sys.stdout.isatty())
    if is_live:
        # Lines of the log would tear the picture where both go to one terminal.
        os.environ.setdefault("SEXTANT_LOG_LEVEL", "ERROR")
    return run_service(
        "console", build_for(is_live=is_live), ["--check-config"] if arguments.check_config else []
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.console",
        description="Sextant's terminal dashboard. Shows until SIGTERM or Ctrl-C; the last screen stays.",
        epilog="example: SEXTANT_CONFIG=config/sextant.yaml SEXTANT_KAFKA=127.0.0.1:9092 python -m services.console",
    )
    parser.add_argument(
        "--view",
        choices=("auto", "live", "lines"),
        default="auto",
        help="live draws on the terminal, lines prints one line every 5 s; auto is live on a terminal (default)",
    )
    parser.add_argument(
        "--check-config", action="store_true", help="print the settings, secrets redacted, and exit"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
