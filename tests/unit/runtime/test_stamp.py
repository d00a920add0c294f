"""What is stamped is opened as the same thing, and what cannot be opened is poison that names its place."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.bus.port import Outgoing, Position, Record
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.examples.strategies import take
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.errors import InvalidValue, PoisonRecord
from sextant.core.identity import Identity, Root, record_id
from sextant.core.partitions import market_partition, portfolio_partition
from sextant.core.time import SettableClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import (
    IDENTITY,
    LINEAGE,
    TRACEPARENT,
    Stamper,
    headers_of,
    identity_of,
    open_record,
    partition_of,
    record_id_of,
    root_for_outputs,
)

INTENTS, DECISIONS, EVENTS = "strategies.intents.v1", "risk.decisions.v1", "market.events.v1"
IDENTITY_OF_INTENT = Identity(Root.at("market.events.v1", 0, 41)).child(0)


def stamper(clock: SettableClock | None = None) -> Stamper:
    return Stamper("ensemble", "0", "local", clock or SettableClock(1_000))


def sent(message: intents_pb2.Intent, *, trace: bytes = b"", id_field: str = "intent_id") -> Outgoing:
    made = stamper()
    lineage = Lineage().with_hop(made.hop(400, Position("strategies.signals.v1", 0, 7)))
    return made.outgoing(
        INTENTS, "main", "main", message, IDENTITY_OF_INTENT, lineage, id_field=id_field, trace=trace
    )


def lying(outgoing: Outgoing, offset: int = 5) -> Record:
    """Return the record as it lies in the log."""
    value, headers = outgoing.value, dict(outgoing.headers)
    return Record(outgoing.topic, outgoing.partition, offset, outgoing.key, value, headers, 0)


def test_what_is_stamped_is_opened_as_the_same() -> None:
    opened = open_record(lying(sent(take(), trace=b"00-aa-bb-01")))
    assert opened.position == Position(INTENTS, portfolio_partition("main"), 5)
    assert (opened.key, opened.identity, opened.trace) == ("main", IDENTITY_OF_INTENT, b"00-aa-bb-01")
    (hop,) = opened.lineage.hops()
    assert (hop.stage, hop.instance, hop.in_ns, hop.out_ns) == ("ensemble", "ensemble-0", 400, 1_000)
    assert opened.value.instrument == take().instrument


def test_the_record_id_is_the_identitys_and_stands_in_the_message_too() -> None:
    record = lying(sent(take()))
    own = record_id(IDENTITY_OF_INTENT, "ensemble", "main")
    assert record_id_of(record) == own
    assert open_record(record).value.intent_id == own
    untouched = take()
    sent(untouched, id_field="")
    assert untouched == take()


def test_a_record_without_a_trace_has_no_traceparent() -> None:
    assert TRACEPARENT not in sent(take()).headers


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: replace(record, value=b"\xff\xff"),
        lambda record: replace(record, key=b"\xff"),
        lambda record: replace(record, headers={LINEAGE: b""}),
        lambda record: replace(record, headers={**record.headers, IDENTITY: b"\x01"}),
        lambda record: replace(record, headers=headers_of(TOPICS[DECISIONS], IDENTITY_OF_INTENT, Lineage())),
    ],
    ids=["value", "key", "no identity", "short identity", "made for another topic"],
)
def test_what_cannot_be_opened_is_poison_that_names_its_place(spoil) -> None:  # type: ignore[no-untyped-def]  # a lambda a case
    with pytest.raises(PoisonRecord, match=rf"^{INTENTS}/{portfolio_partition('main')}@5: "):
        open_record(spoil(lying(sent(take()))))


def test_a_missing_identity_says_which_header() -> None:
    with pytest.raises(InvalidValue, match=r"header i \(identity\)"):
        identity_of(replace(lying(sent(take())), headers={}))


def test_a_batch_of_events_is_opened_as_the_mirror() -> None:
    """Columns stay bytes, so that numpy views them."""
    example = EXAMPLES["market.events.v1"]["all-channels"]
    headers = headers_of(TOPICS[EVENTS], IDENTITY_OF_INTENT, Lineage())
    record = Record(EVENTS, 0, 41, b"BTC", example.value(), headers, 0)
    opened = open_record(record)
    assert isinstance(opened.value, mirror.EventBatch)
    assert opened.raw == example.value()


def test_outputs_of_a_root_record_descend_from_its_position_others_from_its_identity() -> None:
    """Whatever ingest called a batch: its place in the log is the root of everything computed from it."""
    headers = headers_of(TOPICS[EVENTS], IDENTITY_OF_INTENT, Lineage())
    batch = Record(EVENTS, 3, 41, b"BTC", b"", headers, 0)
    assert root_for_outputs(open_record(batch)) == Identity(Root.at("market.events.v1", 3, 41))
    assert root_for_outputs(open_record(lying(sent(take())))) == IDENTITY_OF_INTENT


@given(key=st.text(max_size=20))
def test_the_partition_is_the_families(key: str) -> None:
    for entry in TOPICS.values():
        expected = {1: 0, 12: portfolio_partition(key), 24: market_partition(key)}[entry.partitions]
        assert partition_of(entry, key) == expected


def test_a_long_instance_name_is_cut_to_what_a_hop_holds() -> None:
    made = Stamper("triangulation", "7f9c4d5b6-abcde", "eu-central-1", SettableClock())
    lineage = Lineage().with_hop(made.hop(0, None))
    assert lineage.hops()[0].instance == made.instance == "triangulation-7f9c4d5b6-"


@given(st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False), max_size=8), st.randoms())
def test_equal_messages_are_equal_bytes_whatever_order_their_maps_were_filled_in(
    values: dict[str, float], chance: random.Random
) -> None:
    """What is said again after a crash is the same record, byte for byte."""
    items = list(values.items())
    chance.shuffle(items)
    said = []
    for pairs in (values.items(), items):
        signal = signals_pb2.Signal()
        for name, value in pairs:
            signal.evidence[name] = value
        record = stamper().outgoing(
            "strategies.signals.v1", "s", "BTC", signal, IDENTITY_OF_INTENT, Lineage()
        )
        said.append(record.value)
    assert said[0] == said[1]
