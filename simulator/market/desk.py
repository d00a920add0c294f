"""A trader's account at a simulated exchange: funds, orders, and what became of them."""

from collections import Counter
from decimal import Decimal

from simulator.exchange.interface import Exchange, ExchangeRefusal, PlacedOrder, Side

ZERO_FEE = Decimal(0)


class Desk:
    """Places and cancels for one account. A refusal is counted and answered with None: a trader goes on without."""

    def __init__(self, exchange: Exchange, account: str) -> None:
        self._exchange = exchange
        self._account = account
        self._funded: dict[str, Decimal] = {}
        self.refusals: Counter[str] = Counter()

    def open(self, funds: dict[str, Decimal]) -> None:
        """Open the account without fees and bring in `funds`, by asset."""
        self._exchange.open_account(self._account, maker_fee=ZERO_FEE, taker_fee=ZERO_FEE, history_limit=0)
        for asset, amount in funds.items():
            self._exchange.deposit(self._account, asset, amount)
        self._funded = dict(funds)

    def inventory(self, asset: str) -> Decimal:
        """Return how much more of an asset the account has than it brought in."""
        free, locked = self._exchange.balance(self._account, asset)
        return free + locked - self._funded[asset]

    def place(
        self,
        symbol: str,
        side: Side,
        quantity: Decimal,
        price: Decimal | None,
        time_in_force: str = "GTC",
    ) -> PlacedOrder | None:
        try:
            return self._exchange.place(
                self._account,
                symbol,
                side,
                quantity,
                price,
                time_in_force=time_in_force,
            )
        except ExchangeRefusal as refusal:
            self.refusals[refusal.code.value] += 1
            return None

    def cancel(self, symbol: str, order_id: int) -> None:
        try:
            self._exchange.cancel(self._account, symbol, order_id)
        except ExchangeRefusal as refusal:
            self.refusals[refusal.code.value] += 1
