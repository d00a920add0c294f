"""The simulated exchange: the one door through which traders, protocols and proofs reach markets and accounts."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from simulator.exchange.accounts import ZERO, Account
from simulator.exchange.admission import admit, reserve_of_new
from simulator.exchange.announcements import Announcements
from simulator.exchange.interface import (
    Candle,
    ExchangeRefusal,
    LevelChange,
    Market,
    PlacedOrder,
    RefusalCode,
    Side,
    Trade,
)
from simulator.exchange.listed import ListedMarket
from simulator.exchange.matching import Matcher
from simulator.exchange.orders import (
    BalanceUpdate,
    Fill,
    Order,
    OrderRequest,
    OrderType,
    OrderUpdate,
    TimeInForce,
)
from simulator.exchange.settlement import Settlement, reserved_asset

STANDARD_FEE = Decimal("0.001")
STANDARD_HISTORY = 5000


class SimulatedExchange:
    """An `Exchange` in one process: synchronous and deterministic; the only time it knows is the injected clock."""

    def __init__(
        self,
        markets: Sequence[Market],
        clock: Callable[[], int],
        *,
        maker_fee: Decimal = STANDARD_FEE,
        taker_fee: Decimal = STANDARD_FEE,
        history_limit: int = STANDARD_HISTORY,
    ) -> None:
        self._listed = {market.symbol: ListedMarket(market) for market in markets}
        self._clock = clock
        self.maker_fee = maker_fee
        self.taker_fee = taker_fee
        self._history_limit = history_limit
        self._accounts: dict[str, Account] = {}
        self._settlement = Settlement()
        self._announce = Announcements()
        self._matcher = Matcher(self._accounts, self._settlement, self._announce)
        self._unnamed_orders = 0

    # Set-up and observation

    def now_ns(self) -> int:
        return self._clock()

    def symbols(self) -> Sequence[str]:
        return tuple(self._listed)

    def market(self, symbol: str) -> Market:
        return self.listed(symbol).market

    def listed(self, symbol: str) -> ListedMarket:
        """Return a market's book and history. Raises ExchangeRefusal(UNKNOWN_SYMBOL)."""
        listed = self._listed.get(symbol)
        if listed is None:
            raise ExchangeRefusal(RefusalCode.UNKNOWN_SYMBOL, f"symbol: {symbol!r} is not listed")
        return listed

    def account(self, name: str) -> Account:
        """Return an account for reading. Raises ExchangeRefusal(UNKNOWN_ACCOUNT)."""
        account = self._accounts.get(name)
        if account is None:
            raise ExchangeRefusal(RefusalCode.UNKNOWN_ACCOUNT, f"account: {name!r} is not open")
        return account

    def accounts(self) -> Sequence[Account]:
        return tuple(self._accounts.values())

    def collected_fees(self) -> dict[str, Decimal]:
        return dict(self._settlement.collected_fees)

    def open_account(
        self,
        account: str,
        *,
        maker_fee: Decimal | None = None,
        taker_fee: Decimal | None = None,
        history_limit: int | None = None,
    ) -> None:
        maker = self.maker_fee if maker_fee is None else maker_fee
        taker = self.taker_fee if taker_fee is None else taker_fee
        limit = self._history_limit if history_limit is None else history_limit
        known = self._accounts.get(account)
        if known is None:
            self._accounts[account] = Account(account, maker, taker, limit)
        else:
            known.set_terms(maker, taker, limit)

    def deposit(self, account: str, asset: str, amount: Decimal) -> None:
        if amount <= 0:
            raise ValueError(f"deposit to {account}: expected an amount above zero, was {amount} {asset}")
        if account not in self._accounts:
            self.open_account(account)
        holder = self._accounts[account]
        holder.credit(asset, amount)
        holder.deposits[asset] = holder.deposits.get(asset, ZERO) + amount
        self._announce.touched(holder)
        self._announce.tell(self.now_ns(), None)

    def balance(self, account: str, asset: str) -> tuple[Decimal, Decimal]:
        balance = self.account(account).balances.get(asset)
        return (balance.free, balance.locked) if balance is not None else (ZERO, ZERO)

    def listen(
        self,
        *,
        on_trade: Callable[[Trade], None] | None = None,
        on_level: Callable[[LevelChange], None] | None = None,
        on_done: Callable[[str], None] | None = None,
    ) -> None:
        if on_trade is not None:
            self._announce.trade_listeners.append(on_trade)
        if on_level is not None:
            self._announce.level_listeners.append(on_level)
        if on_done is not None:
            self._announce.done_listeners.append(on_done)

    def listen_account(
        self,
        account: str,
        on_order: Callable[[OrderUpdate], None],
        on_balances: Callable[[BalanceUpdate], None],
    ) -> None:
        """Call back after each step of the account's orders, then once per request for its changed balances."""
        holder = self.account(account)
        holder.order_listeners.append(on_order)
        holder.balance_listeners.append(on_balances)

    def set_halted(self, symbol: str, is_halted: bool) -> None:
        """Stop or resume matching in one market; while it is halted orders are refused and cancels accepted."""
        self.listed(symbol).is_halted = is_halted

    # Market data

    def best(self, symbol: str) -> tuple[Decimal | None, Decimal | None]:
        listed = self.listed(symbol)
        return listed.best(Side.BUY), listed.best(Side.SELL)

    def levels(self, symbol: str, side: Side, limit: int) -> list[tuple[Decimal, Decimal]]:
        listed = self.listed(symbol)
        tick, lot = listed.market.tick, listed.market.lot
        pairs = zip(range(limit), listed.book.side(side), strict=False)
        return [(ticks * tick, lots * lot) for _, (ticks, lots) in pairs]

    def recent_trades(self, symbol: str, limit: int) -> list[Trade]:
        trades = self.listed(symbol).trades
        return list(trades)[-limit:] if limit > 0 else []

    def candles(
        self,
        symbol: str,
        interval: str,
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        limit: int = 500,
    ) -> list[Candle]:
        return self.listed(symbol).candles.query(interval, self.now_ns(), start_ns, end_ns, limit)

    def seed_candles(self, symbol: str, interval: str, candles: Sequence[Candle]) -> None:
        self.listed(symbol).candles.seed(interval, candles)

    # Orders

    def place(
        self,
        account: str,
        symbol: str,
        side: Side,
        quantity: Decimal,
        price: Decimal | None,
        *,
        time_in_force: str = "GTC",
        post_only: bool = False,
        client_order_id: str | None = None,
    ) -> PlacedOrder:
        limit = OrderType.LIMIT_MAKER if post_only else OrderType.LIMIT
        order = self.submit(
            OrderRequest(
                account=account,
                symbol=symbol,
                side=side,
                type=OrderType.MARKET if price is None else limit,
                quantity=quantity,
                price=price,
                time_in_force=TimeInForce(time_in_force),
                client_order_id=client_order_id,
            )
        )
        return PlacedOrder(
            symbol=symbol,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            side=side,
            quantity=order.quantity,
            filled=order.filled,
            average_price=order.average_price,
            status=order.status.value,
        )

    def submit(self, request: OrderRequest, *, only_check: bool = False) -> Order:
        """Accept an order and match it; with `only_check` apply every check, change nothing, and return it as new.

        Raises ExchangeRefusal when the order breaks a rule; then nothing has changed.
        """
        self._refuse_reentry()
        listed, account = self.listed(request.symbol), self.account(request.account)
        now_ns = self.now_ns()
        order = admit(request, listed, account, request.client_order_id or self._name_order(), now_ns)
        reserve = reserve_of_new(listed, order)
        asset = reserved_asset(listed.market, request.side)
        account.lock(asset, reserve)
        if only_check:
            account.unlock(asset, reserve)
            return order
        order.order_id = listed.next_order_id()
        order.reserved = reserve
        self._matcher.enter(listed, order, account)
        self._announce.tell(now_ns, request.symbol)
        return order

    def cancel(self, account: str, symbol: str, order_id: int) -> None:
        self.cancel_order(account, symbol, order_id)

    def cancel_order(self, account: str, symbol: str, order_id: int, request_id: str | None = None) -> Order:
        """Cancel one open order and return it; `request_id` names the cancel itself in the account's events."""
        self._refuse_reentry()
        listed, holder = self.listed(symbol), self.account(account)
        order = holder.open_orders.get((symbol, order_id))
        if order is None:
            raise ExchangeRefusal(RefusalCode.UNKNOWN_ORDER, f"order_id: {order_id} is not open in {symbol}")
        now_ns = self.now_ns()
        self._matcher.cancel(listed, order, holder, now_ns, request_id)
        self._announce.tell(now_ns, symbol)
        return order

    def cancel_all(self, account: str, symbol: str) -> None:
        self.cancel_orders(account, symbol)

    def cancel_orders(self, account: str, symbol: str) -> list[Order]:
        """Cancel every open order of the account in the market, oldest first, and return them."""
        self._refuse_reentry()
        listed, holder = self.listed(symbol), self.account(account)
        orders = [order for (market, _), order in holder.open_orders.items() if market == symbol]
        now_ns = self.now_ns()
        for order in orders:
            self._matcher.cancel(listed, order, holder, now_ns, None)
        if orders:
            self._announce.tell(now_ns, symbol)
        return orders

    def _refuse_reentry(self) -> None:
        if self._announce.is_telling:
            raise RuntimeError("a listener must not place or cancel orders")

    def _name_order(self) -> str:
        self._unnamed_orders += 1
        return f"auto-{self._unnamed_orders}"

    # What accounts may ask

    def open_orders(self, account: str, symbol: str | None = None) -> list[Order]:
        """Return open orders, oldest first."""
        orders = self.account(account).open_orders
        return [order for (market, _), order in orders.items() if symbol in (None, market)]

    def find_order(
        self, account: str, symbol: str, *, order_id: int | None = None, client_order_id: str | None = None
    ) -> Order | None:
        """Return an open or remembered order; of several with one client id, the latest."""
        holder = self.account(account)
        if order_id is not None:
            return holder.orders.get((symbol, order_id))
        return holder.latest_by_client_id.get((symbol, client_order_id or ""))

    def orders(self, account: str, symbol: str) -> list[Order]:
        """Return open and remembered orders of a market by rising id."""
        found = [order for (market, _), order in self.account(account).orders.items() if market == symbol]
        return sorted(found, key=lambda order: order.order_id)

    def fills(self, account: str, symbol: str) -> list[Fill]:
        """Return remembered fills of a market, oldest first."""
        return [fill for fill in self.account(account).fills if fill.symbol == symbol]
