"""Between the wire and the books."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from services.ledger.domain.audit import Act, Link
from services.ledger.domain.books import Book, Valuation
from services.ledger.domain.entries import Entry, Fill
from sextant.bus.port import Position
from sextant.contracts.commands import is_genuine
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.values import enum_of, wire
from sextant.core.decimals import parse_decimal
from sextant.core.instruments import Side
from sextant.core.time import SECOND


def fill_of(message: execution_pb2.Fill) -> Fill:
    """Return the fill. Raises InvalidValue naming the field that cannot be booked."""
    return Fill(
        fill_id=message.fill_id,
        client_order_id=message.client_order_id,
        portfolio=message.portfolio,
        venue_account=message.venue_account,
        instrument=message.instrument,
        side=enum_of(Side, message.side, "side"),
        quantity=parse_decimal(message.quantity.value, field="quantity"),
        price=parse_decimal(message.price.value, field="price"),
        commission=parse_decimal(message.commission.value or "0", field="commission"),
        commission_asset=message.commission_asset,
        exchange_time_ns=message.exchange_time.ToNanoseconds(),
    )


def entry_message(entry: Entry, number: int) -> ledger_pb2.Entry:
    """Return an entry as it is published."""
    return ledger_pb2.Entry(
        entry_id=entry.entry_id,
        portfolio=entry.portfolio,
        kind=ledger_pb2.EntryKind.Name(entry.kind.value),
        source_id=entry.source_id,
        client_order_id=entry.client_order_id,
        postings=[
            ledger_pb2.Posting(account=line.account, asset=line.asset, amount=wire(line.amount))
            for line in entry.postings
        ],
        exchange_time=_time(entry.exchange_time_ns),
        number=number,
    )


def portfolio_message(
    book: Book,
    currency: str,
    worth: Valuation,
    marks: dict[str, float],
    applied: list[Position],
    *,
    version: int,
    now_ns: int,
    day_start_equity: float,
) -> ledger_pb2.Portfolio:
    """Return the state of a portfolio as it is broadcast."""
    return ledger_pb2.Portfolio(
        portfolio=book.portfolio,
        balances=[
            ledger_pb2.Balance(venue_account=account, asset=asset, amount=wire(amount))
            for (account, asset), amount in book.venue_balances().items()
        ],
        positions=[
            ledger_pb2.InstrumentPosition(
                instrument=instrument,
                quantity=wire(position.quantity),
                entry_price=position.entry_price,
                mark_price=marks.get(instrument, 0.0),
            )
            for instrument, position in sorted(book.positions.items())
        ],
        equity=worth.equity,
        realised_pnl=worth.realised,
        unrealised_pnl=worth.unrealised,
        commission_paid=worth.commission,
        currency=currency,
        entries=book.entries,
        applied=[
            values_pb2.Position(topic=at.topic, partition=at.partition, offset=at.offset) for at in applied
        ],
        state_time=_time(now_ns),
        version=version,
        day_start_equity=day_start_equity,
    )


def audit_message(link: Link) -> control_pb2.AuditEntry:
    """Return a link of the audit chain as it is published."""
    return control_pb2.AuditEntry(
        number=link.number,
        actor=link.actor,
        action=link.action,
        detail=link.detail,
        action_time=_time(link.action_time_ns),
        previous_hash=link.previous_hash,
        hash=link.hash,
    )


def command_act(command: control_pb2.Command, key: bytes | None) -> Act:
    """Return what the audit chain keeps of a command: the operator's act only where the signature proves it.

    Anything else is nobody's ("unverified"), under what it says in its detail: "refused.HALT" where `key` shows that nobody who may
    order gave it, "unverified.HALT" where there is no key to tell.
    """
    kind = control_pb2.CommandKind.Name(command.kind).removeprefix("COMMAND_KIND_")
    detail = {
        **{f"argument.{name}": value for name, value in command.arguments.items()},
        "command_id": command.command_id,
        "scope": command.scope,
    }
    time_ns = command.command_time.ToNanoseconds()
    if is_genuine(command, key):
        return Act(command.operator, f"command.{kind}", detail, time_ns)
    said = {**detail, "claimed_operator": command.operator}
    return Act("unverified", f"{'refused' if key else 'unverified'}.{kind}", said, time_ns, is_proven=False)


def _time(ns: int) -> Timestamp:
    return Timestamp(seconds=ns // SECOND, nanos=ns % SECOND)
