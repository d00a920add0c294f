"""Waiting for several calls at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

_Outcome = TypeVar("_Outcome")


async def gathered(calls: Iterable[Awaitable[_Outcome]]) -> list[_Outcome]:
    """Return every outcome, in order, once all have ended, so that nothing goes on behind the back of who learns of a failure."""
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
