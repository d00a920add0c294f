"""Reading an account's trades (GET /api/v3/myTrades) whole: page after page, and day after day where there were none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

PATH: Final = "/api/v3/myTrades"
#: The most that one answer holds; the venue's default is 500.
PAGE: Final = 1_000
#: A start time alone reaches one day far: what came later is not in the answer, and nothing says so.
WINDOW_MS: Final = 24 * 3_600 * 1_000
Get = Callable[[str, Mapping[str, str]], Awaitable[Any]]
Row = Mapping[str, Any]


async def trades_from(get: Get, symbol: str, since_ms: int, now_ms: int) -> Sequence[Row]:
    """Return every trade in a symbol from a venue time on, oldest first. Raises what `get` raises, KeyError for a row without an id."""
    start = since_ms
    while True:
        first = await get(PATH, {"symbol": symbol, "startTime": str(start), "limit": str(PAGE)})
        if first:
            # From the first trade on ids lead to all later ones, whatever their day.
            return [*first, *await _after(get, {"symbol": symbol}, first)]
        start += WINDOW_MS
        if start > now_ms:
            return []


async def trades_of(get: Get, symbol: str, order_id: str) -> Sequence[Row]:
    """Return every trade of one order, oldest first. Raises as trades_from()."""
    of_order = {"symbol": symbol, "orderId": order_id}
    first = await get(PATH, {**of_order, "limit": str(PAGE)})
    # Without a start the venue gives the newest: the first page of a longer list is asked for by id.
    if len(first) < PAGE:
        return list(first)
    return await _after(get, of_order, [{"id": -1}])


async def _after(get: Get, filters: Mapping[str, str], known: Sequence[Row]) -> list[Row]:
    """Return what follows the last row that is known."""
    rows: list[Row] = []
    page = known
    while page:
        page = await get(PATH, {**filters, "fromId": str(int(page[-1]["id"]) + 1), "limit": str(PAGE)})
        rows.extend(page)
        if len(page) < PAGE:
            break
    return rows
