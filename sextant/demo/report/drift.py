"""What the venues hold less what the books say they hold; and what the books should say after the fills of the log."""

from __future__ import annotations

import decimal
from collections.abc import Iterator, Mapping
from decimal import Decimal

from sextant.core.decimals import LEDGER_CONTEXT, ZERO
from sextant.core.instruments import Side, split_instrument
from sextant.demo.report.evidence import Statement, Tables
from sextant.demo.report.exact import exact, number
from sextant.demo.report.orders import OrderFacts
from sextant.runtime.settings import Platform

#: Amount by (venue account, asset).
Amounts = dict[tuple[str, str], Decimal]
_VENUE = "venue:"


def booked(tables: Tables) -> Amounts:
    """Return what the books say that each venue account holds."""
    found: Amounts = {}
    with decimal.localcontext(LEDGER_CONTEXT):
        for row in tables.balances:
            if row.account.startswith(_VENUE):
                key = (row.account.removeprefix(_VENUE), row.asset)
                found[key] = found.get(key, ZERO) + row.amount
    return found


def expected(platform: Platform, orders: OrderFacts) -> Amounts:
    """Return openings and fills added up without the ledger's help."""
    found: Amounts = {
        (name, asset): amount
        for name, account in platform.venue_accounts.items()
        for asset, amount in account.opening.items()
    }
    with decimal.localcontext(LEDGER_CONTEXT):
        for _, (fill, *_) in sorted(orders.fills.items()):
            base, _, quote = split_instrument(fill.instrument)[1].partition("/")
            signed = number(fill.quantity) * Side(fill.side).sign
            moves = (
                (base, signed),
                (quote, (signed * number(fill.price)).copy_negate()),
                (fill.commission_asset, number(fill.commission).copy_negate()),
            )
            for asset, amount in moves:
                if amount != ZERO:
                    key = (fill.venue_account, asset)
                    found[key] = found.get(key, ZERO) + amount
    return found


def differences(one: Mapping[tuple[str, str], Decimal], other: Mapping[tuple[str, str], Decimal]) -> Amounts:
    """Return `one` less `other` for whatever either names."""
    with decimal.localcontext(LEDGER_CONTEXT):
        return {key: one.get(key, ZERO) - other.get(key, ZERO) for key in sorted(set(one) | set(other))}


def held(statements: Mapping[str, Statement]) -> Amounts:
    """Return what the venues say that each account holds; assets of which it holds nothing are left out."""
    return {
        (account, asset): amount
        for account, statement in statements.items()
        for asset, amount in statement.balances.items()
        if amount != ZERO
    }


def by_venue(platform: Platform, drift: Mapping[tuple[str, str], Decimal]) -> dict[str, dict[str, str]]:
    """Return exact text per venue and asset. Of several accounts at one venue the largest difference speaks."""
    found: dict[str, dict[str, Decimal]] = {}
    for (account, asset), amount in drift.items():
        venue = platform.venue_accounts[account].venue if account in platform.venue_accounts else account
        before = found.setdefault(venue, {}).get(asset, ZERO)
        found[venue][asset] = max(before, amount, key=abs)
    return {
        venue: {asset: exact(amount) for asset, amount in sorted(assets.items())}
        for venue, assets in sorted(found.items())
    }


def drift_zero(drift: Amounts | None, unexplained: Amounts) -> Iterator[str]:
    """The venues hold what the books say, and the books say what openings and fills add up to. `drift` is None on paper."""
    for (account, asset), amount in sorted((drift or {}).items()):
        if amount != ZERO:
            yield f"{account} {asset}: the venue holds {exact(amount)} more than the books say"
    for (account, asset), amount in sorted(unexplained.items()):
        if amount != ZERO:
            yield f"{account} {asset}: the books say {exact(amount)} more than openings and fills add up to"
