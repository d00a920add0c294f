"""Start the console as a process: as the service, or as the dashboard of one that runs elsewhere."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from services.console.bootstrap import View, build_for, canvas_of, say_line
from services.console.remote import RemoteView
from sextant.core.errors import InvalidValue, SettingsInvalid, SextantError
from sextant.operator.client import OperatorClient, read_authority
from sextant.runtime.main import EXIT_FAILED, EXIT_SETTINGS, run_service
from sextant.runtime.operator_keys import read_operator_keys
from sextant.runtime.settings import Platform, Process
from sextant.runtime.settings.needs import require_operator_keys, require_whole_certificate


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    view = _view(arguments.view, is_remote=bool(arguments.api))
    if arguments.api:
        return _look_on(arguments.api, view)
    if view is View.LIVE:
        # Lines of the log would tear the picture where both go to one terminal.
        os.environ.setdefault("SEXTANT_LOG_LEVEL", "ERROR")
    options = ["--check-config"] if arguments.check_config else []
    return run_service("console", build_for(view), options, check=_check)


def _view(chosen: str, *, is_remote: bool) -> View:
    if chosen != "auto":
        return View(chosen)
    if sys.stdout.isatty():
        return View.LIVE
    return View.LINES if is_remote else View.NONE


def _check(process: Process, platform: Platform) -> None:
    require_operator_keys(process)
    require_whole_certificate(process)


def _look_on(api: str, view: View) -> int:
    """Show another console's picture; it needs neither a broker nor the platform's configuration."""
    try:
        secret = os.environ.get("SEXTANT_OPERATOR_TOKEN_FILE", "")
        if not secret:
            raise SettingsInvalid(
                "SEXTANT_OPERATOR_TOKEN_FILE: expected the file that holds the operators' secret, was nothing"
            )
        token = read_operator_keys(Path(secret)).api_token
        authority = os.environ.get("SEXTANT_OPERATOR_CA_FILE", "")
        certificates = read_authority(Path(authority) if authority else None)
        asyncio.run(_remote(api, token, certificates, view))
    except (SettingsInvalid, InvalidValue) as error:
        print(f"console: {error}", file=sys.stderr)
        return EXIT_SETTINGS
    except SextantError as error:
        print(f"console: {error}", file=sys.stderr)
        return EXIT_FAILED
    return 0


async def _remote(api: str, token: str, authority: bytes | None, view: View) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with OperatorClient(api, token, authority) as client:
        await RemoteView(client, canvas_of(view), say_line).run(stop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.console",
        description="Sextant's console: serves the operator API where SEXTANT_OPERATOR_TOKEN_FILE is set, and draws a dashboard on a terminal. "
        "Runs until SIGTERM or Ctrl-C; the last screen stays.",
        epilog="example: SEXTANT_CONFIG=config/sextant.yaml SEXTANT_KAFKA=127.0.0.1:9092 python -m services.console",
    )
    parser.add_argument(
        "--view",
        choices=("auto", *(view.value for view in View)),
        default="auto",
        help="live draws on the terminal, lines prints one line every 5 s, none shows nothing; auto is live on a terminal, else none (default)",
    )
    parser.add_argument(
        "--api",
        metavar="HOST:PORT",
        default=os.environ.get("SEXTANT_OPERATOR", ""),
        help="show the picture of the console that serves this operator API, without a broker and a configuration; by default SEXTANT_OPERATOR",
    )
    parser.add_argument(
        "--check-config", action="store_true", help="print the settings, secrets redacted, and exit"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
