"""What a portfolio holds: exact balances, positions by average cost, profit and loss as statistics."""

from __future__ import annotations

import decimal
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from services.ledger.domain.entries import Entry, EntryKind, Fill, spot_assets, venue_ledger_account
from sextant.core.decimals import LEDGER_CONTEXT, ZERO
from sextant.core.instruments import Side, split_instrument

_VENUE = "venue:"
_Key = TypeVar("_Key")


@dataclass(slots=True)
class Position:
    """Holding of one instrument; `entry_price` and `realised` are statistics in quote units. An entry price of zero is unknown."""

    quantity: Decimal = ZERO
    entry_price: float = 0.0
    realised: float = 0.0

    def move(self, change: Decimal, price: float) -> None:
        """Average in when the position grows, realise against the average when it shrinks or turns. `change` is not zero."""
        before, self.quantity = self.quantity, LEDGER_CONTEXT.add(self.quantity, change)
        average = self.entry_price or price
        if before == ZERO or (before > ZERO) == (change > ZERO):
            self.entry_price = (average * float(before) + price * float(change)) / float(self.quantity)
            return
        closed = min(before.copy_abs(), change.copy_abs())
        self.realised += float(closed) * (price - average) * (1 if before > ZERO else -1)
        if self.quantity == ZERO:
            self.entry_price = 0.0
        else:
            self.entry_price = average if (self.quantity > ZERO) == (before > ZERO) else price


@dataclass(slots=True)
class Book:
    """One portfolio's books in memory; the database holds the same. `openings` is what was deposited, by ledger account and asset.

    Positions follow the balances: of what is a base and no quote at a venue, all positions together are the venue account's
    balance less its opening, however commissions were paid.
    """

    portfolio: str
    balances: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    openings: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    commission: dict[str, Decimal] = field(default_factory=dict)
    entries: int = 0

    def post(self, entry: Entry, fill: Fill | None) -> None:
        """Apply an entry that was booked for the first time."""
        if fill is not None:
            self._fill(fill)
        self.entries += 1
        for line in entry.postings:
            _add(self.balances, (line.account, line.asset), line.amount)
            if entry.kind is EntryKind.DEPOSIT and line.account.startswith(_VENUE):
                _add(self.openings, (line.account, line.asset), line.amount)

    def _fill(self, fill: Fill) -> None:
        """Move positions: what is traded and what is paid as commission.

        A commission in a base asset is given up at the fill's price, so that realised profit takes the difference to the average and
        the commission's own value is a cost once: in `commission`.
        """
        (venue, _), (base, _) = split_instrument(fill.instrument), spot_assets(fill.instrument)
        price = float(fill.price)
        traded = self.positions.get(fill.instrument)
        if traded is None:
            traded = Position(self._outside_positions(venue, fill.venue_account, base))
            self.positions[fill.instrument] = traded
        traded.move(fill.quantity if fill.side is Side.BUY else fill.quantity.copy_negate(), price)
        if fill.commission == ZERO:
            return
        _add(self.commission, fill.commission_asset, fill.commission)
        if fill.commission_asset == base:
            traded.move(fill.commission.copy_negate(), price)
        elif others := self._of_base(venue, fill.commission_asset):
            # At its average: nothing here says what the asset is worth now.
            others[0].move(fill.commission.copy_negate(), others[0].entry_price)

    def _outside_positions(self, venue: str, venue_account: str, base: str) -> Decimal:
        """Return what an account gained of an asset that no position shows: commissions paid before the first position, as a negative."""
        key = (venue_ledger_account(venue_account), base)
        with decimal.localcontext(LEDGER_CONTEXT):
            gained = self.balances.get(key, ZERO) - self.openings.get(key, ZERO)
            return gained - sum((held.quantity for held in self._of_base(venue, base)), ZERO)

    def _of_base(self, venue: str, base: str) -> list[Position]:
        """Return the positions whose base is an asset at a venue: of a portfolio one account stands there."""
        prefix = f"{venue}:{base}/"
        return [held for name, held in sorted(self.positions.items()) if name.startswith(prefix)]

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
    """A portfolio's worth in its currency; statistics. `gross` and `net` are its positions' absolute and signed values."""

    equity: float
    realised: float
    unrealised: float
    commission: float
    gross: float
    net: float


def value(book: Book, currency: str, marks: dict[str, float]) -> Valuation:
    """Value a book at marks (price of each asset in `currency`); an asset without a mark is valued at its entry price, else at zero."""
    prices = {**_entry_prices(book, currency), **marks, currency: 1.0}
    equity = sum(
        float(amount) * prices.get(asset, 0.0) for (_, asset), amount in book.venue_balances().items()
    )
    realised = unrealised = gross = net = 0.0
    for instrument, position in sorted(book.positions.items()):
        realised += position.realised
        mark = prices.get(spot_assets(instrument)[0], position.entry_price)
        if position.entry_price:
            unrealised += float(position.quantity) * (mark - position.entry_price)
        gross += abs(float(position.quantity) * mark)
        net += float(position.quantity) * mark
    commission = sum(float(paid) * prices.get(asset, 0.0) for asset, paid in sorted(book.commission.items()))
    return Valuation(equity, realised, unrealised, commission, gross, net)


def _entry_prices(book: Book, currency: str) -> dict[str, float]:
    prices = {}
    for instrument, position in sorted(book.positions.items()):
        base, quote = spot_assets(instrument)
        if quote == currency and position.entry_price:
            prices[base] = position.entry_price
    return prices


def _add(amounts: dict[_Key, Decimal], key: _Key, amount: Decimal) -> None:
    amounts[key] = LEDGER_CONTEXT.add(amounts.get(key, ZERO), amount)
