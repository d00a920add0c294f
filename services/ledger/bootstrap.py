"""Building the ledger: the only module that names its adapters."""

from __future__ import annotations

import asyncio

from services.ledger.adapters.postgres import PostgresLedgerStore
from services.ledger.service import LedgerService
from sextant.core.errors import SettingsInvalid
from sextant.runtime.service import Resources, Service


class _Ledger:
    """Connects to the database when it runs, never at import or build."""

    def __init__(self, resources: Resources, dsn: str) -> None:
        self._resources, self._dsn = resources, dsn

    async def run(self, stop: asyncio.Event) -> None:
        self._resources.health.set("database", False, "connecting")
        store = await PostgresLedgerStore.connect(self._dsn)
        self._resources.health.set("database", True, "connected")
        try:
            await LedgerService(self._resources, store).run(stop)
        finally:
            await store.close()


def build(resources: Resources) -> Service:
    """Return the ledger over Postgres. Raises SettingsInvalid without a DSN."""
    dsn = resources.process.postgres_dsn()
    if not dsn:
        raise SettingsInvalid("SEXTANT_POSTGRES or SEXTANT_POSTGRES_FILE: expected a DSN, was nothing")
    return _Ledger(resources, dsn)
