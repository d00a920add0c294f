"""What an example is, and the values that all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from sextant.contracts.common.v1 import values_pb2
from sextant.core.identity import client_order_id
from sextant.core.time import MILLISECOND, SECOND

#: 2026-01-01T00:00:00Z in ns: the second in which the story happens.
START: Final = 1_767_225_600 * SECOND
BTC: Final = "alpha:BTC/USDT"
INVERSE: Final = "gammacoin:BTC/USD:BTC"
PORTFOLIO: Final = "main"
SIGNAL_ID: Final = "8c6f0a51b8f94d0f9f8e25c1f0b1a7d2"
INTENT_ID: Final = "3f9b8d0c6a7e4f51923bd0c4e1a2f6b7"
DECISION_ID: Final = "b1d7a0e94c3f4be7a1c80d2f5e6a9c34"
ORDER_ID: Final = client_order_id(INTENT_ID)
VENUE_ORDER_ID: Final = "28457"
TRADE_ID: Final = "9021"
FILL_ID: Final = f"alpha-main/BTCUSDT/{TRADE_ID}"


@dataclass(frozen=True, slots=True)
class Example:
    """One record's key and message; `message` None is a tombstone."""

    key: str
    message: Message | None

    def value(self) -> bytes:
        """Return the record's value; no bytes for a tombstone."""
        return b"" if self.message is None else self.message.SerializeToString(deterministic=True)


def decimal(text: str) -> values_pb2.Decimal:
    """Return the wire's decimal."""
    return values_pb2.Decimal(value=text)


def instant(ns: int) -> Timestamp:
    """Return the wire's instant."""
    return Timestamp(seconds=ns // SECOND, nanos=ns % SECOND)


def at(milliseconds: int) -> int:
    """Return ns since the epoch, this long after the story began."""
    return START + milliseconds * MILLISECOND


def position(topic: str, partition: int, offset: int) -> values_pb2.Position:
    """Return a place in the log."""
    return values_pb2.Position(topic=topic, partition=partition, offset=offset)
