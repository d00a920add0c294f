"""Cancel-replace: one request that cancels an order and places another, and says which of the two failed."""

from typing import TypeAlias

from simulator.binance.call import Call, Handler
from simulator.binance.errors import BinanceError, from_refusal
from simulator.binance.formats import Json, JsonObject
from simulator.binance.parameters import Parameters
from simulator.binance.trading import cancel, place
from simulator.exchange.interface import ExchangeRefusal

Answer: TypeAlias = "Json | BinanceError"

CANCEL_NAMES = {
    "symbol": "symbol",
    "cancelOrderId": "orderId",
    "cancelOrigClientOrderId": "origClientOrderId",
    "cancelNewClientOrderId": "newClientOrderId",
    "cancelRestrictions": "cancelRestrictions",
}


def cancel_replace(call: Call) -> Json:
    """Cancel, then place. Raises BinanceError -2021 when one of the two failed, -2022 when both did or none was tried."""
    mode = call.parameters.required("cancelReplaceMode")
    if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
        raise BinanceError(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid.")
    renamed = {CANCEL_NAMES[name]: value for name, value in call.parameters.items() if name in CANCEL_NAMES}
    cancelled = _attempt(cancel, Call(call.desk, Parameters(renamed), call.account))
    if isinstance(cancelled, BinanceError) and mode == "STOP_ON_FAILURE":
        raise _failure(cancelled, None)
    placed = _attempt(place, call)
    if isinstance(cancelled, BinanceError) or isinstance(placed, BinanceError):
        raise _failure(cancelled, placed)
    return {
        "cancelResult": "SUCCESS",
        "newOrderResult": "SUCCESS",
        "cancelResponse": cancelled,
        "newOrderResponse": placed,
    }


def _attempt(action: Handler, call: Call) -> Answer:
    try:
        return action(call)
    except ExchangeRefusal as refusal:
        return from_refusal(refusal)
    except BinanceError as error:
        return error


def _failure(cancelled: Answer, placed: Answer) -> BinanceError:
    data: JsonObject = {
        "cancelResult": _result(cancelled),
        "newOrderResult": _result(placed),
        "cancelResponse": cancelled.body() if isinstance(cancelled, BinanceError) else cancelled,
        "newOrderResponse": placed.body() if isinstance(placed, BinanceError) else placed,
    }
    if "SUCCESS" in data.values():
        return BinanceError(-2021, "Order cancel-replace partially failed.", 409, data)
    return BinanceError(-2022, "Order cancel-replace failed.", 400, data)


def _result(answer: Answer) -> str:
    if answer is None:
        return "NOT_ATTEMPTED"
    return "FAILURE" if isinstance(answer, BinanceError) else "SUCCESS"
