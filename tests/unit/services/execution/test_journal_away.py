"""Connecting to a journal whose server starts or stops: an outage that passes, so the emergency door stays open."""

from __future__ import annotations

import pytest

from services.execution.adapters import postgres
from services.execution.adapters.postgres import PostgresJournal
from services.execution.desks import OUTAGES
from tests.support.postgres import refusing_server

#: The server starts or stops; all its connections are taken; it refuses the login.
REFUSALS = ("57P03", "53300", "28P01")


@pytest.mark.parametrize("code", REFUSALS)
async def test_a_server_that_takes_nobody_is_an_outage_of_the_journal(code: str) -> None:
    async with refusing_server(code) as dsn:
        with pytest.raises(OUTAGES, match="takes nobody"):
            await PostgresJournal.connect(dsn)


@pytest.mark.parametrize("code", REFUSALS)
async def test_so_is_one_that_stops_after_it_was_migrated(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def migrated(dsn: str) -> None:
        """There is nothing to do."""

    monkeypatch.setattr(postgres, "migrate", migrated)
    async with refusing_server(code) as dsn:
        with pytest.raises(OUTAGES, match="takes nobody"):
            await PostgresJournal.connect(dsn)
