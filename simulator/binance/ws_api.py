"""One connection to the WebSocket API: requests, sessions, and user streams by subscription."""

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from simulator.binance.call import Endpoint, Security
from simulator.binance.endpoints import WEBSOCKET
from simulator.binance.errors import BinanceError, TooManyRequests
from simulator.binance.formats import Json, JsonObject, encode, millis
from simulator.binance.service import Credentials, Service
from simulator.binance.signing import ApiKey
from simulator.binance.socket import Socket
from simulator.binance.user_streams import Sink


class Lost(Exception):
    """A fault keeps the answer back, before the request was carried out or after it."""


class WebSocketApi:
    """Answers one client; a session's key, once logged on, stands for the missing key and signature of later requests."""

    def __init__(self, socket: Socket, service: Service) -> None:
        self._socket = socket
        self._service = service
        self._session: ApiKey | None = None
        self._authorized_ms = 0
        self._connected_ms = millis(service.now_ns())
        self._subscriptions: dict[int, tuple[str, Sink]] = {}
        self._last_subscription = -1
        self._session_methods: dict[str, Callable[[Mapping[str, str]], Json]] = {
            "session.logon": self._log_on,
            "session.status": self._session_status,
            "session.logout": self._log_out,
            "session.subscriptions": self._list_subscriptions,
            "userDataStream.subscribe": self._subscribe_session,
            "userDataStream.subscribe.signature": self._subscribe_signed,
            "userDataStream.unsubscribe": self._unsubscribe,
        }

    def on_text(self, text: str) -> None:
        """Answer one request; with a delay fault the reply, not the deed, comes late."""
        request_id: Json = None
        values: dict[str, str] = {}
        try:
            request = _parse(text)
            request_id = request.get("id")
            values = _texts(request.get("params"))
            reply: JsonObject = {
                "id": request_id,
                "status": 200,
                "result": self._perform(request.get("method"), values),
            }
        except BinanceError as error:
            reply = {"id": request_id, "status": error.status, "error": self._error(error)}
        except Lost:
            return
        if values.get("returnRateLimits", "true") != "false":
            reply["rateLimits"] = self._usage()
        self._send_reply(encode(reply))

    def close(self) -> None:
        for account, sink in self._subscriptions.values():
            self._service.users.close(account, sink)
        self._subscriptions.clear()

    def _send_reply(self, frame: bytes) -> None:
        delay_s = self._service.faults.reply_delay_s
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, self._socket.send, frame)
        else:
            self._socket.send(frame)

    def _perform(self, method: object, values: Mapping[str, str]) -> Json:
        if not isinstance(method, str):
            raise BinanceError(-1135, "Invalid JSON Request.")
        session_method = self._session_methods.get(method)
        if session_method is not None:
            self._service.desk.limits.charge(self._socket.address, 2, self._service.now_ns())
            return session_method(values)
        endpoint = WEBSOCKET.get(method)
        if endpoint is None:
            raise BinanceError(-1020, "This operation is not supported.")
        faults = self._service.faults
        if endpoint.places_order and faults.requests.strike():
            raise Lost
        answer = self._service.answer(endpoint, values, self._account(endpoint, values), self._socket.address)
        if endpoint.places_order and faults.replies.strike():
            raise Lost
        return answer

    def _account(self, endpoint: Endpoint, values: Mapping[str, str]) -> str:
        if self._session is not None and "apiKey" not in values and endpoint.security is not Security.NONE:
            return self._session.account
        return self._service.authenticate(endpoint, values, _credentials(values))

    def _authenticated(self, values: Mapping[str, str]) -> ApiKey:
        key = self._service.keys.find(values.get("apiKey"))
        self._service.verify(key, values, _credentials(values))
        return key

    def _log_on(self, values: Mapping[str, str]) -> Json:
        key = self._authenticated(values)
        if not key.verifier.can_log_on:
            raise BinanceError(-4056, "HMAC_SHA256 API key is not supported.")
        self._session = key
        self._authorized_ms = millis(self._service.now_ns())
        return self._session_status(values)

    def _log_out(self, values: Mapping[str, str]) -> Json:
        self._session = None
        return self._session_status(values)

    def _session_status(self, values: Mapping[str, str]) -> Json:
        session = self._session
        return {
            "apiKey": session.api_key if session else None,
            "authorizedSince": self._authorized_ms if session else None,
            "connectedSince": self._connected_ms,
            "returnRateLimits": True,
            "serverTime": millis(self._service.now_ns()),
            "userDataStream": bool(self._subscriptions),
        }

    def _subscribe_session(self, values: Mapping[str, str]) -> Json:
        if self._session is None:
            raise BinanceError(-2014, "API-key format invalid.", 401)
        return self._subscribe(self._session.account)

    def _subscribe_signed(self, values: Mapping[str, str]) -> Json:
        return self._subscribe(self._authenticated(values).account)

    def _subscribe(self, account: str) -> Json:
        if any(subscribed == account for subscribed, _ in self._subscriptions.values()):
            raise BinanceError(-2035, "User Data Stream subscription already active.")
        self._last_subscription += 1
        sink = partial(self._on_event, self._last_subscription)
        self._subscriptions[self._last_subscription] = (account, sink)
        self._service.users.open(account, sink)
        return {"subscriptionId": self._last_subscription}

    def _unsubscribe(self, values: Mapping[str, str]) -> Json:
        """End one subscription, or all of them when none is named."""
        wanted = values.get("subscriptionId")
        ids = list(self._subscriptions) if wanted is None else [int(wanted)] if wanted.isdigit() else [-1]
        if wanted is not None and ids[0] not in self._subscriptions:
            raise BinanceError(-2036, "User Data Stream subscription not active.")
        for subscription in ids:
            account, sink = self._subscriptions.pop(subscription)
            self._service.users.close(account, sink)
        return {}

    def _list_subscriptions(self, values: Mapping[str, str]) -> Json:
        return [{"subscriptionId": subscription} for subscription in self._subscriptions]

    def _on_event(self, subscription: int, event: JsonObject) -> None:
        self._socket.send(encode({"subscriptionId": subscription, "event": event}))

    def _error(self, error: BinanceError) -> JsonObject:
        body = error.body()
        if isinstance(error, TooManyRequests):
            now_ms = millis(self._service.now_ns())
            body["data"] = {"serverTime": now_ms, "retryAfter": now_ms + error.retry_after_s * 1000}
        return body

    def _usage(self) -> Json:
        return self._service.desk.limits.weight_usage(self._socket.address, self._service.now_ns())


def _parse(text: str) -> dict[str, Any]:
    try:
        request = json.loads(text, parse_float=str, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise BinanceError(-1135, "Invalid JSON Request.") from error
    if not isinstance(request, dict):
        raise BinanceError(-1135, "Invalid JSON Request.")
    return request


def _integer(text: str) -> int:
    # A number of absurd length is not worth converting, and Python would refuse it.
    return int(text) if len(text) <= 20 else 0


def _texts(parameters: object) -> dict[str, str]:
    """Return parameters as the texts that were signed."""
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise BinanceError(-1135, "Invalid JSON Request.")
    return {name: _text(value) for name, value in parameters.items()}


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def _credentials(values: Mapping[str, str]) -> Credentials:
    payload = "&".join(f"{name}={values[name]}" for name in sorted(values) if name != "signature")
    return Credentials(values.get("apiKey"), payload, values.get("signature"))
