"""Making the report: reads what the run left, asks database and venues, judges. Imports no service and no simulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.topics import dead_letter_topics
from sextant.core.instruments import base_asset, split_instrument
from sextant.core.time import SECOND
from sextant.demo.report import drift, invariants
from sextant.demo.report.archived import archive_problems
from sextant.demo.report.chain import chain_problems
from sextant.demo.report.evidence import Evidence, Statement
from sextant.demo.report.exact import exact
from sextant.demo.report.groups import committed_lag, newest_refused, unanswered
from sextant.demo.report.holdings import positions_drift
from sextant.demo.report.ledger_books import state_hash
from sextant.demo.report.line import LineFacts, read_line
from sextant.demo.report.market import MarketFacts, read_market
from sextant.demo.report.metrics import COUNTERS, ingest_counters
from sextant.demo.report.orders import FINAL, TAKEN, OrderFacts, read_orders, state_of
from sextant.demo.report.report import Report
from sextant.demo.report.spans import load_spans
from sextant.demo.report.traces import TraceFacts, quantiles, trace_orders

_PAPER = "paper: orders are matched in the process, no venue keeps books of them"


@dataclass(slots=True)
class _Found:
    """Everything that was read."""

    market: MarketFacts
    trail: invariants.Trail
    traces: TraceFacts
    dead_letters: dict[str, int]
    lag: list[str]
    archive: list[str]
    chain: list[str]


async def make_report(evidence: Evidence) -> Report:
    """Return the report of a run. Raises BusUnavailable, OSError and InvalidValue when evidence cannot be read at all."""
    found = await _find(evidence)
    line, orders, tables = found.trail.line, found.trail.orders, found.trail.tables
    says_drift = bool(evidence.accounts)
    books = drift.booked(tables)
    difference = drift.differences(drift.held(found.trail.venues), books) if says_drift else None
    unexplained = drift.differences(books, drift.expected(evidence.platform, orders))
    broken = {
        "no_order_lost": [*invariants.no_order_lost(found.trail)],
        "no_order_doubled": [*invariants.no_order_doubled(found.trail)],
        "filled_le_ordered": [*invariants.filled_le_ordered(found.trail)],
        "every_order_approved": [*invariants.every_order_approved(found.trail)],
        "every_order_terminal": [*invariants.every_order_terminal(found.trail)],
        "trial_balance_zero": [*invariants.trial_balance_zero(tables)],
        "drift_zero": [
            *drift.drift_zero(difference, unexplained),
            *positions_drift(evidence.platform, tables, orders),
        ],
        "no_output_from_invalid_book": [*found.market.books.problems, *line.invalid_book],
        "offsets_contiguous": [
            *found.archive,
            *found.chain,
            *found.market.order_problems,
            *line.order_problems,
            *orders.order_problems,
        ],
        "lag_zero_at_end": found.lag,
    }
    total = invariants.trial_balance(tables)
    return Report(
        bus=evidence.bus_kind,
        mode=evidence.mode,
        seconds=evidence.seconds,
        seed=evidence.seed,
        venues=_venues(evidence, found.market),
        consensus_basis=evidence.platform.triangulation.independence.value,
        fixes=found.market.fixes,
        degraded_fixes=found.market.degraded_fixes,
        vectors=line.vectors,
        signals=line.signals,
        intents=len(line.intents),
        approved=sum(len(each) for each in line.approved.values()),
        refused=_refused(line),
        orders=_by_state(orders),
        fills=len(orders.fills),
        entries=len(tables.entries),
        trial_balance={asset: exact(amount) for asset, amount in sorted(total.items())},
        venue_ledger_drift=None if difference is None else drift.by_venue(evidence.platform, difference),
        drift_reason=None if says_drift else _PAPER,
        dead_letters=sum(found.dead_letters.values()),
        orders_traced_ratio=found.traces.ratio,
        tick_to_order_ms=quantiles(found.traces.tick_to_order),
        stage_ms={stage: quantiles(each) for stage, each in found.traces.stages.items()},
        rss_mb=_rss(evidence),
        state_hash=state_hash(tables),
        problems={name: tuple(problems) for name, problems in broken.items()},
        untraced=found.traces.broken,
        unread={name: count for name, count in sorted(found.dead_letters.items()) if count},
        first_order_s=_first_order_s(evidence, orders),
        filled_assets=_filled_assets(orders),
        unclean=tuple(evidence.unclean),
        expects_orders=evidence.expects_orders,
    )


async def _find(evidence: Evidence) -> _Found:
    bus, say = evidence.bus, evidence.progress
    say("reading market topics")
    market = await read_market(bus)
    say("reading vectors, signals, intents, decisions, orders, fills and entries")
    line = await read_line(bus, market.books)
    orders = await read_orders(bus)
    letters = {name: sum((await bus.end_offsets(name)).values()) for name in dead_letter_topics()}
    say("asking committed offsets" if evidence.offsets else "comparing inputs with answers")
    lag = [*unanswered(market, line, await newest_refused(bus))]
    if evidence.offsets is not None:
        lag += await committed_lag(bus, evidence.offsets)
    say("asking the database and the venues for their books")
    tables = await evidence.books.tables()
    venues = await _statements(evidence, orders)
    say("following the traces of orders")
    entries = Counter(row.client_order_id for row in tables.entries)
    traced = {name: entries[name] for name, events in orders.events.items() if events[0].decision_id}
    traces = trace_orders(load_spans(evidence.traces), traced)
    archive = []
    if evidence.archive is not None:
        say("comparing the archive with the log")
        archive = await archive_problems(bus, evidence.archive)
    trail = invariants.Trail(line, orders, tables, venues)
    return _Found(market, trail, traces, letters, lag, archive, await chain_problems(bus))


async def _statements(evidence: Evidence, orders: OrderFacts) -> Mapping[str, Statement]:
    """Ask each account for everything that it may have traded: the configured assets and whatever it ordered."""
    platform, statements = evidence.platform, {}
    for name, account in sorted(evidence.accounts.items()):
        quote = platform.venues[platform.venue_accounts[name].venue].quote
        symbols = {f"{asset}/{quote}" for asset in platform.assets}
        symbols |= {
            split_instrument(events[0].instrument)[1]
            for events in orders.events.values()
            if events[0].venue_account == name
        }
        statements[name] = await account.statement(sorted(symbols))
    return statements


def _venues(evidence: Evidence, market: MarketFacts) -> dict[str, dict[str, int]]:
    """Return the counters of every configured venue: events as the log holds them, the others as ingest counted them last."""
    counted = ingest_counters(evidence.ingest_metrics)
    said = {"frames": market.frames, "gaps": market.gaps, "reconnects": market.reconnects}
    found = {}
    for name in sorted(set(evidence.platform.venues) | set(market.events)):
        own = counted.get(name) or Counter({key: counts[name] for key, counts in said.items()})
        found[name] = {key: market.events[name] if key == "events" else own[key] for key in COUNTERS}
    return found


def _refused(line: LineFacts) -> dict[str, int]:
    """Return the count of every reason that there is: a reason without a case is zero."""
    names = [name.removeprefix("REFUSAL_CODE_") for name in risk_pb2.RefusalCode.keys()[1:]]
    return {name: line.refused[name] for name in (*names, *sorted(line.refused.keys() - set(names)))}


def _by_state(orders: OrderFacts) -> dict[str, int]:
    """Return the count of orders in every final state, and in others where an order is left in one."""
    counts = Counter(state_of(event) for event in orders.newest().values())
    return {state: counts[state] for state in (*sorted(FINAL), *sorted(counts.keys() - FINAL))}


def _first_order_s(evidence: Evidence, orders: OrderFacts) -> float | None:
    """Return the time from the start of the run, its servers included, until a venue took an order; None without either."""
    times = [
        event.change_time.ToNanoseconds()
        for events in orders.events.values()
        for event in events
        if state_of(event) in TAKEN
    ]
    return (min(times) - evidence.started_ns) / SECOND if times and evidence.started_ns else None


def _filled_assets(orders: OrderFacts) -> tuple[str, ...]:
    """Return the base assets of all fills."""
    return tuple(sorted({base_asset(fill.instrument) for fill, *_ in orders.fills.values()}))


def _rss(evidence: Evidence) -> dict[str, float]:
    """Return the sizes by service with their total, the servers included; nothing when no service was measured."""
    if not evidence.rss_mb:
        return {}
    sizes = {name: round(size, 1) for name, size in sorted(evidence.rss_mb.items())}
    return {**sizes, "total": round(sum(evidence.rss_mb.values()) + evidence.servers_rss_mb, 1)}
