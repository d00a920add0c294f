"""Halted partitions keep a process from being ready while it holds them, and not a moment longer."""

from __future__ import annotations

import structlog
from prometheus_client import CollectorRegistry, Gauge

from sextant.bus.port import TopicPartition
from sextant.core.time import SettableClock
from sextant.runtime.halted import Halted
from sextant.runtime.health import Health

ONE, OTHER = TopicPartition("risk.decisions.v1", 1), TopicPartition("risk.decisions.v1", 2)


def test_a_process_is_ready_again_once_it_has_handed_its_halted_partitions_over() -> None:
    health, registry = Health(SettableClock()), CollectorRegistry()
    gauge = Gauge("halted", "Halted partitions", registry=registry)
    halted = Halted(health, structlog.wrap_logger(structlog.ReturnLogger()), gauge)
    health.set("kafka", True)
    halted.halt(ONE, "offset 7: cannot be read")
    halted.halt(OTHER, "offset 9: cannot be read")
    assert ONE in halted
    assert not health.is_ready
    assert registry.get_sample_value("halted") == 2
    halted.release([ONE, TopicPartition("risk.decisions.v1", 3)])
    assert ONE not in halted
    assert not health.is_ready
    halted.release([OTHER])
    assert health.is_ready
    assert (len(halted), registry.get_sample_value("halted")) == (0, 0)
