"""`sextant version`."""

from __future__ import annotations

import platform
from importlib import metadata

import typer


def version() -> None:
    """Print the versions of Sextant and of Python.

    Example: sextant version
    """
    typer.echo(
        f"sextant {metadata.version('sextant')} (Python {platform.python_version()}, {platform.system()} {platform.machine()})"
    )
