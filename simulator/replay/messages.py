"""The client messages of a Binance market stream: SUBSCRIBE and its relatives, and the errors they may earn.

Source: the venue's "WebSocket Streams" documentation, live subscribing and unsubscribing.
"""

import json
from typing import Any

from simulator.replay.subscribers import Connection, Switchboard

UNKNOWN_PROPERTY, WRONG_TYPE, INVALID_REQUEST, INVALID_JSON = 0, 1, 2, 3
MARKET_ROUTE = "market"
PUBLIC_KINDS = ("depth", "bookTicker", "trade", "rpiDepth")


def is_routed(route: str | None, stream: str) -> bool:
    """Return whether a stream is sent on a route of a routed venue; `None` is a venue or a path without routes.

    The venue acknowledges a stream on the wrong route and sends nothing; a path without a route acts as `public`.
    """
    kind = stream.split("@")[1] if "@" in stream else stream
    public = kind.rstrip("0123456789") in PUBLIC_KINDS or stream == "!bookTicker"
    return route is None or (route == "public" and public) or (route == MARKET_ROUTE and not public)


def answer(text: str, connection: Connection, board: Switchboard, route: str | None) -> str:
    """Carry out one client message and return the reply."""
    try:
        request = json.loads(text)
    except json.JSONDecodeError as error:
        return _error(None, INVALID_JSON, f"Invalid JSON: {error.msg}")
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        return _error(None, INVALID_REQUEST, "Invalid request: missing field `method`")
    return _carry_out(request, connection, board, route)


def _carry_out(request: dict[str, Any], connection: Connection, board: Switchboard, route: str | None) -> str:
    identity, method, parameters = request.get("id"), request["method"], request.get("params", [])
    match method:
        case "SUBSCRIBE" | "UNSUBSCRIBE":
            if not isinstance(parameters, list) or not all(isinstance(name, str) for name in parameters):
                return _error(
                    identity, INVALID_REQUEST, "Invalid request: params must be an array of strings"
                )
            for name in parameters:
                if method == "SUBSCRIBE":
                    board.subscribe(connection, name, routed=is_routed(route, name))
                else:
                    board.unsubscribe(connection, name)
            return _result(identity, None)
        case "LIST_SUBSCRIPTIONS":
            return _result(identity, list(connection.subscriptions))
        case "GET_PROPERTY" if parameters == ["combined"]:
            return _result(identity, connection.combined)
        case "SET_PROPERTY" if (
            isinstance(parameters, list) and len(parameters) == 2 and parameters[0] == "combined"
        ):
            if not isinstance(parameters[1], bool):
                return _error(identity, WRONG_TYPE, "Invalid value type: expected Boolean")
            connection.combined = parameters[1]
            return _result(identity, None)
        case "GET_PROPERTY" | "SET_PROPERTY":
            return _error(identity, UNKNOWN_PROPERTY, "Unknown property")
    return _error(identity, INVALID_REQUEST, f"Invalid request: unknown variant `{method}`")


def _result(identity: object, result: object) -> str:
    return json.dumps({"result": result, "id": identity}, separators=(",", ":"))


def _error(identity: object, code: int, message: str) -> str:
    return json.dumps({"code": code, "msg": message, "id": identity}, separators=(",", ":"))
