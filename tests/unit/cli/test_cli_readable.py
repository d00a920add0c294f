"""Records are shown whole and exactly, and what cannot be read is shown as such."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sextant.bus.port import Position, Record, TopicPartition
from sextant.cli.groups import held_text
from sextant.cli.readable import readable
from sextant.cli.schema import schema_data, schema_text
from sextant.cli.tail import Selection, instant_ms
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.market.v1 import events_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.errors import InvalidValue
from sextant.core.identity import Identity, Root, record_id
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import IDENTITY, LINEAGE, TRACEPARENT, headers_of
from tests.contract.consumers import example_record

CASES = [(topic, name) for topic, examples in EXAMPLES.items() for name in examples]


@pytest.mark.parametrize(("topic", "name"), CASES)
def test_every_example_is_readable_as_json(topic: str, name: str) -> None:
    data = readable(example_record(topic, name))
    assert json.loads(json.dumps(data)) == data
    assert "unreadable" not in data
    assert ("message" in data) != ("tombstone" in data)


def test_batches_become_rows_by_arrival_with_real_decimals() -> None:
    rows = readable(example_record("market.events.v1", "all-channels"))["message"]["rows"]
    assert [row["table"] for row in rows] == ["depth", "depth", "trades", "quotes", "statuses"]
    assert rows[0]["levels"][0] == ["bid", "42000.10", "0.50000"]
    assert rows[1]["levels"] == [["ask", "42000.60", "0.00000"]]
    assert (rows[2]["price"], rows[2]["quantity"], rows[2]["taker_side"]) == ("42000.50", "0.01000", "buy")
    assert rows[3]["exchange_time"] is None, "0 means that the venue does not say"
    assert rows[4]["status"] == "LIVE"


def test_no_digit_of_a_column_is_lost() -> None:
    (row,) = readable(example_record("market.events.v1", "small-numbers"))["message"]["rows"]
    assert (row["price"], row["quantity"]) == ("9.223372036854775807", "0.000000000000000001")
    values = readable(example_record("market.events.v1", "derivatives"))["message"]["rows"]
    assert values[1]["value"] == "-0.00012500"
    assert (values[3]["price"], values[3]["quantity"]) == ("41990", "250")


def test_the_batch_inside_a_validated_batch_is_opened_too() -> None:
    message = readable(example_record("market.validated.v1", "good-fix"))["message"]
    assert message["batch"]["rows"][2]["price"] == "42000.50"
    assert message["fix"]["quality"] == "FIX_QUALITY_GOOD"


def test_identity_and_lineage_are_spelled_out() -> None:
    lineage = Lineage()
    lineage = lineage.with_hop(Hop("ingest", "ingest-0", "local", 1_000, 3_000, None))
    source, side = Position("market.events.v1", 0, 7), Position("market.clocks.v1", 0, 2)
    lineage = lineage.with_hop(Hop("triangulation", "triangulation-1", "local", 5_000, 9_000, source), [side])
    identity = Identity(Root.at("market.events.v1", 0, 7)).child(0).child(258)
    record = example_record("features.vectors.v1", "live")
    headers = headers_of(TOPICS[record.topic], identity, lineage, b"00-1-2-01")
    data = readable(replace(record, headers=headers))
    assert data["identity"] == {"root": "market.events.v1/0#0.7", "path": [0, 258]}
    assert data["record_id"] == record_id(identity, "features", record.key.decode())
    assert (data["message_type"], data["schema_version"]) == ("sextant.features.v1.FeatureVector", 1)
    assert [hop["stage"] for hop in data["lineage"]] == ["ingest", "triangulation"]
    assert data["lineage"][1]["input"] == "market.events.v1/0@7"
    assert data["lineage"][1]["took_us"] == 4
    assert data["uses"] == ["market.clocks.v1/0@2"]
    assert data[TRACEPARENT] == "00-1-2-01"


def test_garbage_is_shown_and_never_raises() -> None:
    record = Record("risk.decisions.v1", 0, 3, b"\xff", b"\xff\xff", {IDENTITY: b"x", LINEAGE: b"\x09"}, 0)
    data = readable(record)
    assert data["unreadable"].startswith("sextant.risk.v1.Decision")
    assert data["hex"] == "ffff"
    assert "expected" in data["identity"]["unreadable"]
    assert "expected" in data["lineage"]["unreadable"]


def test_a_column_that_does_not_fit_is_named() -> None:
    batch = EXAMPLES["market.events.v1"]["all-channels"].message
    assert isinstance(batch, events_pb2.EventBatch)
    batch.quotes.bid_price.append(1)
    record = replace(example_record("market.events.v1", "all-channels"), value=batch.SerializeToString())
    del batch.quotes.bid_price[-1]
    assert "quotes.bid_price" in readable(record)["unreadable"]


def test_dead_letters_are_read_as_the_topic_they_came_from() -> None:
    record = replace(
        example_record("market.events.v1", "status-only"), topic="market.events.v1.triangulation.dlq"
    )
    record = replace(record, headers={"origin": b"market.events.v1/0@9", "reason": b"bad column"})
    data = readable(record)
    assert (data["origin"], data["reason"]) == ("market.events.v1/0@9", "bad column")
    assert data["message"]["rows"][0]["status"] == "DISCONNECTED"


def test_without_decoding_only_the_size_is_told() -> None:
    data = readable(example_record("execution.fills.v1", "taker"), decode=False)
    assert "message" not in data
    assert data["bytes"] == len(EXAMPLES["execution.fills.v1"]["taker"].value())


@pytest.mark.parametrize("topic", TOPICS)
def test_every_message_and_field_of_every_topic_is_described_in_words(topic: str) -> None:
    name = TOPICS[topic].message.DESCRIPTOR.full_name
    for kind, told in schema_data(name).items():
        assert told["says"], kind
        for member in told["members"]:
            assert member["says"], f"{kind}.{member['name']}"
    assert schema_text(name)[0] == f"message {name}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", 970_000),
        ("1.5m", 910_000),
        ("250ms", 999_750),
        ("1970-01-01T00:10:00", 600_000),
        ("1970-01-01T00:10:00Z", 600_000),
        ("1970-01-01T01:10:00+01:00", 600_000),
    ],
)
def test_instants_are_ages_or_times(text: str, expected: int) -> None:
    assert instant_ms(text, now_ms=1_000_000) == expected


@pytest.mark.parametrize("text", ["", "5", "5 m", "-5m", "yesterday", "2026-13-01"])
def test_other_words_are_no_instants(text: str) -> None:
    with pytest.raises(InvalidValue, match="--since"):
        instant_ms(text)


def test_a_selection_takes_all_keys_or_one() -> None:
    record = example_record("execution.fills.v1", "taker")
    assert Selection("execution.fills.v1").wants(record)
    assert Selection("execution.fills.v1", key=record.key.decode()).wants(record)
    assert not Selection("execution.fills.v1", key="other").wants(record)


def test_held_partitions_are_drawn_together() -> None:
    held = [TopicPartition("a", number) for number in (0, 1, 2, 5)] + [TopicPartition("b", 7)]
    assert held_text(held) == "a 0-2,5; b 7"
    assert held_text([]) == ""
