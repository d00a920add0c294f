"""Runs every behaviour of the suite against both adapters."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.support.buses import KafkaWorld, MemoryWorld, World


@pytest.fixture(params=["memory", "kafka"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    made = _world(request)
    yield made
    await made.close()


def _world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return MemoryWorld()
    return KafkaWorld(request.getfixturevalue("kafka_bootstrap"))


@pytest.fixture
def group() -> str:
    """Return the name of a group that nobody has used."""
    return f"group-{uuid.uuid4().hex[:8]}"
