"""What a broker is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.stack.errors import StackError
from sextant.stack.kafka import KafkaOptions
from sextant.stack.kafka_settings import LOOPBACK, BrokerPorts, broker_settings


def settings(brokers: int, *, number: int = 1, disk_cap_mb: int = 4096) -> dict[str, str]:
    ports = [BrokerPorts(1000 + each, 2000 + each) for each in range(brokers)]
    text = broker_settings(number, ports, Path("/data"), disk_cap_mb=disk_cap_mb, listening=LOOPBACK)
    return dict(line.split("=", 1) for line in text.splitlines())


@given(disk_cap_mb=st.integers(170, 1_000_000), brokers=st.sampled_from([1, 3]))
def test_the_largest_message_fits_any_segment_and_eight_busy_partitions_the_cap(
    disk_cap_mb: int, brokers: int
) -> None:
    told = settings(brokers, disk_cap_mb=disk_cap_mb)
    segment, kept = int(told["log.segment.bytes"]), int(told["log.retention.bytes"])
    assert int(told["message.max.bytes"]) < segment <= kept
    assert kept <= max(segment, disk_cap_mb * 1024 * 1024 // 8)


def test_three_brokers_keep_three_copies_and_write_with_two() -> None:
    told = settings(3, number=2)
    assert told["node.id"] == "2"
    assert told["listeners"] == "PLAINTEXT://127.0.0.1:1001,CONTROLLER://127.0.0.1:2001"
    assert told["controller.quorum.voters"] == "1@127.0.0.1:2000,2@127.0.0.1:2001,3@127.0.0.1:2002"
    copies = {name: value for name, value in told.items() if name.endswith("replication.factor")}
    assert len(copies) == 4
    assert set(copies.values()) == {"3"}
    assert told["min.insync.replicas"] == told["transaction.state.log.min.isr"] == "2"


def test_one_broker_keeps_one_copy() -> None:
    told = settings(1)
    assert told["default.replication.factor"] == told["min.insync.replicas"] == "1"


@pytest.mark.parametrize("brokers", [0, 2, 4])
def test_a_cluster_that_cannot_lose_one_broker_is_refused(brokers: int) -> None:
    with pytest.raises(StackError, match=f"expected 1 or 3 .* was {brokers}"):
        KafkaOptions(brokers=brokers)
