"""Venue accounts from settings: real or simulated venues with keys, or paper."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from services.execution.account import Account
from services.execution.needs import check_accounts
from sextant.core.errors import SettingsInvalid
from sextant.core.time import Clock
from sextant.runtime.settings import Platform, Process
from sextant.runtime.settings.platform import Mode, VenueAccount
from sextant.venues.binance.orders import BinanceSpotOrders
from sextant.venues.binance.signing import Credentials
from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.venue import PaperVenue

Offset = Callable[[str], int]


def make_accounts(
    platform: Platform, process: Process, clock: Clock, offset_ns: Offset, log: FilteringBoundLogger
) -> dict[str, Account]:
    """Return every venue account. `offset_ns` tells a venue's clock minus ours. Raises SettingsInvalid."""
    check_accounts(process, platform)
    accounts = {}
    for name, settings in sorted(platform.venue_accounts.items()):
        if platform.mode is Mode.PAPER:
            accounts[name] = _paper(name, settings, platform)
        else:
            accounts[name] = _real(name, settings, platform, clock, offset_ns, log)
    return accounts


def read_credentials(path: Path, log: FilteringBoundLogger) -> Credentials:
    """Read {"api_key": ..., "secret": ...}. Raises SettingsInvalid that names the file and never what is in it."""
    try:
        mode = path.stat().st_mode
        data = json.loads(path.read_text(encoding="utf-8"))
        credentials = Credentials(data["api_key"], data["secret"])
    except OSError as error:
        raise SettingsInvalid(f"key file {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        expected = 'expected JSON with "api_key" and "secret", both text'
        raise SettingsInvalid(f"key file {path}: {expected}") from None
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        log.warning("key file is readable by others", path=str(path), mode=oct(mode & 0o777))
    return credentials


def _real(
    name: str,
    settings: VenueAccount,
    platform: Platform,
    clock: Clock,
    offset_ns: Offset,
    log: FilteringBoundLogger,
) -> Account:
    venue = platform.venues[settings.venue]

    def venue_ns() -> int:
        return clock.wall_ns() + offset_ns(settings.venue)

    credentials = read_credentials(Path(settings.key_file), log)
    client = BinanceSpotOrders(settings.venue, venue.rest_url, venue.trade_url, credentials, venue_ns)
    return Account(name, settings.portfolio, settings.venue, venue.quote, settings.opening, client, venue_ns)


def _paper(name: str, settings: VenueAccount, platform: Platform) -> Account:
    exchange = PaperExchange(
        settings.opening,
        taker_fee_bp=settings.taker_fee_bp,
        maker_fee_bp=settings.maker_fee_bp,
    )
    quote = platform.venues[settings.venue].quote
    venue = PaperVenue(exchange)
    return Account(
        name,
        settings.portfolio,
        settings.venue,
        quote,
        settings.opening,
        venue,
        lambda: exchange.time_ns,
        venue.restore,
    )
