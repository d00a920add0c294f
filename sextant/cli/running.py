"""Running what is asynchronous inside a command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import typer

#: What shells report of a process that Ctrl-C ended.
INTERRUPTED: Final = 130
_Result = TypeVar("_Result")


def run(work: Coroutine[Any, Any, _Result], *, interrupted: int = INTERRUPTED) -> _Result:
    """Return the result; Ctrl-C cancels the work, lets it close what it opened, and ends the command without a word."""
    # What the log's client says of failed attempts is said again, in a sentence, when the last one has failed.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(interrupted) from None
