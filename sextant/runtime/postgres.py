"""Connections to Postgres as services of money use them: what hangs is down, and what was stopped keeps nobody waiting."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import asyncpg

#: A database that hangs is a database that is down.
TIMEOUT_S: Final = 5.0
#: Whoever is stopped inside a transaction holds its rows: the server ends it, so that the next owner need not wait longer.
_IDLE_MS: Final = 3_000
#: What passes by itself: whether the last write took effect is not known.
OUTAGES: Final = (
    OSError,  # with TimeoutError
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that ends between two steps of its protocol
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,  # deadlocks and failed serialisation
    asyncpg.IdleInTransactionSessionTimeoutError,
)


async def open_pool(
    dsn: str,
    *,
    schema: str,
    least: int,
    most: int,
    opened: Callable[[Any], Coroutine[Any, Any, None]] | None = None,
) -> Any:
    """Return an asyncpg pool whose names are looked up in `schema`; `opened` is awaited with each connection before anybody uses it.

    Raises what is in OUTAGES, and asyncpg.PostgresError.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=least,
        max_size=most,
        timeout=TIMEOUT_S,
        command_timeout=TIMEOUT_S,
        init=opened,
        server_settings={"search_path": schema, "idle_in_transaction_session_timeout": str(_IDLE_MS)},
    )
