"""Request weight per address and order counts per account in fixed windows, with the venue's 429 and 418."""

from collections import defaultdict
from dataclasses import dataclass

from simulator.binance.errors import TooManyRequests
from simulator.binance.formats import Json, JsonObject, millis

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
DAY_NS = 24 * 60 * MINUTE_NS


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """What a venue allows. `patience` is how many requests it still answers with 429 before it bans the address."""

    weight_per_minute: int = 6000
    raw_requests_per_5_minutes: int = 300_000
    orders_per_10_seconds: int = 200
    orders_per_day: int = 200_000
    patience: int = 20
    ban_seconds: int = 120


class Window:
    """A counter that restarts at every multiple of its length."""

    __slots__ = ("count", "length_ns", "limit", "start_ns")

    def __init__(self, length_ns: int, limit: int) -> None:
        self.length_ns = length_ns
        self.limit = limit
        self.start_ns = 0
        self.count = 0

    def at(self, now_ns: int) -> "Window":
        start_ns = now_ns - now_ns % self.length_ns
        if start_ns != self.start_ns:
            self.start_ns, self.count = start_ns, 0
        return self

    def seconds_left(self, now_ns: int) -> int:
        return (self.start_ns + self.length_ns - now_ns) // SECOND_NS + 1


class Visitor:
    """What one address has used."""

    def __init__(self, settings: LimitSettings) -> None:
        self.weight = Window(MINUTE_NS, settings.weight_per_minute)
        self.raw = Window(5 * MINUTE_NS, settings.raw_requests_per_5_minutes)
        self.refused = 0
        self.banned_until_ns = 0


class OrderCount:
    """Orders that an account has placed and that were not filled yet."""

    def __init__(self, settings: LimitSettings) -> None:
        self.ten_seconds = Window(10 * SECOND_NS, settings.orders_per_10_seconds)
        self.day = Window(DAY_NS, settings.orders_per_day)

    def windows(self, now_ns: int) -> tuple[Window, Window]:
        return self.ten_seconds.at(now_ns), self.day.at(now_ns)


class RateLimits:
    """Counts and refuses; time is given with every call."""

    def __init__(self, settings: LimitSettings) -> None:
        self.settings = settings
        self._visitors: dict[str, Visitor] = {}
        self._orders: defaultdict[str, OrderCount] = defaultdict(lambda: OrderCount(settings))

    def charge(self, address: str, weight: int, now_ns: int) -> int:
        """Count a request and return the weight used in this minute. Raises TooManyRequests (429, then 418)."""
        visitor = self._visitors.setdefault(address, Visitor(self.settings))
        if now_ns < visitor.banned_until_ns:
            raise self._banned(visitor, now_ns)
        window, raw = visitor.weight.at(now_ns), visitor.raw.at(now_ns)
        if window.count == 0:
            visitor.refused = 0
        window.count += weight
        raw.count += 1
        if window.count > window.limit:
            raise self._refused(
                visitor,
                window,
                now_ns,
                f"request weight used; current limit is {window.limit} request weight per 1 MINUTE",
            )
        if raw.count > raw.limit:
            raise self._refused(
                visitor, raw, now_ns, f"requests; current limit is {raw.limit} raw requests per 5 MINUTE"
            )
        return window.count

    def used_weight(self, address: str, now_ns: int) -> int:
        visitor = self._visitors.get(address)
        return visitor.weight.at(now_ns).count if visitor is not None else 0

    def check_orders(self, account: str, now_ns: int) -> None:
        """Raise TooManyRequests -1015 when the account may not place another order now."""
        for window, name in zip(self._orders[account].windows(now_ns), ("10 SECOND", "1 DAY"), strict=True):
            if window.count >= window.limit:
                raise TooManyRequests(
                    f"Too many new orders; current limit is {window.limit} orders per {name}.",
                    status=429,
                    retry_after_s=window.seconds_left(now_ns),
                    code=-1015,
                )

    def order_placed(self, account: str, now_ns: int) -> None:
        for window in self._orders[account].windows(now_ns):
            window.count += 1

    def order_returned(self, account: str, now_ns: int) -> None:
        """Give the account one order back: the venue counts accepted orders until their first fill."""
        for window in self._orders[account].windows(now_ns):
            window.count = max(0, window.count - 1)

    def order_headers(self, account: str, now_ns: int) -> dict[str, str]:
        ten_seconds, day = self._orders[account].windows(now_ns)
        return {"X-MBX-ORDER-COUNT-10S": str(ten_seconds.count), "X-MBX-ORDER-COUNT-1D": str(day.count)}

    def order_usage(self, account: str, now_ns: int) -> list[Json]:
        ten_seconds, day = self._orders[account].windows(now_ns)
        return [
            _rule("ORDERS", "SECOND", 10, ten_seconds.limit) | {"count": ten_seconds.count},
            _rule("ORDERS", "DAY", 1, day.limit) | {"count": day.count},
        ]

    def weight_usage(self, address: str, now_ns: int) -> list[Json]:
        rule = _rule("REQUEST_WEIGHT", "MINUTE", 1, self.settings.weight_per_minute)
        return [rule | {"count": self.used_weight(address, now_ns)}]

    def rules(self) -> list[Json]:
        """Return the limits as exchangeInfo shows them."""
        settings = self.settings
        return [
            _rule("REQUEST_WEIGHT", "MINUTE", 1, settings.weight_per_minute),
            _rule("ORDERS", "SECOND", 10, settings.orders_per_10_seconds),
            _rule("ORDERS", "DAY", 1, settings.orders_per_day),
            _rule("RAW_REQUESTS", "MINUTE", 5, settings.raw_requests_per_5_minutes),
        ]

    def _refused(self, visitor: Visitor, window: Window, now_ns: int, what: str) -> TooManyRequests:
        visitor.refused += 1
        if visitor.refused > self.settings.patience:
            visitor.banned_until_ns = now_ns + self.settings.ban_seconds * SECOND_NS
            return self._banned(visitor, now_ns)
        message = f"Too much {what}. Please use WebSocket Streams for live updates to avoid polling the API."
        return TooManyRequests(message, status=429, retry_after_s=window.seconds_left(now_ns))

    def _banned(self, visitor: Visitor, now_ns: int) -> TooManyRequests:
        until = millis(visitor.banned_until_ns)
        return TooManyRequests(
            f"Way too much request weight used; IP banned until {until}. "
            "Please use WebSocket Streams for live updates to avoid bans.",
            status=418,
            retry_after_s=(visitor.banned_until_ns - now_ns) // SECOND_NS + 1,
        )


def _rule(kind: str, interval: str, number: int, limit: int) -> JsonObject:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}
