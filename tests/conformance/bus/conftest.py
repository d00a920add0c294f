"""Runs every behaviour of the suite against both adapters."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.support.buses import KafkaWorld, MemoryWorld, World


@pytest.fixture(params=["memory", "kafka"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    made: World = (
        MemoryWorld() if request.param == "memory" else KafkaWorld(request.getfixturevalue("kafka_bootstrap"))
    )
    yield made
    await made.close()


@pytest.fixture
def group() -> str:
    """Return the name of a group that nobody has used."""
    return f"group-{uuid.uuid4().hex[:8]}"
