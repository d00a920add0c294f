"""What spans are searched by: OpenTelemetry's names for where a record lies, ours for orders, and the reason of a refusal."""

from __future__ import annotations

from typing import Final

from google.protobuf.message import Message

from sextant.bus.port import Position
from sextant.contracts.risk.v1 import risk_pb2
from sextant.telemetry.span import Value

#: Fields of our messages that name what an operator looks for.
_IDS: Final = (
    "intent_id",
    "decision_id",
    "client_order_id",
    "portfolio",
    "instrument",
    "fill_id",
    "entry_id",
)
_REFUSAL_PREFIX: Final = "REFUSAL_CODE_"
PROCESS: Final = "process"
SEND: Final = "send"


def position_attributes(position: Position | None, operation: str = PROCESS) -> dict[str, Value]:
    """Return where a record lies that was read (`PROCESS`) or written (`SEND`), by the semantic conventions of messaging and Kafka."""
    if position is None:
        return {}
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": operation,
        "messaging.destination.name": position.topic,
        "messaging.destination.partition.id": str(position.partition),
        "messaging.kafka.offset": position.offset,
    }


def order_attributes(message: Message) -> dict[str, Value]:
    """Return what an operator searches an order by: ids, portfolio, instrument, refusal."""
    found: dict[str, Value] = {}
    for name in _IDS:
        value = getattr(message, name, "")
        if value:
            found[f"sextant.{name}"] = value
    if isinstance(message, risk_pb2.Decision):
        found.update(order_attributes(message.intent))
        outcome = message.WhichOneof("outcome")
        found["sextant.outcome"] = outcome or "none"
        if outcome == "approved":
            found["sextant.client_order_id"] = message.approved.client_order_id
        elif outcome == "refused":
            found["sextant.refusal"] = _refusal(message.refused)
    return found


def refusal_of(message: Message) -> str:
    """Return why a decision refuses, with the limit and what broke it; empty for everything else."""
    if not isinstance(message, risk_pb2.Decision) or message.WhichOneof("outcome") != "refused":
        return ""
    refused = message.refused
    return f"{_refusal(refused)}: limit {refused.limit}, was {refused.value}"


def _refusal(refused: risk_pb2.Refused) -> str:
    known = refused.code in risk_pb2.RefusalCode.values()
    return (
        risk_pb2.RefusalCode.Name(refused.code).removeprefix(_REFUSAL_PREFIX) if known else str(refused.code)
    )
