"""Records in and out of the log: headers, identity, lineage, partition. The only place that knows header names."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.message import DecodeError, Message

from sextant.bus.port import Headers, Outgoing, Position, Record
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
from sextant.runtime import identity_header
from sextant.runtime.identity_header import Stamped
from sextant.runtime.lineage import MAX_INSTANCE, Hop, Lineage
from sextant.runtime.stage import Input

#: What the record is: topic, schema version and identity by `identity_header`. Names of headers lie in each record too, hence one letter.
IDENTITY: Final = "i"
#: How it came.
LINEAGE: Final = "l"
#: W3C trace context of the span that made the record; set from the ensemble on, where every record belongs to an order.
TRACEPARENT: Final = "traceparent"
#: The root of every replay: what is computed from one of its records has the record's position as root.
ROOT_TOPIC: Final = "market.events.v1"
#: Whose hop says when a frame was received.
ROOT_STAGE: Final = "ingest"


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
        # Maps in one order: what is said again after a crash has the same bytes.
        data = message.SerializeToString(deterministic=True)
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
        headers = headers_of(entry, identity, lineage, trace)
        return Outgoing(topic, partition_of(entry, partition_key), key.encode(), data, headers)


def headers_of(entry: Topic, identity: Identity, lineage: Lineage, trace: bytes = b"") -> dict[str, bytes]:
    """Return the headers of a record of a topic."""
    headers = {IDENTITY: identity_header.encode(entry, identity), LINEAGE: lineage.raw}
    if trace:
        headers[TRACEPARENT] = trace
    return headers


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
        identity = _identity_on(entry, record)
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


def stamped_in(headers: Headers) -> Stamped:
    """Return what the headers say that the record is. Raises InvalidValue when the header is missing or cannot be read."""
    header = headers.get(IDENTITY)
    if header is None:
        raise InvalidValue(f"header {IDENTITY} (identity)", "nothing", "the record's topic, root and path")
    return identity_header.decode(header)


def identity_of(record: Record) -> Identity:
    """Return the record's own identity as its producer stamped it. Raises InvalidValue when the header is missing."""
    return stamped_in(record.headers).identity


def record_id_of(record: Record) -> str:
    """Return the record's id, which is a function of its identity, the topic's owner and the key. Raises InvalidValue without an identity."""
    stamped = stamped_in(record.headers)
    return record_id(stamped.identity, stamped.topic.owner, record.key.decode("utf-8", "replace"))


def _identity_on(entry: Topic, record: Record) -> Identity:
    """Return the identity of a record that lies on a topic. Raises InvalidValue when it was made for another topic."""
    stamped = stamped_in(record.headers)
    if stamped.topic is not entry:
        raise InvalidValue("topic of the record's header", stamped.topic.name, entry.name)
    return stamped.identity


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
