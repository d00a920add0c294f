"""`sextant config`: what the platform's file says, with defaults filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sextant.cli.printing import print_json
from sextant.runtime.settings import load_platform
from sextant.runtime.settings.load import without_passwords

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check the platform's configuration file.",
    epilog="Example: sextant config check",
)

_Config = Annotated[
    Path,
    typer.Option("--config", envvar="SEXTANT_CONFIG", help="The platform's YAML."),
]


@app.callback()
def _root() -> None:
    """Keeps `check` a subcommand while it is the only one."""


@app.command(epilog="Example: sextant config check --config config/sextant.yaml")
def check(config: _Config = Path("config/sextant.yaml")) -> None:
    """Print what services would use, defaults filled in and secrets as stars; exit with 2 and name every key that is wrong.

    Keys of venue accounts lie in files that only execution reads; passwords in addresses are printed as stars.
    """
    print_json(without_passwords(load_platform(config).model_dump(mode="json")))
