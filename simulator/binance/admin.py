"""What tests and proofs may do to this venue on /_sim/, from this machine only: break it, and see its books."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulator.binance.formats import Json, JsonObject, amount, encode, millis
from simulator.binance.order_views import account_trade, queried
from simulator.binance.service import Service
from simulator.exchange.accounts import Account
from simulator.exchange.interface import ExchangeRefusal

LOOPBACK = ("127.0.0.1", "::1")


class Admin:
    """POST /_sim/faults `{"kind": ...}` adds a fault, DELETE heals; GET /_sim/state shows the books; GET /_sim/health.

    Faults by kind:
      drop_connections    {scope: all | market | user}: cut WebSocket connections now
      delay_replies       {milliseconds}: REST and WebSocket API replies come late; the deed does not
      lose_requests       {probability}: orders never arrive, and nothing is answered
      lose_replies        {probability}: orders are placed and the reply never comes
      frames              {fault, every, count}: spoil every n-th market frame, `count` times; fault is one of
                          duplicate, out_of_order, drop, truncate, garbage, wrong_types, oversize
      silence             {seconds}: no market frame goes out, connections stay open
      halt, resume        {symbol}: close or reopen a market
    """

    def __init__(self, service: Service, drop: Callable[[str], int]) -> None:
        self._service = service
        self._drop = drop
        self._dropped = 0

    def register(self, app: web.Application) -> None:
        app.router.add_post("/_sim/faults", self._guarded(self._add_fault))
        app.router.add_delete("/_sim/faults", self._guarded(self._heal))
        app.router.add_get("/_sim/faults", self._guarded(self._faults))
        app.router.add_get("/_sim/state", self._guarded(self._state))
        app.router.add_get("/_sim/health", self._guarded(self._health))

    def _guarded(self, action: Callable[[Any], Json]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            if request.remote not in LOOPBACK:
                return web.Response(status=404)
            try:
                body = json.loads(await request.text() or "{}")
                answer = action(body)
            except (KeyError, TypeError, ValueError, ExchangeRefusal) as error:
                detail = f"missing {error}" if isinstance(error, KeyError) else str(error)
                return _json({"error": detail}, 400)
            return _json(answer, 200)

        return handle

    def _add_fault(self, body: dict[str, Any]) -> Json:
        faults, exchange = self._service.faults, self._service.desk.exchange
        match body["kind"]:
            case "drop_connections":
                self._dropped += self._drop(str(body.get("scope", "all")))
            case "delay_replies":
                faults.reply_delay_s = float(body["milliseconds"]) / 1000
            case "lose_requests":
                faults.requests.probability = _probability(body["probability"])
            case "lose_replies":
                faults.replies.probability = _probability(body["probability"])
            case "frames":
                faults.frames.add(str(body["fault"]), int(body.get("every", 1)), int(body.get("count", 1)))
            case "silence":
                faults.silent_until = asyncio.get_running_loop().time() + float(body["seconds"])
            case "halt" | "resume":
                exchange.set_halted(str(body["symbol"]), body["kind"] == "halt")
            case kind:
                raise ValueError(
                    f"kind: {kind!r} is unknown; expected one of those that the documentation lists"
                )
        return self._faults(body)

    def _heal(self, body: object) -> Json:
        self._service.faults.clear()
        for symbol in self._service.desk.exchange.symbols():
            self._service.desk.exchange.set_halted(symbol, False)
        return self._faults(body)

    def _faults(self, body: object) -> Json:
        faults, exchange = self._service.faults, self._service.desk.exchange
        return {
            "reply_delay_ms": int(faults.reply_delay_s * 1000),
            "lose_request_probability": str(faults.requests.probability),
            "lost_requests": faults.requests.count,
            "lose_reply_probability": str(faults.replies.probability),
            "lost_replies": faults.replies.count,
            "dropped_connections": self._dropped,
            "spoilt_frames": dict(faults.frames.applied),
            "halted": [symbol for symbol in exchange.symbols() if exchange.listed(symbol).is_halted],
        }

    def _health(self, body: object) -> Json:
        return {"operator": self._service.operator, "serverTime": millis(self._service.now_ns())}

    def _state(self, body: object) -> Json:
        exchange = self._service.desk.exchange
        return {
            "operator": self._service.operator,
            "serverTime": millis(self._service.now_ns()),
            "accounts": {
                name: _account_state(exchange.account(name)) for name in self._service.keys.accounts()
            },
            "collected_fees": {
                asset: amount(fee) for asset, fee in sorted(exchange.collected_fees().items())
            },
            "markets": {
                symbol: {
                    "lastUpdateId": exchange.listed(symbol).book.update_id,
                    "lastTradeId": exchange.listed(symbol).last_trade_id,
                    "lastOrderId": exchange.listed(symbol).last_order_id,
                }
                for symbol in exchange.symbols()
            },
        }


def _account_state(account: Account) -> JsonObject:
    orders = sorted(account.orders.values(), key=lambda order: (order.request.symbol, order.order_id))
    return {
        "balances": {
            asset: {"free": amount(balance.free), "locked": amount(balance.locked)}
            for asset, balance in sorted(account.balances.items())
        },
        "deposits": {asset: amount(deposit) for asset, deposit in sorted(account.deposits.items())},
        "orders": [queried(order) for order in orders],
        "trades": [account_trade(fill) for fill in account.fills],
        "forgotten_orders": account.evicted_orders,
        "forgotten_trades": account.fills_ever - len(account.fills),
    }


def _probability(value: object) -> float:
    probability = float(str(value))
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"probability: expected within [0, 1], was {probability}")
    return probability


def _json(answer: Json, status: int) -> web.Response:
    return web.Response(status=status, body=encode(answer), content_type="application/json")
