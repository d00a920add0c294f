"""The promises of the platform, each judged from what a wrong system could not have left behind. An empty answer is a kept promise."""

from __future__ import annotations

import decimal
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.decimals import LEDGER_CONTEXT, ZERO
from sextant.demo.report.evidence import Statement, Tables
from sextant.demo.report.exact import exact, number
from sextant.demo.report.line import LineFacts
from sextant.demo.report.orders import FINAL, NEVER_THERE, OrderFacts, state_of

#: The wire's number of an entry that books a fill.
FILL_ENTRY = 2


@dataclass(frozen=True, slots=True)
class Trail:
    """All that is known of decisions, orders, fills and books. `venues` is by venue account; empty on paper."""

    line: LineFacts
    orders: OrderFacts
    tables: Tables
    venues: Mapping[str, Statement]


def no_order_lost(trail: Trail) -> Iterator[str]:
    """Every approval became an order, histories have no holes, and whatever the venue knows of us is in the log and in the books."""
    for name in sorted(trail.line.approved.keys() - trail.orders.events.keys()):
        yield f"{name}: approved, and no order in the log"
    fills = trail.orders.fills_of()
    for name, event in sorted(trail.orders.newest().items()):
        revisions = {each.revision for each in trail.orders.events[name]}
        missing = sorted(set(range(1, event.revision + 1)) - revisions)
        if missing:
            yield f"{name}: revision {missing[0]} is not in the log"
        told, seen = number(event.filled_quantity), _sum(fills.get(name, []))
        if told != seen:
            yield f"{name}: filled {told}, fills in the log add up to {seen}"
    for name in sorted(fills.keys() - trail.orders.events.keys()):
        yield f"{name}: fills, and no order in the log"
    booked = {row.source_id for row in trail.tables.entries if row.kind == FILL_ENTRY}
    for fill_id in sorted(trail.orders.fills.keys() - booked):
        yield f"{fill_id}: a fill in the log, and not in the books"
    published = trail.orders.entries.keys()
    for row in trail.tables.entries:
        if row.entry_id not in published:
            yield f"{row.entry_id}: in the books, and never published"
    for account, statement in sorted(trail.venues.items()):
        yield from _venue_orders(trail, account, statement)
        yield from _venue_trades(trail, account, statement, booked)


def _venue_orders(trail: Trail, account: str, statement: Statement) -> Iterator[str]:
    there = {order.client_order_id for order in statement.orders}
    for name in sorted(there - trail.orders.events.keys()):
        yield f"{name}: at the venue of {account}, and not in the log"
    for name, event in sorted(trail.orders.newest().items()):
        if event.venue_account == account and name not in there and state_of(event) not in NEVER_THERE:
            yield f"{name}: {state_of(event)} in the log, and the venue of {account} does not know it"


def _venue_trades(trail: Trail, account: str, statement: Statement, booked: set[str]) -> Iterator[str]:
    there = {f"{account}/{trade.symbol}/{trade.trade_id}": trade for trade in statement.trades}
    for fill_id, trade in sorted(there.items()):
        fills = trail.orders.fills.get(fill_id)
        if fills is None:
            yield f"{fill_id}: a trade at the venue, and no fill in the log"
        elif (number(fills[0].quantity), number(fills[0].price)) != (trade.quantity, trade.price):
            yield f"{fill_id}: {trade.quantity} at {trade.price} at the venue, not so in the log"
        if fill_id not in booked:
            yield f"{fill_id}: a trade at the venue, and not in the books"
    for fill_id, (fill, *_) in sorted(trail.orders.fills.items()):
        if fill.venue_account == account and fill_id not in there:
            yield f"{fill_id}: a fill in the log, and no trade at the venue"


def no_order_doubled(trail: Trail) -> Iterator[str]:
    """One decision an intent, one order an approval, one venue order a client order id, one fill a trade, one entry a fill."""
    yield from _more_than_one("decisions of intent", trail.line.decided)
    approvals = {name: len(decisions) for name, decisions in trail.line.approved.items()}
    yield from _more_than_one("approvals of order", approvals)
    newest = trail.orders.newest()
    for name, events in sorted(trail.orders.events.items()):
        ids = {event.venue_order_id for event in events} - {""}
        if len(ids) > 1:
            yield f"{name}: placed as {', '.join(sorted(ids))}"
        if len({event.revision for event in events}) < len(events):
            yield f"{name}: one revision was said more than once"
    decisions = Counter(event.decision_id for event in newest.values() if event.decision_id)
    yield from _more_than_one("orders of decision", decisions)
    yield from _more_than_one("records of fill", {key: len(each) for key, each in trail.orders.fills.items()})
    yield from _more_than_one(
        "records of entry", {key: len(each) for key, each in trail.orders.entries.items()}
    )
    sources = Counter(row.source_id for row in trail.tables.entries)
    yield from _more_than_one("entries of", sources)
    for account, statement in sorted(trail.venues.items()):
        placed = Counter(order.client_order_id for order in statement.orders)
        yield from _more_than_one(f"orders at the venue of {account} with client order id", placed)
    yield from trail.line.contradictions
    yield from trail.orders.contradictions


