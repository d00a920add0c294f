"""Answers about an account: balances, commissions, history of orders and fills, and its use of the limits."""

from collections.abc import Sequence
from decimal import Decimal

from simulator.binance.call import Call
from simulator.binance.errors import BinanceError
from simulator.binance.formats import Json, amount, millis
from simulator.binance.order_views import account_trade, commission_rates, queried
from simulator.binance.parameters import Parameters
from simulator.exchange.accounts import Balance

DAY_MS = 86_400_000
BASIS_POINT = Decimal("0.0001")


def account(call: Call) -> Json:
    holder = call.exchange.account(call.account)
    omits_zero = call.parameters.flag("omitZeroBalances")
    return {
        "makerCommission": int(holder.maker_fee / BASIS_POINT),
        "takerCommission": int(holder.taker_fee / BASIS_POINT),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": amount(holder.maker_fee),
            "taker": amount(holder.taker_fee),
            "buyer": amount(Decimal(0)),
            "seller": amount(Decimal(0)),
        },
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": millis(holder.updated_ns),
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": amount(balance.free), "locked": amount(balance.locked)}
            for asset, balance in _balances(call)
            if not omits_zero or balance.free or balance.locked
        ],
        "permissions": ["SPOT"],
        "uid": _uid(call),
    }


def commission(call: Call) -> Json:
    symbol = call.symbol()
    holder = call.exchange.account(call.account)
    return commission_rates(call.exchange.market(symbol), holder.maker_fee, holder.taker_fee)


def order_limits(call: Call) -> Json:
    return call.desk.limits.order_usage(call.account, call.now_ns())


def all_orders(call: Call) -> Json:
    """Return orders from `orderId` on, or of at most one day, or the newest."""
    symbol = call.symbol()
    limit = call.parameters.bounded("limit", 500, 1000)
    from_id = call.parameters.integer("orderId")
    start, end = _window(call.parameters)
    found = [
        order
        for order in call.exchange.orders(call.account, symbol)
        if (from_id is None or order.order_id >= from_id) and start <= millis(order.created_ns) <= end
    ]
    is_newest = from_id is None and "startTime" not in call.parameters
    return [queried(order) for order in (found[-limit:] if is_newest else found[:limit])]


def my_trades(call: Call) -> Json:
    """Return fills of one order, or from `fromId` on, or of at most one day, or the newest."""
    symbol = call.symbol()
    limit = call.parameters.bounded("limit", 500, 1000)
    from_id, order_id = call.parameters.integer("fromId"), call.parameters.integer("orderId")
    start, end = _window(call.parameters)
    found = [
        fill
        for fill in call.exchange.fills(call.account, symbol)
        if (order_id is None or fill.order_id == order_id)
        and (from_id is None or fill.trade_id >= from_id)
        and start <= millis(fill.time_ns) <= end
    ]
    is_newest = from_id is None and "startTime" not in call.parameters
    return [account_trade(fill) for fill in (found[-limit:] if is_newest else found[:limit])]


def my_trades_weight(parameters: Parameters) -> int:
    return 5 if parameters.get("orderId") else 20


def no_prevented_matches(call: Call) -> Json:
    """Prevented matches are not recorded: the prevention modes on offer expire the taker before it meets itself."""
    call.symbol()
    return []


def coins(call: Call) -> Json:
    """Return the account's coins; none can be deposited or withdrawn, so none has a network."""
    return [
        {
            "coin": asset,
            "name": asset,
            "free": amount(balance.free),
            "locked": amount(balance.locked),
            "freeze": amount(Decimal(0)),
            "ipoable": amount(Decimal(0)),
            "ipoing": amount(Decimal(0)),
            "storage": amount(Decimal(0)),
            "withdrawing": amount(Decimal(0)),
            "depositAllEnable": False,
            "withdrawAllEnable": False,
            "isLegalMoney": False,
            "trading": True,
            "networkList": [],
        }
        for asset, balance in _balances(call)
    ]


def trade_fees(call: Call) -> Json:
    """Return the account's fees in one market or in all."""
    holder = call.exchange.account(call.account)
    symbols = [call.symbol()] if "symbol" in call.parameters else call.exchange.symbols()
    return [
        {
            "symbol": symbol,
            "makerCommission": amount(holder.maker_fee),
            "takerCommission": amount(holder.taker_fee),
        }
        for symbol in symbols
    ]


def _balances(call: Call) -> Sequence[tuple[str, Balance]]:
    """Return a balance for every asset of the venue, as the venue does, in alphabetical order."""
    markets = [call.exchange.market(symbol) for symbol in call.exchange.symbols()]
    assets = {market.base for market in markets} | {market.quote for market in markets}
    held = call.exchange.account(call.account).balances
    return [(asset, held.get(asset) or Balance()) for asset in sorted(assets | set(held))]


def _uid(call: Call) -> int:
    names = [holder.name for holder in call.exchange.accounts()]
    return 1_000_000 + names.index(call.account)


def _window(parameters: Parameters) -> tuple[int, int]:
    start, end = parameters.integer("startTime"), parameters.integer("endTime")
    if start is not None and end is not None and end - start > DAY_MS:
        raise BinanceError(-1127, "More than 24 hours between startTime and endTime.")
    if start is None:
        return 0, end if end is not None else 2**63
    return start, end if end is not None else start + DAY_MS
