"""The order venue port over Binance's spot REST and WebSocket API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sextant.core.errors import InvalidValue
from sextant.core.time import MILLISECOND
from sextant.venues.binance.order_messages import (
    Verdict,
    judge_error,
    order_parameters,
    parse_balances,
    parse_order,
    parse_trade,
)
from sextant.venues.binance.order_stream import StreamBroken, TradeSocket
from sextant.venues.binance.rest import NoReply, SignedRest
from sextant.venues.binance.signing import Credentials, signed_parameters
from sextant.venues.binance.trade_pages import trades_from, trades_of
from sextant.venues.port import (
    Accepted,
    Balance,
    NotKnown,
    OrderReport,
    OutcomeUnknown,
    Rejected,
    StreamEvent,
    VenueFill,
    VenueOrder,
    VenueUnavailable,
)

_CALL_TIMEOUT_S: Final = 5.0
_REMEMBERED: Final = 20_000


class BinanceSpotOrders:
    """One account. Places over the WebSocket API while it is connected, else over REST; asks over REST."""

    def __init__(
        self, venue: str, rest_url: str, trade_url: str, credentials: Credentials, now_ns: Callable[[], int]
    ) -> None:
        self._venue, self._now_ns = venue, now_ns
        self._rest = SignedRest(rest_url, credentials, now_ns)
        self._socket = TradeSocket(
            trade_url, lambda parameters: signed_parameters(credentials, self._rest.stamped(parameters))
        )
        self._client_ids: dict[tuple[str, str], str] = {}

    async def submit(self, order: VenueOrder) -> Accepted | Rejected | OutcomeUnknown:
        """Place an order (order.place, or POST /api/v3/order while the socket is down)."""
        parameters = order_parameters(order)
        try:
            status, body = await self._place(parameters)
        except NoReply as error:
            return OutcomeUnknown(order.client_order_id, str(error))
        except (StreamBroken, TimeoutError) as error:
            return OutcomeUnknown(order.client_order_id, type(error).__name__)
        if status == 200:
            return self._accepted(body, order.client_order_id)
        verdict, code, message = _judged(status, body)
        if verdict is Verdict.REFUSED:
            return Rejected(order.client_order_id, str(code), message)
        return OutcomeUnknown(order.client_order_id, f"{status} {code} {message}")

    async def cancel(self, symbol: str, client_order_id: str) -> Accepted | NotKnown | OutcomeUnknown:
        """Cancel an open order (DELETE /api/v3/order)."""
        parameters = {"symbol": symbol, "origClientOrderId": client_order_id}
        try:
            reply = await self._rest.call("DELETE", "/api/v3/order", parameters)
        except NoReply as error:
            return OutcomeUnknown(client_order_id, str(error))
        if reply.status == 200:
            return self._accepted(reply.body, client_order_id)
        verdict, code, message = _judged(reply.status, reply.body)
        if verdict is Verdict.NOT_KNOWN:
            return NotKnown(client_order_id)
        return OutcomeUnknown(client_order_id, f"{reply.status} {code} {message}")

    async def query(self, symbol: str, client_order_id: str) -> OrderReport | NotKnown | OutcomeUnknown:
        """Ask for an order (GET /api/v3/order) and for its fills where it has some (GET /api/v3/myTrades)."""
        parameters = {"symbol": symbol, "origClientOrderId": client_order_id}
        try:
            reply = await self._rest.call("GET", "/api/v3/order", parameters)
            if reply.status != 200:
                verdict, code, message = _judged(reply.status, reply.body)
                if verdict is Verdict.NOT_KNOWN:
                    return NotKnown(client_order_id)
                return OutcomeUnknown(client_order_id, f"{reply.status} {code} {message}")
            report = self._remember(parse_order(reply.body, client_order_id=client_order_id))
            if not report.filled_quantity:
                return report
            rows = await trades_of(self._get, symbol, report.venue_order_id)
            return replace(report, fills=tuple(parse_trade(row, client_order_id) for row in rows))
        except (NoReply, VenueUnavailable, InvalidValue, KeyError, TypeError, ValueError) as error:
            return OutcomeUnknown(client_order_id, f"{type(error).__name__}: {error}")

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every open order (GET /api/v3/openOrders, weight 80)."""
        try:
            return [
                self._remember(parse_order(row)) for row in await self._get_or_raise("/api/v3/openOrders", {})
            ]
        except InvalidValue as error:
            raise VenueUnavailable(venue=self._venue, reason=str(error)) from error

    async def trades_since(self, symbol: str, since_ns: int) -> Sequence[VenueFill]:
        """Return fills from a venue time on (GET /api/v3/myTrades), however many and however long ago."""
        now_ms = self._now_ns() // MILLISECOND
        try:
            rows = await trades_from(self._get_or_raise, symbol, since_ns // MILLISECOND, now_ms)
            return [parse_trade(row, await self._client_id_of(symbol, str(row["orderId"]))) for row in rows]
        except (InvalidValue, KeyError, TypeError, ValueError) as error:
            reason = f"unreadable trades: {type(error).__name__} {error}"
            raise VenueUnavailable(venue=self._venue, reason=reason) from error

    async def balances(self) -> Mapping[str, Balance]:
        """Return the account's balances (GET /api/v3/account)."""
        try:
            return parse_balances(await self._get_or_raise("/api/v3/account", {"omitZeroBalances": "true"}))
        except InvalidValue as error:
            raise VenueUnavailable(venue=self._venue, reason=str(error)) from error

    async def reports(self) -> AsyncIterator[StreamEvent]:
        """Yield the user stream (userDataStream.subscribe.signature)."""
        async for event in self._socket.events():
            if isinstance(event, OrderReport):
                self._remember(event)
            yield event

    async def close(self) -> None:
        """Close socket and session."""
        await self._socket.close()
        await self._rest.close()

    async def _place(self, parameters: Mapping[str, str]) -> tuple[int, Any]:
        if self._socket.is_connected:
            reply = await self._socket.call("order.place", parameters, _CALL_TIMEOUT_S)
            return reply.status, reply.body
        answer = await self._rest.call("POST", "/api/v3/order", parameters)
        return answer.status, answer.body

    def _accepted(self, body: Any, client_order_id: str) -> Accepted | OutcomeUnknown:
        try:
            return Accepted(self._remember(parse_order(body, client_order_id=client_order_id)))
        except InvalidValue as error:  # taken, but what became of it cannot be read
            return OutcomeUnknown(client_order_id, f"unreadable reply: {error}")

    async def _client_id_of(self, symbol: str, order_id: str) -> str:
        known = self._client_ids.get((symbol, order_id))
        if known is not None:
            return known
        row = await self._get_or_raise("/api/v3/order", {"symbol": symbol, "orderId": order_id})
        return self._remember(parse_order(row)).client_order_id

    def _remember(self, report: OrderReport) -> OrderReport:
        if len(self._client_ids) >= _REMEMBERED:
            self._client_ids.clear()
        self._client_ids[(report.symbol, report.venue_order_id)] = report.client_order_id
        return report

    async def _get_or_raise(self, path: str, parameters: Mapping[str, str]) -> Any:
        try:
            return await self._get(path, parameters)
        except NoReply as error:
            raise VenueUnavailable(venue=self._venue, reason=str(error)) from error

    async def _get(self, path: str, parameters: Mapping[str, str]) -> Any:
        reply = await self._rest.call("GET", path, parameters)
        if reply.status != 200 or reply.body is None:
            _, code, message = _judged(reply.status, reply.body)
            raise VenueUnavailable(venue=self._venue, reason=f"{path}: {reply.status} {code} {message}")
        return reply.body


def _judged(status: int, body: Any) -> tuple[Verdict, int, str]:
    code = body.get("code") if isinstance(body, dict) else None
    if not isinstance(code, int):
        return Verdict.UNKNOWN, 0, "no error code"
    message = str(body.get("msg", ""))[:200]
    return judge_error(status, code, message), code, message