def filled_le_ordered(trail: Trail) -> Iterator[str]:
    """Nothing is filled beyond what was ordered: as execution says, as fills add up, and as the venue says."""
    fills, newest = trail.orders.fills_of(), trail.orders.newest()
    for name, event in sorted(newest.items()):
        ordered = number(event.quantity)
        told = max(number(each.filled_quantity) for each in trail.orders.events[name])
        for filled, who in ((told, "execution"), (_sum(fills.get(name, [])), "fills")):
            if filled > ordered:
                yield f"{name}: ordered {ordered}, filled {filled} as {who} say"
    for account, statement in sorted(trail.venues.items()):
        for order in statement.orders:
            known = newest.get(order.client_order_id)
            if known is not None and order.filled > number(known.quantity):
                yield f"{order.client_order_id}: ordered {number(known.quantity)}, the venue of {account} filled {order.filled}"


def every_order_approved(trail: Trail) -> Iterator[str]:
    """Each order is one that risk approved, in exactly these terms; only an operator's reduce-only order needs no approval."""
    for name, events in sorted(trail.orders.events.items()):
        event = events[0]
        if event.is_reduce_only and not event.intent_id and not event.decision_id:
            continue
        decisions = trail.line.approved.get(name, [])
        if not decisions:
            yield f"{name}: an order, and no approval"
        elif not any(_is_approval_of(decision, event) for decision in decisions):
            yield f"{name}: an order in other terms than were approved"
    for name, (decision, *_) in sorted(trail.line.approved.items()):
        if decision.intent.intent_id not in trail.line.intents:
            yield f"{name}: approved for an intent that is not in the log"


def _is_approval_of(decision: risk_pb2.Decision, event: execution_pb2.OrderEvent) -> bool:
    intent, approved = decision.intent, decision.approved
    return (
        decision.decision_id == event.decision_id
        and intent.intent_id == event.intent_id
        and intent.portfolio == event.portfolio
        and intent.instrument == event.instrument
        and intent.side == event.side
        and intent.is_reduce_only == event.is_reduce_only
        and approved.venue_account == event.venue_account
        and number(approved.quantity) == number(event.quantity)
        and approved.HasField("limit_price") == event.HasField("limit_price")
        and number(approved.limit_price) == number(event.limit_price)
    )


def every_order_terminal(trail: Trail) -> Iterator[str]:
    """No order is left open, in doubt or forgotten, and the venue has none of ours open."""
    for name, event in sorted(trail.orders.newest().items()):
        if state_of(event) not in FINAL:
            yield f"{name}: {state_of(event)} at the end"
    for account, statement in sorted(trail.venues.items()):
        for order in statement.orders:
            if order.is_open:
                yield f"{order.client_order_id}: open at the venue of {account}"


def trial_balance(tables: Tables) -> dict[str, Decimal]:
    """Return the sum of all postings per asset, exact."""
    totals: dict[str, Decimal] = {}
    with decimal.localcontext(LEDGER_CONTEXT):
        for line in tables.postings:
            totals[line.asset] = totals.get(line.asset, ZERO) + line.amount
    return totals


def trial_balance_zero(tables: Tables) -> Iterator[str]:
    """Postings sum to zero per asset in all, and per asset in every entry; balances are the sums of postings."""
    for asset, total in sorted(trial_balance(tables).items()):
        if total != ZERO:
            yield f"{asset}: postings sum to {exact(total)}"
    entries: dict[tuple[str, str], Decimal] = {}
    accounts: dict[tuple[str, str, str], Decimal] = {}
    portfolio_of = {row.entry_id: row.portfolio for row in tables.entries}
    with decimal.localcontext(LEDGER_CONTEXT):
        for line in tables.postings:
            key = (line.entry_id, line.asset)
            entries[key] = entries.get(key, ZERO) + line.amount
            place = (portfolio_of.get(line.entry_id, ""), line.account, line.asset)
            accounts[place] = accounts.get(place, ZERO) + line.amount
    for (entry, asset), total in sorted(entries.items()):
        if total != ZERO:
            yield f"{entry}: its postings of {asset} sum to {exact(total)}"
    balances = {(row.portfolio, row.account, row.asset): row.amount for row in tables.balances}
    for portfolio, account, asset in sorted(accounts.keys() | balances.keys()):
        held = balances.get((portfolio, account, asset), ZERO)
        posted = accounts.get((portfolio, account, asset), ZERO)
        if held != posted:
            yield f"{portfolio} {account} {asset}: balance {exact(held)}, postings {exact(posted)}"


def _sum(fills: list[execution_pb2.Fill]) -> Decimal:
    with decimal.localcontext(LEDGER_CONTEXT):
        return sum((number(fill.quantity) for fill in fills), start=ZERO)


def _more_than_one(what: str, counts: Mapping[str, int]) -> Iterator[str]:
    for key, count in sorted(counts.items()):
        if count > 1:
            yield f"{count} {what} {key}"
