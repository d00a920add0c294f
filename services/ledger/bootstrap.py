"""Building the ledger: the only module that names its adapters."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from services.ledger.adapters.postgres import PostgresLedgerStore
from services.ledger.service import LedgerService
from sextant.core.errors import SettingsInvalid
from sextant.runtime.migrations import DatabaseUnavailable
from sextant.runtime.operator_keys import read_operator_keys
from sextant.runtime.service import Resources, Service

_AGAIN_S: Final = 1.0


class _Ledger:
    """Connects to the database when it runs, never at import or build; waits for it as long as it takes."""

    def __init__(self, resources: Resources, dsn: str, operator_key: bytes | None) -> None:
        self._resources, self._dsn, self._operator_key = resources, dsn, operator_key

    async def run(self, stop: asyncio.Event) -> None:
        self._resources.health.set("database", False, "connecting")
        store = await self._connect(stop)
        if store is None:
            return
        try:
            await LedgerService(self._resources, store, self._operator_key).run(stop)
        finally:
            await store.close()

    async def _connect(self, stop: asyncio.Event) -> PostgresLedgerStore | None:
        """Return the store; None when told to stop before the database answered."""
        while not stop.is_set():
            self._resources.health.beat()
            try:
                return await PostgresLedgerStore.connect(self._dsn)
            except DatabaseUnavailable as error:
                self._resources.health.set("database", False, str(error))
                self._resources.log.warning("database unavailable, will try again", reason=str(error))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _AGAIN_S)
        return None


def build(resources: Resources) -> Service:
    """Return the ledger over Postgres. Raises SettingsInvalid without a DSN, or when the operators' secret cannot be used."""
    dsn = resources.process.postgres_dsn()
    if not dsn:
        raise SettingsInvalid("SEXTANT_POSTGRES or SEXTANT_POSTGRES_FILE: expected a DSN, was nothing")
    file = resources.process.operator_token_file
    return _Ledger(resources, dsn, None if file is None else read_operator_keys(file).command_key)
