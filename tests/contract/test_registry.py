"""The registry is a promise: codes are for ever, names are stages, partitions are the partition maps'."""

from __future__ import annotations

import re

import pytest

from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import (
    BY_CODE,
    STAGES,
    TOPICS,
    Delivery,
    Poison,
    Topic,
    dead_letter_topics,
    topic,
)
from sextant.core.errors import InvalidValue
from sextant.core.partitions import MARKET_PARTITIONS, PORTFOLIO_PARTITIONS

#: Lineage headers in the log hold these bytes: a code once given is never given again or changed.
GOLDEN_CODES = {
    "market.frames.v1": 1,
    "market.events.v1": 2,
    "market.instruments.v1": 3,
    "market.clocks.v1": 4,
    "market.validated.v1": 5,
    "market.anomalies.v1": 6,
    "features.candles.v1": 7,
    "features.vectors.v1": 8,
    "strategies.external.v1": 9,
    "strategies.signals.v1": 10,
    "strategies.intents.v1": 11,
    "risk.parameters.v1": 12,
    "risk.decisions.v1": 13,
    "risk.breakers.v1": 14,
    "execution.orders.v1": 15,
    "execution.fills.v1": 16,
    "ledger.entries.v1": 17,
    "ledger.portfolios.v1": 18,
    "control.commands.v1": 19,
    "control.audit.v1": 20,
    "archive.places.v1": 21,
    "triangulation.state.v1": 32,
    "features.state.v1": 33,
    "strategies.state.v1": 34,
    "ensemble.state.v1": 35,
    "risk.state.v1": 36,
    "breaker.state.v1": 37,
}
GOLDEN_STAGES = (
    *("ingest", "triangulation", "features", "strategies", "ensemble", "risk", "execution", "ledger"),
    *("breaker", "archive", "console"),
)
ENTRIES = list(TOPICS.values())
_FAMILIES = {"market": MARKET_PARTITIONS, "features": MARKET_PARTITIONS, "strategies": MARKET_PARTITIONS}
_BOOKS = {
    *("strategies.intents.v1", "risk.decisions.v1", "execution.orders.v1", "execution.fills.v1"),
    *("ledger.entries.v1", "risk.state.v1"),
}
_SINGLE = {"control.audit.v1", "breaker.state.v1"}


def test_codes_are_unique_and_never_change() -> None:
    assert {entry.name: entry.code for entry in ENTRIES} == GOLDEN_CODES
    assert len(BY_CODE) == len(TOPICS)
    assert all(0 < entry.code < 256 for entry in ENTRIES), "a code is one byte, and 0 means none"


def test_stages_keep_their_places() -> None:
    assert STAGES[: len(GOLDEN_STAGES)] == GOLDEN_STAGES


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.name))
def test_owner_and_consumers_are_stages(entry: Topic) -> None:
    assert entry.owner in STAGES
    assert set(entry.consumers) <= set(STAGES)
    assert len(set(entry.consumers)) == len(entry.consumers) > 0
    assert set(entry.reserved_for) <= set(STAGES) - set(entry.consumers), (
        "who reads it has it reserved no more"
    )


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.name))
def test_partitions_are_those_of_the_partition_maps(entry: Topic) -> None:
    if entry.delivery is Delivery.BROADCAST or entry.name in _SINGLE:
        expected = 1
    else:
        expected = PORTFOLIO_PARTITIONS if entry.name in _BOOKS else MARKET_PARTITIONS
    assert entry.partitions == expected


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.name))
def test_names_say_owner_fact_and_major_version(entry: Topic) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]+\.v[1-9][0-9]*", entry.name)
    assert entry.says
    assert entry.key


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.name))
def test_what_moves_money_is_never_skipped(entry: Topic) -> None:
    domain = entry.name.split(".")[0]
    if domain in ("risk", "execution", "ledger", "control") or entry.message is state_pb2.StateRecord:
        assert entry.poison is Poison.HALT


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.name))
def test_only_broadcasts_of_state_are_compacted(entry: Topic) -> None:
    """A consumer group that was away must find every fact: compaction would take some away."""
    if entry.is_compacted:
        assert entry.delivery is Delivery.BROADCAST


def test_dead_letters_exist_where_and_only_where_records_may_be_skipped() -> None:
    letters = set(dead_letter_topics())
    assert "market.events.v1.triangulation.dlq" in letters
    assert not any(name.startswith(("risk.", "execution.", "ledger.", "control.")) for name in letters)
    assert "features.candles.v1.features.dlq" not in letters, (
        "a reserved topic has no consumer to skip anything"
    )


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidValue, match=r"market\.events\.v1.*was 'market\.event\.v1'"):
        topic("market.event.v1")
