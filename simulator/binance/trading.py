"""Placing, cancelling and asking for orders."""

from decimal import Decimal

from simulator.binance.call import Call
from simulator.binance.errors import BinanceError, missing, no_such_order
from simulator.binance.formats import Json
from simulator.binance.order_views import cancelled, commission_rates, placed, queried
from simulator.binance.parameters import CLIENT_ID_PATTERN, Choice, Parameters
from simulator.exchange.interface import ExchangeRefusal, Side
from simulator.exchange.orders import (
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
)

RESPONSE_TYPES = ("ACK", "RESULT", "FULL")
# Order types and fields of this venue that the simulated market does not offer.
CONDITIONAL_TYPES = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
UNSUPPORTED_FIELDS = (
    "stopPrice",
    "trailingDelta",
    "icebergQty",
    "pegPriceType",
    "pegOffsetType",
    "pegOffsetValue",
)


def place(call: Call) -> Json:
    request = read_order(call)
    answer_type = _response_type(call.parameters, request)
    # Counted first, because an order that fills at once is given back while it is being submitted.
    call.desk.limits.order_placed(call.account, call.now_ns())
    try:
        order = call.exchange.submit(request)
    except ExchangeRefusal:
        call.desk.limits.order_returned(call.account, call.now_ns())
        raise
    return placed(order, answer_type)


def check_order(call: Call) -> Json:
    """Check an order as if it were placed; with computeCommissionRates the answer says what it would cost."""
    request = read_order(call)
    call.exchange.submit(request, only_check=True)
    if not call.parameters.flag("computeCommissionRates"):
        return {}
    holder = call.exchange.account(call.account)
    rates = commission_rates(call.exchange.market(request.symbol), holder.maker_fee, holder.taker_fee)
    special, tax = rates["specialCommission"], rates["taxCommission"]
    return {
        "standardCommissionForOrder": rates["standardCommission"],
        "specialCommissionForOrder": special,
        "taxCommissionForOrder": tax,
        "discount": rates["discount"],
    }


def read_order(call: Call) -> OrderRequest:
    """Read a new order. Raises BinanceError for whatever is missing, malformed, not asked for or not offered."""
    parameters = call.parameters
    symbol = call.symbol()
    side = _required_choice(parameters, "side", Side, BinanceError(-1117, "Invalid side."))
    order_type = _order_type(call)
    quote_quantity = parameters.decimal("quoteOrderQty") if order_type is OrderType.MARKET else None
    for name in _forbidden_fields(order_type, quote_quantity):
        if name in parameters:
            raise BinanceError(-1106, f"Parameter '{name}' sent when not required.")
    if order_type is OrderType.LIMIT:
        parameters.required("timeInForce")
    quantity = None if quote_quantity is not None else parameters.needed_decimal("quantity")
    price = None if order_type is OrderType.MARKET else parameters.needed_decimal("price")
    force_error = BinanceError(-1115, "Invalid timeInForce.")
    mode_error = BinanceError(-1013, "This symbol does not permit this self trade prevention mode.")
    return OrderRequest(
        account=call.account,
        symbol=symbol,
        side=side,
        type=order_type,
        quantity=quantity,
        price=price,
        quote_quantity=quote_quantity,
        time_in_force=parameters.choice("timeInForce", TimeInForce, force_error) or TimeInForce.GTC,
        client_order_id=parameters.optional("newClientOrderId", CLIENT_ID_PATTERN),
        self_trade_prevention=parameters.choice("selfTradePreventionMode", SelfTradePrevention, mode_error)
        or SelfTradePrevention.NONE,
    )


def cancel(call: Call) -> Json:
    symbol = call.symbol()
    order = _find(call, symbol, "orderId", "origClientOrderId")
    if order is None or not order.status.is_open:
        raise BinanceError(-2011, "Unknown order sent.")
    _check_cancel_restriction(call.parameters, order)
    cancel_id = call.parameters.optional("newClientOrderId", CLIENT_ID_PATTERN) or f"cancel-{order.order_id}"
    call.exchange.cancel_order(call.account, symbol, order.order_id, cancel_id)
    return cancelled(order, cancel_id)


def cancel_all(call: Call) -> Json:
    orders = call.exchange.cancel_orders(call.account, call.symbol())
    if not orders:
        raise BinanceError(-2011, "Unknown order sent.")
    return [cancelled(order, order.client_order_id) for order in orders]


def order_status(call: Call) -> Json:
    order = _find(call, call.symbol(), "orderId", "origClientOrderId")
    if order is None:
        raise no_such_order()
    return queried(order)


def open_orders(call: Call) -> Json:
    symbol = call.symbol() if "symbol" in call.parameters else None
    return [queried(order) for order in call.exchange.open_orders(call.account, symbol)]


def open_orders_weight(parameters: Parameters) -> int:
    return 6 if parameters.get("symbol") else 80


def _order_type(call: Call) -> OrderType:
    text = call.parameters.required("type")
    if text in CONDITIONAL_TYPES:
        raise BinanceError(-1013, "Order type not supported for this symbol.")
    return _required_choice(call.parameters, "type", OrderType, BinanceError(-1116, "Invalid orderType."))


def _forbidden_fields(order_type: OrderType, quote_quantity: Decimal | None) -> tuple[str, ...]:
    fields = list(UNSUPPORTED_FIELDS)
    if order_type is not OrderType.MARKET:
        fields.append("quoteOrderQty")
    else:
        fields.append("price")
        if quote_quantity is not None:
            fields.append("quantity")
    if order_type is not OrderType.LIMIT:
        fields.append("timeInForce")
    return tuple(fields)


def _required_choice(parameters: Parameters, name: str, choices: type[Choice], error: BinanceError) -> Choice:
    parameters.required(name)
    choice = parameters.choice(name, choices, error)
    if choice is None:
        raise missing(name)
    return choice


def _response_type(parameters: Parameters, request: OrderRequest) -> str:
    text = parameters.optional("newOrderRespType")
    if text is None:
        return "ACK" if request.type is OrderType.LIMIT_MAKER else "FULL"
    if text not in RESPONSE_TYPES:
        raise BinanceError(-1130, "Data sent for parameter 'newOrderRespType' is not valid.")
    return text


def _find(call: Call, symbol: str, id_name: str, client_id_name: str) -> Order | None:
    """Find an order by id, else by client id; an id whose order has another client id is refused with -2039."""
    order_id = call.parameters.integer(id_name)
    client_id = call.parameters.optional(client_id_name)
    if order_id is None and client_id is None:
        raise BinanceError(
            -1102, f"Param '{client_id_name}' or '{id_name}' must be sent, but both were empty/null!"
        )
    if order_id is None:
        return _by_client_id(call, symbol, client_id or "")
    order = call.exchange.find_order(call.account, symbol, order_id=order_id)
    if order is not None and client_id is not None and order.client_order_id != client_id:
        raise BinanceError(-2039, "Client order ID is not correct for this order ID.")
    return order


def _by_client_id(call: Call, symbol: str, client_id: str) -> Order | None:
    return call.exchange.find_order(call.account, symbol, client_order_id=client_id)


def _check_cancel_restriction(parameters: Parameters, order: Order) -> None:
    wanted = parameters.optional("cancelRestrictions")
    if wanted is None:
        return
    allowed = {"ONLY_NEW": OrderStatus.NEW, "ONLY_PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED}
    if wanted not in allowed:
        raise BinanceError(-1145, "Invalid cancelRestrictions")
    if order.status is not allowed[wanted]:
        raise BinanceError(-2011, "Order was not canceled due to cancel restrictions.")
