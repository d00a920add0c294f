"""`sextant watch`: what changes, as it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer

from sextant.cli.message import as_data
from sextant.cli.operator_options import Api, Authority, Secret, client_of
from sextant.cli.printing import Json, print_line
from sextant.cli.running import run
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.operator.v1 import api_pb2, picture_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.words import name_of
from sextant.core.errors import InvalidValue
from sextant.core.time import iso

_PREFIX: Final = "CHANGE_KIND_"
_BEAT: Final = "beat"


def watch(
    kinds: Annotated[
        str,
        typer.Option(
            "--kinds", help="Only these: order, fill, breaker, anomaly, refusal; separated by commas."
        ),
    ] = "",
    api: Api = "",
    authority: Authority = None,
    secret: Secret = None,
    json: Json = False,
) -> None:
    """Print orders, fills, breakers, anomalies and refusals as they change, until Ctrl-C.

    Who reads too slowly is cut off, and the command ends with code 1: `sextant status` shows where things stand then.

    Example: sextant watch --kinds order,fill --api 127.0.0.1:7100 --secret-file operator.secret
    """
    if not api:
        raise InvalidValue("--api", "", "host:port of the operator API")
    wanted = [_kind(name.strip()) for name in kinds.split(",") if name.strip()]

    async def work() -> None:
        async with client_of(api, secret, authority) as client:
            async for change in client.watch(wanted):
                tell(change, json=json)

    run(work(), interrupted=0)


def _kind(name: str) -> Any:
    known = {
        key.removeprefix(_PREFIX).lower(): number for key, number in api_pb2.ChangeKind.items() if number
    }
    if name not in known:
        raise InvalidValue("--kinds", name, ", ".join(known))
    return known[name]


def tell(change: api_pb2.WatchResponse, *, json: bool) -> None:
    """Print a change, a line; a beat is none."""
    kind = change.WhichOneof("change")
    if kind is None or kind == _BEAT:
        return
    message = getattr(change, kind)
    if json:
        print_line({"kind": kind, **as_data(message)})
    else:
        typer.echo(_LINES[kind](message))


def _order(order: picture_pb2.OrderState) -> str:
    state = name_of(execution_pb2.OrderState, order.state, "ORDER_STATE_")
    filled = order.filled_quantity.value or "0"
    at = order.limit_price.value or "market"
    words = f"{state} {_side(order.side)} {filled} of {order.quantity.value} {order.instrument} at {at}"
    return _line(order.change_time.ToNanoseconds(), "order", order.order_id, words, order.reason)


def _fill(fill: picture_pb2.FillState) -> str:
    words = f"{_side(fill.side)} {fill.quantity.value} {fill.instrument} at {fill.price.value}"
    fee = f"commission {fill.commission.value} {fill.commission_asset}"
    return _line(fill.exchange_time.ToNanoseconds(), "fill", fill.order_id, words, fee)


def _breaker(breaker: picture_pb2.BreakerState) -> str:
    state = name_of(risk_pb2.BreakerState, breaker.state, "BREAKER_STATE_")
    return _line(breaker.heard_time.ToNanoseconds(), "breaker", breaker.scope, state, breaker.cause)


def _anomaly(anomaly: picture_pb2.AnomalyState) -> str:
    verdict = name_of(validated_pb2.VenueVerdict, anomaly.verdict, "VENUE_VERDICT_")
    return _line(anomaly.event_time.ToNanoseconds(), "anomaly", anomaly.instrument, verdict, anomaly.detail)


def _refusal(decision: picture_pb2.DecisionState) -> str:
    code = name_of(risk_pb2.RefusalCode, decision.code, "REFUSAL_CODE_")
    words = f"{code} {_side(decision.side)} {decision.instrument} for {decision.portfolio}"
    return _line(decision.event_time.ToNanoseconds(), "refusal", decision.intent_id, words, decision.detail)


def _line(ns: int, kind: str, name: str, words: str, why: str) -> str:
    when = iso(ns)[11:23] if ns else "-"
    return f"{when} {kind:<8} {name:<20} {words}" + (f" ({why})" if why else "")


def _side(number: int) -> str:
    return name_of(values_pb2.Side, number, "SIDE_").lower()


_LINES: Final[Mapping[str, Callable[[Any], str]]] = {
    "order": _order,
    "fill": _fill,
    "breaker": _breaker,
    "anomaly": _anomaly,
    "refusal": _refusal,
}
