"""What stages, the bus and execution show of what they do."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest

from services.breaker.metrics import BreakerMetrics
from services.execution.account import Account
from services.execution.adapters.memory import MemoryJournal
from services.execution.domain.order import Order, Phase
from services.execution.drift import Drift
from services.execution.tools import Tools
from services.risk.metrics import RiskMetrics
from services.triangulation.domain.asset import Asset
from services.triangulation.domain.book import Book
from services.triangulation.domain.triangulator import Memory
from services.triangulation.domain.values import Listing
from services.triangulation.metrics import Metrics
from sextant.bus.kafka.metrics import LogMetrics, Reading
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.time import SECOND, SettableClock
from sextant.core.vocabulary import Judgement
from sextant.runtime.stage import Output
from sextant.telemetry.latency import TickAge
from sextant.venues.port import Balance


def test_the_age_of_an_orders_tick_leads_to_its_trace_and_is_never_negative() -> None:
    registry = CollectorRegistry()
    age = TickAge(registry, "execution")
    age.observe(10 * SECOND, 10 * SECOND + SECOND // 4, bytes.fromhex("ab" * 16))
    age.observe(10 * SECOND, 9 * SECOND)
    text = generate_latest(registry).decode()  # type: ignore[no-untyped-call]  # the client leaves this one without types
    assert f'le="0.5",stage="execution"}} 2.0 # {{trace_id="{"ab" * 16}"}} 0.25' in text
    assert registry.get_sample_value("sextant_tick_age_seconds_sum", {"stage": "execution"}) == 0.25


class Held:
    def __init__(self) -> None:
        listing = Listing("alpha:BTC/USDT", "alpha", "alpha", "BTC", "USDT", is_spot=True)
        book = Book(listing, 1.0, judgement=Judgement.STALE)
        self.memory = Memory(assets={"BTC": Asset("BTC", {"alpha:BTC/USDT": book})})


def test_a_partition_that_went_to_another_instance_is_shown_no_more() -> None:
    registry = CollectorRegistry()
    metrics, held = Metrics(registry), Held()
    metrics.watch(held)
    stale = {"venue": "alpha", "verdict": "STALE"}
    assert registry.get_sample_value("sextant_venue_instruments", stale) == 1
    assert registry.get_sample_value("sextant_venue_instruments", {**stale, "verdict": "VALID"}) == 0
    del held
    gc.collect()
    assert registry.get_sample_value("sextant_venue_instruments", stale) is None


def test_a_breaker_is_shown_by_whoever_says_its_state_now() -> None:
    registry, clock = CollectorRegistry(), SettableClock(SECOND)
    metrics = BreakerMetrics(registry, clock)
    breaker = risk_pb2.Breaker(scope="global", state=risk_pb2.BREAKER_STATE_OPEN, epoch=3)
    metrics.observe(Output("risk.breakers.v1", "global", "global", breaker))
    opened = {"scope": "global", "state": "OPEN"}
    assert registry.get_sample_value("sextant_breaker_state", opened) == 1
    assert registry.get_sample_value("sextant_breaker_state", {**opened, "state": "CLOSED"}) == 0
    clock.advance(6 * SECOND)
    assert registry.get_sample_value("sextant_breaker_state", opened) is None


def test_decisions_are_counted_by_outcome_and_code() -> None:
    registry = CollectorRegistry()
    metrics = RiskMetrics(registry)
    refused = risk_pb2.Decision(refused=risk_pb2.Refused(code=risk_pb2.REFUSAL_CODE_STALE))
    refused.intent.portfolio = "main"
    approved = risk_pb2.Decision(approved=risk_pb2.Approved(client_order_id="sx1"))
    approved.intent.portfolio = "main"
    for decision in (refused, refused, approved):
        metrics.observe(Output("risk.decisions.v1", "main", "main", decision))
    stale = {"portfolio": "main", "code": "STALE"}
    assert registry.get_sample_value("sextant_risk_refused_total", stale) == 2
    assert registry.get_sample_value("sextant_risk_approved_total", {"portfolio": "main"}) == 1


class Member:
    group, rebalances = "risk", 2

    def readings(self) -> Sequence[Reading]:
        return [Reading("strategies.intents.v1", 12, 7)]


class Bus:
    delete_failures = 3

    def members(self) -> Sequence[Member]:
        return [Member()]


def test_lag_partitions_and_rebalances_of_each_group_are_shown() -> None:
    registry = CollectorRegistry()
    LogMetrics(registry, Bus())
    labels = {"group": "risk", "topic": "strategies.intents.v1"}
    assert registry.get_sample_value("sextant_log_lag_records", labels) == 7
    assert registry.get_sample_value("sextant_log_partitions", labels) == 12
    assert registry.get_sample_value("sextant_log_rebalances_total", {"group": "risk"}) == 2
    assert registry.get_sample_value("sextant_log_delete_failures") == 3


class Venue:
    """Says one balance after the other, the last one for ever."""

    def __init__(self, *usdt: str) -> None:
        self._usdt = list(usdt)

    async def balances(self) -> dict[str, Balance]:
        amount = self._usdt.pop(0) if len(self._usdt) > 1 else self._usdt[0]
        return {"USDT": Balance(Decimal(amount), Decimal(0))}


def watched(venue: Venue, orders: Sequence[Order] = ()) -> tuple[Drift, Account]:
    opening = {"USDT": Decimal("100")}
    account = Account("alpha-main", "main", "alpha", "USDT", opening, cast(Any, venue), lambda: 0)
    tools = cast(Tools, SimpleNamespace(accounts={"alpha-main": account}, instruments={}))
    return Drift(MemoryJournal(), tools, lambda: orders), account


async def test_an_account_that_holds_what_is_explained_has_no_drift() -> None:
    drift, account = watched(Venue("100"))
    assert await drift.measured(account) == {"USDT": Decimal(0)}


async def test_a_difference_counts_when_two_looks_agree_on_it() -> None:
    drift, account = watched(Venue("93", "93"))
    drift.pause_s = 0.0
    assert await drift.measured(account) == {"USDT": Decimal(-7)}


async def test_a_fill_that_is_on_its_way_to_us_is_no_drift() -> None:
    drift, account = watched(Venue("93", "100"))
    drift.pause_s = 0.0
    assert await drift.measured(account) == {"USDT": Decimal(0)}


async def test_nothing_is_said_of_an_account_while_an_order_is_on_its_way() -> None:
    order = SimpleNamespace(phase=Phase.CALLING, terms=SimpleNamespace(venue_account="alpha-main"))
    drift, account = watched(Venue("93"), [cast(Order, order)])
    drift.pause_s = 0.0
    assert await drift.measured(account) is None
