"""The trading rules of one venue: read over REST, published where they changed, read again every few minutes."""

from __future__ import annotations

import asyncio
import random
from typing import Final

from structlog.typing import FilteringBoundLogger

from services.ingest.adapters.records import Records, published_instruments
from services.ingest.domain.backoff import Backoff
from services.ingest.domain.rules import RuleBook
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument
from sextant.runtime.service import Resources
from sextant.runtime.settings.platform import Venue
from sextant.venues.binance.market_rest import MarketRest, RestFailed
from sextant.venues.binance.markets import Market
from sextant.venues.binance.symbols import instruments

_AGAIN_S: Final = 300.0


class TradingRules:
    """Rules of the platform's assets at one venue. `check` is the venue's health check."""

    def __init__(
        self,
        name: str,
        venue: Venue,
        resources: Resources,
        records: Records,
        log: FilteringBoundLogger,
        *,
        check: str,
    ) -> None:
        self._name, self._venue, self._resources = name, venue, resources
        self._records, self._log, self._check = records, log, check
        self._market = Market(venue.protocol.value)
        self._book = RuleBook()

    async def start(self, rest: MarketRest, backoff: Backoff) -> tuple[Instrument, ...]:
        """Read and publish the instruments, however long that takes. Raises OutputLost."""
        self._book = RuleBook(await published_instruments(self._resources.bus, self._name))
        while True:
            try:
                read = await self._read(rest)
                break
            except (RestFailed, InvalidValue) as error:
                self._resources.health.set(self._check, False, str(error))
                self._log.warning("instruments cannot be read", reason=str(error))
                await asyncio.sleep(backoff.next(random.random()))
        await self._publish(read)
        return tuple(self._book.of(each.name) for each in read)

    async def follow(self, rest: MarketRest) -> None:
        """Read them again and again until cancelled. Raises OutputLost."""
        while True:
            await asyncio.sleep(_AGAIN_S * random.uniform(0.9, 1.1))
            try:
                await self._publish(await self._read(rest))
            except (RestFailed, InvalidValue) as error:
                self._log.warning("instruments cannot be read", reason=str(error))

    async def _read(self, rest: MarketRest) -> tuple[Instrument, ...]:
        read = instruments(
            await rest.exchange_info(),
            venue=self._name,
            operator=self._venue.operator,
            market=self._market,
            bases=self._resources.platform.assets,
            quote=self._venue.quote,
        )
        if not read:
            wanted = f"{', '.join(self._resources.platform.assets)} against {self._venue.quote}"
            raise InvalidValue(f"instruments of {self._name}", "none", f"some of {wanted}")
        return read

    async def _publish(self, read: tuple[Instrument, ...]) -> None:
        now = self._resources.clock.wall_ns()
        changed = [self._records.instrument(each, now) for each in self._book.take(read)]
        if changed:
            await self._resources.bus.producer().send(changed)
            self._log.info("instruments published", count=len(changed))
