"""Whether positions are what the venue accounts gained: risk and profit are counted by positions, money by balances."""

from __future__ import annotations

import decimal
from collections.abc import Iterator

from sextant.core.decimals import LEDGER_CONTEXT, ZERO
from sextant.core.instruments import split_instrument
from sextant.demo.report.drift import Amounts, booked
from sextant.demo.report.evidence import Tables
from sextant.demo.report.exact import exact
from sextant.demo.report.orders import OrderFacts
from sextant.runtime.settings import Platform


def positions_drift(platform: Platform, tables: Tables, orders: OrderFacts) -> Iterator[str]:
    """Of every spot asset that was traded, an account's positions together are its balance less its opening."""
    held, balances = _positions(platform, tables), booked(tables)
    traded = {
        (fill.venue_account, _spot_base(fill.instrument))
        for fill, *_ in orders.fills.values()
        if _spot_base(fill.instrument)
    }
    for account, asset in sorted(held.keys() | traded):
        configured = platform.venue_accounts.get(account)
        opening = configured.opening.get(asset, ZERO) if configured else ZERO
        gained = LEDGER_CONTEXT.subtract(balances.get((account, asset), ZERO), opening)
        shown = held.get((account, asset), ZERO)
        if shown != gained:
            yield f"{account} {asset}: positions show {exact(shown)}, the account gained {exact(gained)}"


def _positions(platform: Platform, tables: Tables) -> Amounts:
    """Return positions summed by (venue account, base): a portfolio has one account at a venue."""
    accounts = {(each.portfolio, each.venue): name for name, each in platform.venue_accounts.items()}
    found: Amounts = {}
    with decimal.localcontext(LEDGER_CONTEXT):
        for row in tables.positions:
            venue, base = split_instrument(row.instrument)[0], _spot_base(row.instrument)
            if base:
                key = (accounts.get((row.portfolio, venue), f"{row.portfolio} at {venue}"), base)
                found[key] = found.get(key, ZERO) + row.quantity
    return found


def _spot_base(instrument: str) -> str:
    """Return the base asset of a spot instrument; nothing for a derivative, which no balance holds."""
    symbol = split_instrument(instrument)[1]
    return "" if ":" in symbol else symbol.partition("/")[0]
