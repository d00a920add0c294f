"""One fused run: a plan in, everything that it left behind out. One thread, no sockets, no event loop."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import yaml
from prometheus_client import CollectorRegistry, generate_latest

from services.breaker.bootstrap import breaker_stage
from services.ensemble.bootstrap import ensemble_stage
from services.features.bootstrap import features_stage
from services.ingest.metrics import IngestMetrics
from services.ledger.adapters.memory import MemoryLedgerStore
from services.ledger.domain.books import Book
from services.risk.bootstrap import risk_stage
from services.strategies.bootstrap import strategies_stage
from services.triangulation.bootstrap import triangulation_stage
from sextant.contracts.topics import TOPICS
from sextant.core.errors import SettingsInvalid
from sextant.core.partitions import MARKET_PARTITIONS, market_partition, portfolio_partition
from sextant.core.time import MILLISECOND, SECOND, SettableClock
from sextant.demo.plan import Plan
from sextant.demo.venues import recorded_config
from sextant.runtime.settings import Platform, load_platform
from sextant.runtime.stage import StageSpec
from sextant.runtime.stamp import Stamper
from sextant.sdk.plugins import Plugins
from sextant.telemetry.span import Span
from sextant.telemetry.spans import CollectedSpans, SpanSink
from simulator.replay.recording import RecordingFile, recording_files
from topologies.fused.accounts import SimulatedAccount
from topologies.fused.clock import RunningClock, Timers
from topologies.fused.execution import FusedExecution
from topologies.fused.ledger import FusedLedger
from topologies.fused.line import INSTANCE, REGION, Line, StageTime
from topologies.fused.log import RunLog
from topologies.fused.markets import MarketSource
from topologies.fused.recorded import DRAIN_NS, RecordedMarket, first_stamp_ns
from topologies.fused.simulated import START_NS, SimulatedMarket

_LEDGER_NS: Final = 500 * MILLISECOND
_PROGRESS_NS: Final = 10 * SECOND
_RECORDED: Final = ("spot", "usdm", "coinm")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class FusedResult:
    """What a run left behind. `accounts` are empty on paper.

    `spans` are empty where they went elsewhere. `wall_s` and `cpu_s` are real and processor time from the first record to the last: reading a recording is in it, writing records
    out for a reader is not.
    """

    plan: Plan
    platform: Platform
    log: RunLog
    store: MemoryLedgerStore
    books: Mapping[str, Book]
    accounts: Mapping[str, SimulatedAccount]
    spans: list[Span]
    stage_times: Mapping[str, StageTime]
    ingest_metrics: str
    frames: int
    virtual_s: float
    wall_s: float
    cpu_s: float
    started_ns: int

    @property
    def speed(self) -> float:
        """Virtual seconds per real second."""
        return self.virtual_s / self.wall_s


def run_fused(
    plan: Plan,
    progress: Progress,
    *,
    drain_ns: int = DRAIN_NS,
    plugins: Plugins | None = None,
    spans: SpanSink | None = None,
) -> FusedResult:
    """Run a plan on a virtual clock: simulated venues for `plan.seconds`, or a recording whole.

    `drain_ns` is the span of a recording that is read before batches are taken. `plugins` are the strategies that can be named, by
    default those that services know. Spans go to `spans`, or into the result. Raises SettingsInvalid, and what a stage cannot go on
    after (PoisonRecord, Contradiction).
    """
    with _without_collector():
        return _Run(plan, platform_of(plan), progress, drain_ns, plugins, spans).complete()


def platform_of(plan: Plan) -> Platform:
    """Return the configuration of a run: the plan's file, for a recording with its three venues. Raises SettingsInvalid."""
    if plan.recording is None and not plan.assets:
        return load_platform(plan.config)
    data: Any = yaml.safe_load(plan.config.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise SettingsInvalid(f"{plan.config}: expected a mapping")
    if plan.recording is not None:
        data = recorded_config(data, dict.fromkeys(_RECORDED, 0))
    if plan.assets:
        data["assets"] = list(plan.assets)
    return Platform.model_validate(data)


class _Run:
    """The parts of one run and the loop over them."""

    def __init__(
        self,
        plan: Plan,
        platform: Platform,
        progress: Progress,
        drain_ns: int,
        plugins: Plugins | None,
        spans: SpanSink | None,
    ) -> None:
        self._plan, self._platform, self._progress = plan, platform, progress
        files = [] if plan.recording is None else recording_files(plan.recording)
        self._clock = SettableClock(first_stamp_ns(files) if files else START_NS)
        self._running = RunningClock(self._clock)
        self._collected = CollectedSpans()
        self._spans: SpanSink = self._collected if spans is None else spans
        self._log, stages = RunLog(self._clock), _stages(platform, plugins)
        self._line = Line(stages, self._partitions, self._log, self._running, self._spans)
        self._timers = Timers(self._clock, self._running, self._line.run)
        self._books: Mapping[str, SimulatedAccount] = {}
        self._market = self._open_market(files, drain_ns)
        self._execution = FusedExecution(
            platform, self._market.accounts, self._line, self._clock, self._stamper("execution"), self._spans
        )
        self._ledger = FusedLedger(platform, self._line, self._clock, self._stamper("ledger"), self._spans)
        self._registry = CollectorRegistry()
        metrics = IngestMetrics(self._registry)
        for ingest in self._market.ingests:
            metrics.watch(ingest.feed)

    def complete(self) -> FusedResult:
        """Run from the first record to the last."""
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        started_ns = self._clock.now_ns
        self._start()
        told_ns = started_ns
        while (due_ns := self._market.next_ns()) is not None:
            self._timers.advance(due_ns)
            self._market.step()
            self._settle()
            if due_ns - told_ns >= _PROGRESS_NS:
                told_ns = due_ns
                self._progress(f"{(due_ns - started_ns) / SECOND:.0f} s of the market's time have passed")
        self._market.stop()
        self._settle()
        self._ledger.say_portfolios()
        self._line.run()
        took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        return self._result(started_ns, took_s, cpu_s)

    def _start(self) -> None:
        """Say rules, books and breakers before the first price."""
        for ingest in self._market.ingests:
            ingest.publish_rules()
        self._ledger.open()
        self._fire_breaker()
        self._line.run()
        self._market.start()
        now, clock_ns = self._clock.now_ns, self._market.clock_period_ns
        breaker_ns = breaker_stage(self._platform).timer_ns
        self._timers.every(breaker_ns, self._fire_breaker, first_ns=now + breaker_ns)
        self._timers.every(_LEDGER_NS, self._ledger.say_portfolios, first_ns=now + _LEDGER_NS)
        self._timers.every(clock_ns, self._say_clocks, first_ns=now + clock_ns)
        self._say_clocks()
        self._settle()

    def _settle(self) -> None:
        self._line.run()
        self._execution.hear()
        self._line.run()

    def _fire_breaker(self) -> None:
        self._line.fire("breaker", self._clock.now_ns)

    def _say_clocks(self) -> None:
        for ingest in self._market.ingests:
            ingest.say_clock()

    def _open_market(self, files: list[RecordingFile], drain_ns: int) -> MarketSource:
        stamper = self._stamper("ingest")
        if files:
            return RecordedMarket(files, self._platform, self._line, stamper, self._clock, drain_ns=drain_ns)
        simulated = SimulatedMarket(self._plan, self._platform, self._line, stamper, self._clock)
        self._books = simulated.books
        return simulated

    def _stamper(self, stage: str) -> Stamper:
        return Stamper(stage, INSTANCE, REGION, self._running)

    def _partitions(self, spec: StageSpec) -> Iterable[int]:
        """Return the input partitions in which this platform's assets and portfolios lie."""
        count = TOPICS[spec.input].partitions
        if count == 1:
            return (0,)
        if count == MARKET_PARTITIONS:
            return map(market_partition, self._platform.assets)
        return map(portfolio_partition, self._platform.portfolios)

    def _result(self, started_ns: int, wall_s: float, cpu_s: float) -> FusedResult:
        return FusedResult(
            plan=self._plan,
            platform=self._platform,
            log=self._log,
            store=self._ledger.store,
            books=self._ledger.books,
            accounts=self._books,
            spans=self._collected.spans,
            stage_times=self._line.times,
            ingest_metrics=generate_latest(self._registry).decode(),
            frames=sum(ingest.feed.counts.frames for ingest in self._market.ingests),
            virtual_s=(self._clock.now_ns - started_ns) / SECOND,
            wall_s=wall_s,
            cpu_s=cpu_s,
            started_ns=started_ns,
        )


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the cycle collector away: what a run makes stays until its end, has no cycles, and would be walked again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _stages(platform: Platform, plugins: Plugins | None) -> list[StageSpec]:
    """Return the stages in the order in which data flows."""
    return [
        triangulation_stage(platform),
        features_stage(platform),
        strategies_stage(platform, plugins),
        ensemble_stage(platform),
        breaker_stage(platform),
        risk_stage(platform),
    ]
