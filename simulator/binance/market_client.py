"""One connection to the market streams: its requests, its subscriptions, and the shape of its frames."""

import asyncio
import json
import re
from typing import Any

from simulator.binance.formats import Json, JsonObject, encode
from simulator.binance.service import Service
from simulator.binance.socket import Socket

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")


class RequestRefused(Exception):
    """A request on a stream connection that is answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class MarketClient:
    """Subscribes and receives. Frames are bare, or wrapped with their stream's name when `combined` is set."""

    def __init__(self, socket: Socket, service: Service, combined: bool) -> None:
        self._socket = socket
        self._service = service
        self._combined = combined
        self._streams: dict[str, None] = {}
        self._user_streams: dict[str, str] = {}
        self._held: list[bytes] = []

    def subscribe(self, names: list[str]) -> None:
        """Add streams by name; a listen key opens its account's user stream, an unknown name is silent."""
        if len(self._streams) + len(names) > self._socket.settings.streams:
            raise RequestRefused(
                2, f"Invalid request: at most {self._socket.settings.streams} streams per connection"
            )
        for name in names:
            self._streams[name] = None
            account = self._service.desk.listen_keys.account_of(name, self._service.now_ns())
            if account is not None:
                self._user_streams[name] = account
                self._service.users.open(account, self._on_user_event)
            else:
                self._service.hub.subscribe(name, self)

    def unsubscribe(self, names: list[str]) -> None:
        for name in names:
            self._streams.pop(name, None)
            account = self._user_streams.pop(name, None)
            if account is not None:
                self._service.users.close(account, self._on_user_event)
            self._service.hub.unsubscribe(name, self)

    def close(self) -> None:
        self.unsubscribe(list(self._streams))

    def push(self, name: str, payload: bytes) -> None:
        """Send one payload of a stream, spoilt if a fault says so."""
        faults = self._service.faults
        if faults.silent_until > asyncio.get_running_loop().time():
            return
        frame = b'{"stream":"%b","data":%b}' % (name.encode(), payload) if self._combined else payload
        if not faults.frames.is_active and not self._held:
            self._socket.send(frame)
            return
        for spoilt in faults.frames.spoil(frame, self._held):
            self._socket.send(spoilt)

    def on_text(self, text: str) -> None:
        """Answer one request of the client."""
        request_id: Json = None
        try:
            request = _parse(text)
            request_id = request.get("id")
            _check_id(request_id)
            reply: JsonObject = {"result": self._perform(request), "id": request_id}
        except RequestRefused as refused:
            reply = {"code": refused.code, "msg": refused.message, "id": request_id}
            # The documents show the bare form, clients in use look for `error`: both are there.
            reply["error"] = {"code": refused.code, "msg": refused.message}
        self._socket.send(encode(reply))

    def _perform(self, request: dict[str, Any]) -> Json:
        method, parameters = request.get("method"), request.get("params", [])
        if method == "LIST_SUBSCRIPTIONS":
            return list(self._streams)
        if method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            names = _names(parameters)
            (self.subscribe if method == "SUBSCRIBE" else self.unsubscribe)(names)
            return None
        if method in ("SET_PROPERTY", "GET_PROPERTY"):
            return self._property(method, parameters)
        raise RequestRefused(
            2,
            f"Invalid request: unknown variant {method!r}, expected one of SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY, GET_PROPERTY",
        )

    def _property(self, method: str, parameters: object) -> Json:
        if not isinstance(parameters, list) or not parameters or parameters[0] != "combined":
            raise RequestRefused(0, "Unknown property")
        if method == "GET_PROPERTY":
            return self._combined
        if len(parameters) != 2 or not isinstance(parameters[1], bool):
            raise RequestRefused(1, "Invalid value type: expected Boolean")
        self._combined = parameters[1]
        return None

    def _on_user_event(self, event: JsonObject) -> None:
        for name in self._user_streams:
            self._socket.send(encode({"stream": name, "data": event} if self._combined else event))


def _parse(text: str) -> dict[str, Any]:
    try:
        request = json.loads(text)
    except json.JSONDecodeError as error:
        raise RequestRefused(3, f"Invalid JSON: {error}") from error
    if not isinstance(request, dict):
        raise RequestRefused(2, "Invalid request: expected an object")
    return request


def _check_id(request_id: object) -> None:
    is_number = isinstance(request_id, int) and not isinstance(request_id, bool)
    is_text = isinstance(request_id, str) and _REQUEST_ID.fullmatch(request_id) is not None
    if request_id is not None and not is_number and not is_text:
        raise RequestRefused(2, "Invalid request: request ID must be an unsigned integer, a text or null")


def _names(parameters: object) -> list[str]:
    if not isinstance(parameters, list) or not all(isinstance(name, str) for name in parameters):
        raise RequestRefused(2, "Invalid request: params must be an array of stream names")
    return parameters
