"""The venue's error codes and sentences, and which refusal of the exchange becomes which."""

from simulator.binance.formats import JsonObject
from simulator.exchange.interface import ExchangeRefusal, RefusalCode


class BinanceError(Exception):
    """An error answer: HTTP status, numeric code and sentence as the venue documents them."""

    def __init__(self, code: int, message: str, status: int = 400, data: JsonObject | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.data = data

    def body(self) -> JsonObject:
        body: JsonObject = {"code": self.code, "msg": self.message}
        if self.data is not None:
            body["data"] = self.data
        return body


class TooManyRequests(BinanceError):
    """429 or 418; `retry_after_s` says when the window ends or the ban is over."""

    def __init__(self, message: str, *, status: int, retry_after_s: int, code: int = -1003) -> None:
        super().__init__(code, message, status)
        self.retry_after_s = retry_after_s


def missing(name: str) -> BinanceError:
    return BinanceError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def illegal_characters(name: str, pattern: str) -> BinanceError:
    return BinanceError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'.")


def invalid_symbol() -> BinanceError:
    return BinanceError(-1121, "Invalid symbol.")


def no_such_order() -> BinanceError:
    return BinanceError(-2013, "Order does not exist.")


_REFUSALS: dict[RefusalCode, tuple[int, str]] = {
    RefusalCode.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    RefusalCode.UNKNOWN_ACCOUNT: (-2015, "Invalid API-key, IP, or permissions for action."),
    RefusalCode.UNKNOWN_ORDER: (-2011, "Unknown order sent."),
    RefusalCode.MARKET_CLOSED: (-2010, "Market is closed."),
    RefusalCode.PRICE_FILTER: (-1013, "Filter failure: PRICE_FILTER"),
    RefusalCode.LOT_SIZE: (-1013, "Filter failure: LOT_SIZE"),
    RefusalCode.NOTIONAL: (-1013, "Filter failure: NOTIONAL"),
    RefusalCode.INSUFFICIENT_BALANCE: (-2010, "Account has insufficient balance for requested action."),
    RefusalCode.DUPLICATE_CLIENT_ORDER_ID: (-2010, "Duplicate order sent."),
    RefusalCode.WOULD_TAKE: (-2010, "Order would immediately match and take."),
    RefusalCode.UNSUPPORTED: (-1120, "Invalid interval."),
}


def from_refusal(refusal: ExchangeRefusal) -> BinanceError:
    """Translate a refusal of the matching engine into the venue's words."""
    code, message = _REFUSALS[refusal.code]
    return BinanceError(code, message)
