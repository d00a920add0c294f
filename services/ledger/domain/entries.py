"""Balanced entries: a fill or a deposit becomes postings whose amounts sum to zero per asset."""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from sextant.core.decimals import LEDGER_CONTEXT, ZERO
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side, split_instrument

TRADING = "trading"
FEES = "fees"
CAPITAL = "capital"


class EntryKind(Enum):
    """What an entry books; values equal the wire's."""

    DEPOSIT = 1
    FILL = 2


@dataclass(frozen=True, slots=True)
class Posting:
    """One line: a signed amount of one asset on one account."""

    account: str
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """A balanced entry; the same source always makes the same id."""

    entry_id: str
    portfolio: str
    kind: EntryKind
    source_id: str
    client_order_id: str
    exchange_time_ns: int
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """A venue's execution of part of an order, in exact numbers."""

    fill_id: str
    client_order_id: str
    portfolio: str
    venue_account: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal
    commission: Decimal
    commission_asset: str
    exchange_time_ns: int


def fill_entry(fill: Fill) -> Entry:
    """Book a spot fill: base and quote change hands through `trading`, the commission goes to `fees`.

    Raises InvalidValue for a fill that cannot be booked: not above zero, no commission asset, or not a spot instrument.
    """
    base, quote = spot_assets(fill.instrument)
    _above_zero("quantity", fill.quantity)
    _above_zero("price", fill.price)
    venue = venue_ledger_account(fill.venue_account)
    with decimal.localcontext(LEDGER_CONTEXT):
        signed = fill.quantity * fill.side.sign
        value = signed * fill.price
    lines = [*_pair(venue, TRADING, base, signed), *_pair(TRADING, venue, quote, value)]
    if fill.commission != ZERO:
        if not fill.commission_asset:
            raise InvalidValue("commission_asset", "nothing", "the asset of a commission that is not zero")
        lines += _pair(FEES, venue, fill.commission_asset, fill.commission)
    return Entry(
        f"fill/{fill.fill_id}",
        fill.portfolio,
        EntryKind.FILL,
        fill.fill_id,
        fill.client_order_id,
        fill.exchange_time_ns,
        balanced(lines),
    )


def deposit_entry(portfolio: str, venue_account: str, asset: str, amount: Decimal) -> Entry:
    """Book what a venue account held when the ledger was opened."""
    _above_zero("opening", amount)
    source = f"opening/{venue_account}/{asset}"
    lines = balanced(_pair(venue_ledger_account(venue_account), CAPITAL, asset, amount))
    return Entry(source, portfolio, EntryKind.DEPOSIT, source, "", 0, lines)


def balanced(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Return the postings. Raises InvalidValue unless every asset sums to zero exactly."""
    lines = tuple(postings)
    for asset, total in sums(lines).items():
        if total != ZERO:
            raise InvalidValue(f"postings of {asset}", str(total), "a sum of zero")
    return lines


def sums(postings: Sequence[Posting]) -> dict[str, Decimal]:
    """Return the exact sum per asset."""
    totals: dict[str, Decimal] = {}
    with decimal.localcontext(LEDGER_CONTEXT):
        for line in postings:
            totals[line.asset] = totals.get(line.asset, ZERO) + line.amount
    return totals


def venue_ledger_account(venue_account: str) -> str:
    """Return the ledger's account for what a venue account holds."""
    return f"venue:{venue_account}"


def spot_assets(instrument: str) -> tuple[str, str]:
    """Return (base, quote) of a spot instrument. Raises InvalidValue for a derivative: its books come with its own margin accounts."""
    symbol = split_instrument(instrument)[1]
    if ":" in symbol:
        raise InvalidValue(
            "instrument", instrument, "a spot instrument; the ledger does not book derivatives yet"
        )
    base, _, quote = symbol.partition("/")
    return base, quote


def _pair(receives: str, gives: str, asset: str, amount: Decimal) -> tuple[Posting, Posting]:
    return Posting(receives, asset, amount), Posting(
        gives, asset, amount.copy_negate()
    )  # unary minus would round


def _above_zero(field: str, value: Decimal) -> None:
    if not value > ZERO:
        raise InvalidValue(field, str(value), "a number above zero")
