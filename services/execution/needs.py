"""What execution cannot start without: a database, keys that are mounted, its own region, and two switches for real orders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sextant.core.errors import SettingsInvalid
from sextant.runtime.settings import Platform, Process
from sextant.runtime.settings.needs import require_operator_keys, require_postgres
from sextant.runtime.settings.platform import Mode, Protocol, VenueAccount

#: What SEXTANT_LIVE_SWITCH must say beside `mode: live`.
LIVE_SWITCH: Final = "i-accept-real-orders"


def check(process: Process, platform: Platform) -> None:
    """Raise SettingsInvalid that names what is missing, before anything is opened."""
    require_postgres(process)
    require_operator_keys(process)
    check_accounts(process, platform)


def check_accounts(process: Process, platform: Platform) -> None:
    """Raise SettingsInvalid unless this process may and can trade for every venue account."""
    _check_mode(process, platform)
    for name, account in sorted(platform.venue_accounts.items()):
        _check_home(name, account, process, platform)
        if platform.mode is not Mode.PAPER:
            _check_real(name, account, platform)


def _check_mode(process: Process, platform: Platform) -> None:
    if platform.mode is Mode.LIVE and process.live_switch != LIVE_SWITCH:
        raise SettingsInvalid(
            f"SEXTANT_LIVE_SWITCH: expected {LIVE_SWITCH!r} because mode is 'live', was {process.live_switch!r}"
        )
    if platform.mode is not Mode.LIVE and process.live_switch == LIVE_SWITCH:
        raise SettingsInvalid(
            f"mode: expected 'live' because SEXTANT_LIVE_SWITCH asks for real orders, was {platform.mode.value!r}"
        )


def _check_home(name: str, account: VenueAccount, process: Process, platform: Platform) -> None:
    """Keys are mounted in the portfolio's home region only; an owner elsewhere would fence the one that has them."""
    home = platform.portfolios[account.portfolio].home_region
    if home != process.region:
        raise SettingsInvalid(
            f"portfolios.{account.portfolio}.home_region: expected {process.region!r}, the region of this execution (SEXTANT_REGION), "
            f"because venue account {name!r} is traded at home only, was {home!r}"
        )


def _check_real(name: str, account: VenueAccount, platform: Platform) -> None:
    venue, mode = platform.venues[account.venue], platform.mode.value
    if venue.protocol is not Protocol.BINANCE_SPOT:
        raise SettingsInvalid(
            f"venues.{account.venue}.protocol: expected {Protocol.BINANCE_SPOT.value!r}, the one that orders of "
            f"venue account {name!r} can be sent by in mode {mode}, was {venue.protocol.value!r}"
        )
    if not venue.trade_url:
        raise SettingsInvalid(f"venues.{account.venue}.trade_url: expected a URL in mode {mode}, was nothing")
    if not account.key_file or not Path(account.key_file).is_file():
        raise SettingsInvalid(
            f"venue_accounts.{name}.key_file: expected a file with keys in mode {mode}, was {account.key_file!r}"
        )
