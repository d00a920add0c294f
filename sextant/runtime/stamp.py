"""Records in and out of the log: headers, identity, lineage, partition. The only place that knows header names."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.message import DecodeError, Message

from sextant.bus.port import Outgoing, Position, Record
from sextant.contracts.columns import open_batch
from sextant.contracts.enums import check_enums
from sextant.contracts.topics import TOPICS, Delivery, Poison, Topic
from sextant.core.errors import InvalidValue, PoisonRecord
from sextant.core.identity import Identity, Root, record_id
from sextant.core.partitions import (
    MARKET_PARTITIONS,
    PORTFOLIO_PARTITIONS,
    market_partition,
    portfolio_partition,
)
from sextant.core.time import Clock
from sextant.runtime.lineage import MAX_INSTANCE, Hop, Lineage
from sextant.runtime.stage import Input

IDENTITY: Final = "identity"
LINEAGE: Final = "lineage"
RECORD_ID: Final = "record-id"
MESSAGE_TYPE: Final = "message-type"
SCHEMA_VERSION: Final = "schema-version"
#: W3C trace context of the span that made the record; set from the ensemble on, where every record belongs to an order.
TRACEPARENT: Final = "traceparent"
#: The root of every replay: what is computed from one of its records has the record's position as root.
ROOT_TOPIC: Final = "market.events.v1"
_VERSION: Final = b"1"


class Stamper:
    """Gives outputs of one service instance their headers."""

    def __init__(self, stage: str, instance: str, region: str, clock: Clock) -> None:
        self.stage, self.instance, self.region, self.clock = (
            stage,
            f"{stage}-{instance}"[:MAX_INSTANCE],
            region,
            clock,
        )

    def hop(self, in_ns: int, source: Position | None) -> Hop:
        """Return this stage's hop, ended now."""
        return Hop(self.stage, self.instance, self.region, in_ns, self.clock.wall_ns(), source)

    def outgoing(
        self,
        topic: str,
        key: str,
        partition_key: str,
        message: Message,
        identity: Identity,
        lineage: Lineage,
        *,
        id_field: str = "",
        trace: bytes = b"",
    ) -> Outgoing:
        """Return the record to send. `identity` is the output's own; `lineage` already holds this stage's hop.

        `trace` is the traceparent of the span that made it; empty where spans are made later from the lineage.
        """
        if id_field:
            setattr(message, id_field, record_id(identity, self.stage, key))
        data = message.SerializeToString()
        return self.outgoing_data(topic, key, partition_key, data, identity, lineage, trace=trace)

    def outgoing_data(
        self,
        topic: str,
        key: str,
        partition_key: str,
        data: bytes,
        identity: Identity,
        lineage: Lineage,
        *,
        trace: bytes = b"",
    ) -> Outgoing:
        """As outgoing(), for a message that is there as its bytes."""
        entry = TOPICS[topic]
        headers = {
            IDENTITY: identity.encode(),
            LINEAGE: lineage.raw,
            RECORD_ID: record_id(identity, self.stage, key).encode(),
            MESSAGE_TYPE: entry.message.DESCRIPTOR.full_name.encode(),
            SCHEMA_VERSION: _VERSION,
        }
        if trace:
            headers[TRACEPARENT] = trace
        return Outgoing(topic, partition_of(entry, partition_key), key.encode(), data, headers)


def partition_of(entry: Topic, partition_key: str) -> int:
    """Return the partition for a base asset or a portfolio, as the topic's family asks."""
    if entry.partitions == 1 or entry.delivery is Delivery.BROADCAST:
        return 0
    if entry.partitions == MARKET_PARTITIONS:
        return market_partition(partition_key)
    assert entry.partitions == PORTFOLIO_PARTITIONS, entry.name
    return portfolio_partition(partition_key)


def open_record(record: Record) -> Input:
    """Decode a record. Raises PoisonRecord when it cannot be read."""
    entry = TOPICS[record.topic]
    try:
        identity = identity_of(record)
        value = open_value(entry, record.value or b"")
        lineage = Lineage(record.headers.get(LINEAGE, b""))
        trace = record.headers.get(TRACEPARENT, b"")
        return Input(
            record.position, record.key.decode(), value, record.value or b"", identity, lineage, trace
        )
    except (InvalidValue, DecodeError, UnicodeDecodeError) as error:
        raise PoisonRecord(
            topic=record.topic, partition=record.partition, offset=record.offset, reason=str(error)
        ) from error


def identity_of(record: Record) -> Identity:
    """Return the record's own identity as its producer stamped it. Raises InvalidValue when the header is missing."""
    header = record.headers.get(IDENTITY)
    if header is None:
        raise InvalidValue("header identity", "nothing", "the record's root and path")
    return Identity.decode(header)


def root_for_outputs(record: Input) -> Identity:
    """Return the identity that outputs of this record descend from: its own, or its position on the root topic."""
    if record.position.topic == ROOT_TOPIC:
        return Identity(Root.at(record.position.topic, record.position.partition, record.position.offset))
    return record.identity


def open_value(entry: Topic, data: bytes) -> Any:
    """Return the message of a topic from its bytes. Raises DecodeError or InvalidValue.

    A batch of columns is checked once, here, where it enters; an enum that this code does not know is an error on a money topic,
    so consumers are rolled before producers.
    """
    if entry.name == ROOT_TOPIC:
        return open_batch(data)
    message = entry.message()
    message.ParseFromString(data)
    if entry.poison is Poison.HALT:
        check_enums(message)
    return message
