"""How orders, fills and their events look on this venue's wire."""

from decimal import Decimal

from simulator.binance.formats import ZERO_TEXT, Json, JsonObject, amount, millis
from simulator.exchange.interface import Market
from simulator.exchange.orders import BalanceUpdate, Fill, Order, OrderUpdate

ZERO = Decimal(0)
NO_LIST = -1


def core(order: Order) -> JsonObject:
    """Return the terms and the progress that every answer about an order shares."""
    request = order.request
    return {
        "price": amount(request.price or ZERO),
        "origQty": amount(order.quantity),
        "executedQty": amount(order.filled),
        "origQuoteOrderQty": amount(request.quote_quantity or ZERO),
        "cummulativeQuoteQty": amount(order.quote_filled),
        "status": order.status.value,
        "timeInForce": request.time_in_force.value,
        "type": request.type.value,
        "side": request.side.value,
    }


def placed(order: Order, response_type: str) -> JsonObject:
    """Return the answer to a new order: ACK, RESULT or FULL."""
    request = order.request
    answer: JsonObject = {
        "symbol": request.symbol,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "clientOrderId": order.client_order_id,
        "transactTime": millis(order.created_ns),
    }
    if response_type == "ACK":
        return answer
    answer |= core(order)
    answer |= {
        "workingTime": millis(order.created_ns),
        "selfTradePreventionMode": request.self_trade_prevention.value,
    }
    if order.expiry_reason is not None:
        answer["expiryReason"] = order.expiry_reason
    if response_type == "FULL":
        answer["fills"] = [_fill_of_answer(fill) for fill in order.fills]
    return answer


def _fill_of_answer(fill: Fill) -> JsonObject:
    return {
        "price": amount(fill.price),
        "qty": amount(fill.quantity),
        "commission": amount(fill.commission),
        "commissionAsset": fill.commission_asset,
        "tradeId": fill.trade_id,
    }


def cancelled(order: Order, cancel_id: str) -> JsonObject:
    """Return the answer to a cancel; `clientOrderId` is that of the cancel itself."""
    return {
        "symbol": order.request.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "clientOrderId": cancel_id,
        "transactTime": millis(order.updated_ns),
        **core(order),
        "selfTradePreventionMode": order.request.self_trade_prevention.value,
    }


def queried(order: Order) -> JsonObject:
    """Return an order as queries and lists show it."""
    view: JsonObject = {
        "symbol": order.request.symbol,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "clientOrderId": order.client_order_id,
        **core(order),
        "stopPrice": ZERO_TEXT,
        "icebergQty": ZERO_TEXT,
        "time": millis(order.created_ns),
        "updateTime": millis(order.updated_ns),
        "isWorking": True,
        "workingTime": millis(order.created_ns),
        "selfTradePreventionMode": order.request.self_trade_prevention.value,
    }
    if order.expiry_reason is not None:
        view["expiryReason"] = order.expiry_reason
    return view


def account_trade(fill: Fill) -> JsonObject:
    return {
        "symbol": fill.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": NO_LIST,
        "price": amount(fill.price),
        "qty": amount(fill.quantity),
        "quoteQty": amount(fill.quote_quantity),
        "commission": amount(fill.commission),
        "commissionAsset": fill.commission_asset,
        "time": millis(fill.time_ns),
        "isBuyer": fill.side.value == "BUY",
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def execution_report(update: OrderUpdate, event_ms: int) -> JsonObject:
    """Return the user stream's event of one step of an order."""
    order, request, fill = update.order, update.order.request, update.fill
    is_cancel = update.request_id != order.client_order_id
    report: JsonObject = {
        "e": "executionReport",
        "E": event_ms,
        "s": request.symbol,
        "c": update.request_id,
        "S": request.side.value,
        "o": request.type.value,
        "f": request.time_in_force.value,
        "q": amount(order.quantity),
        "p": amount(request.price or ZERO),
        "P": ZERO_TEXT,
        "F": ZERO_TEXT,
        "g": NO_LIST,
        "C": order.client_order_id if is_cancel else "",
        "x": update.execution.value,
        "X": update.status.value,
        "r": "NONE",
        "i": order.order_id,
        "l": amount(fill.quantity if fill else ZERO),
        "z": amount(update.filled),
        "L": amount(fill.price if fill else ZERO),
        "n": amount(fill.commission) if fill else "0",
        "N": fill.commission_asset if fill else None,
        "T": millis(update.time_ns),
        "t": fill.trade_id if fill else -1,
        "I": update.execution_id,
        "w": update.status.is_open and order.ticks > 0,
        "m": fill.is_maker if fill else False,
        "M": fill is not None,
        "O": millis(order.created_ns),
        "Z": amount(update.quote_filled),
        "Y": amount(fill.quote_quantity if fill else ZERO),
        "Q": amount(request.quote_quantity or ZERO),
        "W": millis(order.created_ns),
        "V": request.self_trade_prevention.value,
    }
    if order.expiry_reason is not None and not update.status.is_open:
        report["eR"] = order.expiry_reason
    return report


def account_position(update: BalanceUpdate, event_ms: int) -> JsonObject:
    """Return the user stream's event of changed balances."""
    balances: list[Json] = [
        {"a": asset, "f": amount(free), "l": amount(locked)} for asset, free, locked in update.balances
    ]
    return {"e": "outboundAccountPosition", "E": event_ms, "u": millis(update.time_ns), "B": balances}


def commission_rates(market: Market, maker_fee: Decimal, taker_fee: Decimal) -> JsonObject:
    """Return the commission rates of an account in one market; this venue knows neither tax nor discount."""
    nothing: JsonObject = dict.fromkeys(("maker", "taker", "buyer", "seller"), ZERO_TEXT)
    standard = nothing | {"maker": amount(maker_fee), "taker": amount(taker_fee)}
    return {
        "symbol": market.symbol,
        "standardCommission": standard,
        "specialCommission": nothing,
        "taxCommission": nothing,
        "discount": {
            "enabledForAccount": False,
            "enabledForSymbol": False,
            "discountAsset": "BNB",
            "discount": ZERO_TEXT,
        },
    }
