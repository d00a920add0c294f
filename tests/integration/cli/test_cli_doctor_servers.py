"""`sextant doctor` against real servers: what it reads of a broker and a database, and that a drift is found where it is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from sextant.bus.kafka import KafkaBus
from sextant.bus.layout import TopicLayout
from sextant.demo.plan import SHIPPED_CONFIG
from tests.integration.cli.conftest import Cli

TOPIC = "risk.decisions.v1"


def findings(cli: Cli, broker: str) -> dict[str, dict[str, Any]]:
    """Return what the doctor finds, by name; of several under one name the last."""
    code, out, _ = cli("doctor", "--kafka", broker, "--config", str(SHIPPED_CONFIG), "--json")
    assert code == 0
    return {each["name"]: each for each in json.loads(out)["findings"]}


def test_a_whole_log_is_well_and_each_drift_is_named(
    broker: str, cli: Cli, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEXTANT_POSTGRES", postgres_dsn)
    found = findings(cli, broker)
    assert (found["kafka"]["grade"], found["topics"]["grade"]) == ("ok", "ok")
    assert broker in found["kafka"]["says"]
    assert found["postgres"]["grade"] == "ok"
    assert (found["schema ledger"]["grade"], found["schema ledger"]["says"]) == ("warn", "not there yet")

    asyncio.run(drift(broker))
    found = findings(cli, broker)
    assert found[f"topic {TOPIC}"]["grade"] == "warn"
    assert "retention.ms is 60000 instead of 2592000000" in found[f"topic {TOPIC}"]["says"]
    assert f"--topic {TOPIC} --add-config" in found[f"topic {TOPIC}"]["remedy"]
    assert found["topics"]["says"] == "not in the registry: risk.decisions.v0"


async def drift(broker: str) -> None:
    """Keep a topic for a minute, and make one that the registry does not know."""
    bus = await KafkaBus(broker, client_id="test").start()
    try:
        await bus.create_topics([TopicLayout("risk.decisions.v0", 1, 60_000)])
    finally:
        await bus.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, TOPIC, {"retention.ms": "60000"})]
        )
    finally:
        await admin.close()
