"""What a portfolio holds: exact balances, positions by average cost, profit and loss as statistics."""

from __future__ import annotations

import decimal
from dataclasses import dataclass, field
from decimal import Decimal

from services.ledger.domain.entries import Entry, Fill, spot_assets
from sextant.core.decimals import LEDGER_CONTEXT, ZERO

_VENUE = "venue:"


@dataclass(slots=True)
class Position:
    """Holding of one instrument; `entry_price` and `realised` are statistics in quote units."""

    quantity: Decimal = ZERO
    entry_price: float = 0.0
    realised: float = 0.0

    def fill(self, fill: Fill) -> None:
        """Average in when the position grows, realise against the average when it shrinks or turns."""
        before, signed = float(self.quantity), float(fill.quantity) * fill.side.sign
        price = float(fill.price)
        with decimal.localcontext(LEDGER_CONTEXT):
            self.quantity += fill.quantity * fill.side.sign
        if before * signed >= 0:
            self.entry_price = (self.entry_price * before + price * signed) / (before + signed)
            return
        closed = min(abs(before), abs(signed))
        self.realised += closed * (price - self.entry_price) * (1 if before > 0 else -1)
        if self.quantity == ZERO:
            self.entry_price = 0.0
        elif abs(signed) > abs(before):
            self.entry_price = price


@dataclass(slots=True)
class Book:
    """One portfolio's books in memory; the database holds the same."""

    portfolio: str
    balances: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    commission: dict[str, Decimal] = field(default_factory=dict)
    entries: int = 0

    def post(self, entry: Entry, fill: Fill | None) -> None:
        """Apply an entry that was booked for the first time."""
        with decimal.localcontext(LEDGER_CONTEXT):
            for line in entry.postings:
                key = (line.account, line.asset)
                self.balances[key] = self.balances.get(key, ZERO) + line.amount
        self.entries += 1
        if fill is not None:
            self.positions.setdefault(fill.instrument, Position()).fill(fill)
            if fill.commission != ZERO:
                paid = self.commission.get(fill.commission_asset, ZERO)
                self.commission[fill.commission_asset] = LEDGER_CONTEXT.add(paid, fill.commission)

    def venue_balances(self) -> dict[tuple[str, str], Decimal]:
        """Return amount by (venue account, asset)."""
        return {
            (account.removeprefix(_VENUE), asset): amount
            for (account, asset), amount in sorted(self.balances.items())
            if account.startswith(_VENUE)
        }

    def trial_balance(self) -> dict[str, Decimal]:
        """Return the sum over all accounts per asset: zero, or something is broken."""
        totals: dict[str, Decimal] = {}
        with decimal.localcontext(LEDGER_CONTEXT):
            for (_, asset), amount in self.balances.items():
                totals[asset] = totals.get(asset, ZERO) + amount
        return totals


@dataclass(frozen=True, slots=True)
class Valuation:
    """A portfolio's worth in its currency; statistics."""

    equity: float
    realised: float
    unrealised: float
    commission: float


def value(book: Book, currency: str, marks: dict[str, float]) -> Valuation:
    """Value a book at marks (price of each asset in `currency`); an asset without a mark is valued at its entry price, else at zero."""
    prices = {**_entry_prices(book, currency), **marks, currency: 1.0}
    equity = sum(
        float(amount) * prices.get(asset, 0.0) for (_, asset), amount in book.venue_balances().items()
    )
    realised = unrealised = 0.0
    for instrument, position in sorted(book.positions.items()):
        realised += position.realised
        mark = prices.get(spot_assets(instrument)[0], position.entry_price)
        unrealised += float(position.quantity) * (mark - position.entry_price)
    commission = sum(float(paid) * prices.get(asset, 0.0) for asset, paid in sorted(book.commission.items()))
    return Valuation(equity, realised, unrealised, commission)


def _entry_prices(book: Book, currency: str) -> dict[str, float]:
    prices = {}
    for instrument, position in sorted(book.positions.items()):
        base, quote = spot_assets(instrument)
        if quote == currency and position.entry_price:
            prices[base] = position.entry_price
    return prices
