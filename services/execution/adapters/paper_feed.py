"""Feeding paper venues with the market as ingest publishes it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from structlog.typing import FilteringBoundLogger

from services.execution.account import Account
from sextant.bus.errors import BusUnavailable
from sextant.bus.port import Bus, Record
from sextant.contracts.columns import open_batch
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument
from sextant.venues.paper.venue import PaperVenue

EVENTS: Final = "market.events.v1"
_POLL_S: Final = 0.2
_AGAIN_S: Final = 1.0
#: A paper book may be so much older than a fetch for each record would make it.
_GATHER_MS: Final = 50


class PaperFeed:
    """Reads all market partitions by broadcast and hands each batch to the paper accounts of its venue."""

    def __init__(self, bus: Bus, accounts: Iterable[Account], log: FilteringBoundLogger) -> None:
        self._bus, self._log = bus, log
        self._venues: dict[str, list[PaperVenue]] = {}
        for account in accounts:
            if isinstance(account.venue, PaperVenue):
                self._venues.setdefault(account.venue_name, []).append(account.venue)
        self.ready = asyncio.Event()

    @property
    def is_needed(self) -> bool:
        """Whether any account is on paper."""
        return bool(self._venues)

    def set_instrument(self, instrument: object) -> None:
        """Tell the paper venues the rules of an instrument."""
        assert isinstance(instrument, Instrument)
        for venue in self._venues.get(instrument.venue, ()):
            venue.exchange.set_instrument(instrument)

    async def run(self) -> None:
        """Read until cancelled; an outage of the log passes."""
        while True:
            try:
                await self._follow()
            except BusUnavailable as error:
                self._log.warning("the market cannot be read", reason=str(error))
                await asyncio.sleep(_AGAIN_S)

    async def _follow(self) -> None:
        consumer = await self._bus.broadcast([EVENTS], gather_ms=_GATHER_MS)
        try:
            while True:
                for record in await consumer.poll(max_records=100, timeout_s=_POLL_S):
                    self._take(record)
                    await asyncio.sleep(0)  # an order that comes meanwhile does not wait for the whole market
                if consumer.is_ready:
                    self.ready.set()
                await asyncio.sleep(0)
        finally:
            await consumer.stop()

    def _take(self, record: Record) -> None:
        try:
            batch = open_batch(record.value or b"")
        except InvalidValue as error:
            self._log.warning("market batch unreadable", offset=record.offset, reason=str(error))
            return
        for venue in self._venues.get(batch.venue, ()):
            venue.market(batch)
