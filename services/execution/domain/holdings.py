"""What an account should hold: its opening and every fill that the journal has, exact."""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from services.execution.domain.order import Fill
from sextant.core.decimals import LEDGER_CONTEXT, ZERO
from sextant.core.instruments import Side, split_instrument


class Traded(NamedTuple):
    """A fill and what it traded."""

    instrument: str
    side: Side
    fill: Fill


class Holdings:
    """One account's amounts by asset. Fills that come while the past is being read wait for it; which of them it held already changes nothing."""

    def __init__(self, opening: Mapping[str, Decimal]) -> None:
        self.amounts: dict[str, Decimal] = dict(opening)
        #: Grows with each fill: who saw another number compared with other amounts.
        self.changes = 0
        self._waiting: list[Traded] | None = []

    @property
    def is_loaded(self) -> bool:
        return self._waiting is None

    def load(self, past: Iterable[Traded]) -> None:
        """Take everything that the journal holds; once."""
        known, waiting, self._waiting = set[str](), self._waiting or [], None
        for each in past:
            known.add(each.fill.fill_id)
            self.add(each)
        for each in waiting:
            if each.fill.fill_id not in known:
                self.add(each)

    def add(self, traded: Traded) -> None:
        """Take a fill that was new to the journal. Fills of derivatives are passed over: their margin moves by other rules."""
        self.changes += 1
        if self._waiting is not None:
            self._waiting.append(traded)
            return
        base, _, quote = split_instrument(traded.instrument)[1].partition("/")
        if ":" in quote:
            return
        fill = traded.fill
        with decimal.localcontext(LEDGER_CONTEXT):
            signed = fill.quantity * traded.side.sign
            self._move(base, signed)
            self._move(quote, (signed * fill.price).copy_negate())
            self._move(fill.commission_asset, fill.commission.copy_negate())

    def differences(self, held: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """Return what the venue says that the account holds, less what it should hold, for each asset that either names."""
        with decimal.localcontext(LEDGER_CONTEXT):
            return {
                asset: held.get(asset, ZERO) - self.amounts.get(asset, ZERO)
                for asset in sorted({*held, *self.amounts})
            }

    def _move(self, asset: str, amount: Decimal) -> None:
        if amount != ZERO:
            self.amounts[asset] = self.amounts.get(asset, ZERO) + amount
