"""A run over Kafka from start to report, with the terminal dashboard in between."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka.lag import KafkaGroupOffsets
from sextant.demo.plan import Plan
from sextant.demo.platform_run import Run
from sextant.demo.report import Evidence, GroupOffsets, Report, make_report
from sextant.demo.report.ledger_books import PostgresBooks
from sextant.demo.report.venue_books import ccxt_accounts
from sextant.runtime.settings.platform import Mode

_LINE_S = 5.0


def prove_run(plan: Plan, progress: Callable[[str], None], *, is_interactive: bool) -> Report:
    """Run the plan and return its report. Stops everything whatever happens. Raises what Run.open() raises, or KeyboardInterrupt."""
    run = Run(plan, progress)
    with terminable():
        try:
            run.open()
            run.show(on_terminal=is_interactive)
            run.watch(_Lines(run, progress, is_silent=is_interactive))
            run.hide()
            run.drain()
            servers_mb = run.server_rss_mb()
            run.stop_services()
            progress("checking what the run left")
            return asyncio.run(report_of(run, servers_mb, progress))
        finally:
            run.close()


async def report_of(run: Run, servers_mb: float, progress: Callable[[str], None]) -> Report:
    """Return the report of a run whose services have stopped and whose servers still answer. Raises what make_report() raises."""
    bus = KafkaBus(run.addresses.bootstrap, client_id="sextant-checker")
    await bus.start()
    try:
        async with KafkaGroupOffsets(run.addresses.bootstrap) as offsets:
            return await make_report(_evidence(run, bus, offsets, servers_mb, progress))
    finally:
        await bus.stop()


def _evidence(
    run: Run, bus: KafkaBus, offsets: GroupOffsets, servers_mb: float, progress: Callable[[str], None]
) -> Evidence:
    plan, platform = run.plan, run.platform
    is_simulated = platform.mode is Mode.SIM
    return Evidence(
        bus_kind="kafka",
        mode=platform.mode.value,
        seconds=plan.seconds,
        seed=plan.seed,
        platform=platform,
        bus=bus,
        books=PostgresBooks(run.addresses.postgres_dsn),
        accounts=ccxt_accounts(platform, plan.keys) if is_simulated else {},
        offsets=offsets,
        traces=plan.folder / "traces",
        archive=plan.archive,
        ingest_metrics=run.metrics.get("ingest", ""),
        rss_mb=run.rss_mb,
        servers_rss_mb=servers_mb,
        started_ns=run.started_ns,
        unclean=tuple(run.unclean),
        expects_orders=not plan.quiet_market,
        progress=progress,
    )


class _Lines:
    """A line now and then where nobody can watch a dashboard."""

    def __init__(self, run: Run, progress: Callable[[str], None], *, is_silent: bool) -> None:
        self._run, self._progress, self._is_silent = run, progress, is_silent
        self._next_s = 0.0

    def __call__(self, gone: float) -> None:
        if self._is_silent or gone < self._next_s:
            return
        self._next_s = gone + _LINE_S
        total = f" of {self._run.plan.seconds:.0f}" if self._run.plan.recording is None else ""
        self._progress(f"trading, {gone:.0f}{total} s")


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: everything is stopped, nothing stays."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
