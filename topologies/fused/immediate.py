"""Running coroutines that never wait."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def finish(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Return the result of a coroutine of an adapter in memory, which awaits nothing that could wait. Raises RuntimeError when it did."""
    try:
        work.send(None)
    except StopIteration as ended:
        result: _Result = ended.value
        return result
    work.close()
    raise RuntimeError(f"{work!r}: expected an adapter in memory to answer at once, but it waited")
