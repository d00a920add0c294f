"""What topics say, as the facts of a picture."""

from __future__ import annotations

from typing import Any

from services.console.domain import facts
from services.console.domain.orders import Order
from sextant.contracts.columns import column
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.market.v1 import events_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.contracts.words import name_of


def stream_of(batch: Any, now_ns: int) -> facts.Stream:
    """Return the newest status that a batch carries; it must carry one."""
    last = {
        name: int(values[-1])
        for name in ("status", "frames", "gaps", "refused", "receive_time_ns", "last_receive_time_ns")
        if len(values := column(getattr(batch.statuses, name)))
    }
    return facts.Stream(
        venue=batch.venue,
        instrument=batch.instrument,
        connection=batch.connection,
        epoch=batch.connection_epoch,
        status=name_of(events_pb2.StreamStatus, last.get("status", 0), "STREAM_STATUS_"),
        frames=last.get("frames", 0),
        gaps=last.get("gaps", 0),
        refused=last.get("refused", 0),
        said_ns=last.get("receive_time_ns", batch.receive_time_ns),
        last_frame_ns=last.get("last_receive_time_ns", 0),
        heard_ns=now_ns,
    )


def decided_of(decision: risk_pb2.Decision) -> facts.Decided:
    code, detail = "", ""
    if decision.WhichOneof("outcome") == "refused":
        refused = decision.refused
        code = name_of(risk_pb2.RefusalCode, refused.code, "REFUSAL_CODE_")
        detail = f"{refused.value} against {refused.limit}"
    intent = decision.intent
    side = name_of(values_pb2.Side, intent.side, "SIDE_")
    return facts.Decided(
        decision.event_time_ns, intent.instrument, side, code, detail, intent.portfolio, intent.intent_id
    )


def filled_of(fill: execution_pb2.Fill) -> facts.Filled:
    return facts.Filled(
        exchange_ns=fill.exchange_time.ToNanoseconds(),
        instrument=fill.instrument,
        side=name_of(values_pb2.Side, fill.side, "SIDE_"),
        quantity=fill.quantity.value,
        price=fill.price.value,
        commission=fill.commission.value,
        commission_asset=fill.commission_asset,
        portfolio=fill.portfolio,
        order_id=fill.client_order_id,
    )


def order_of(event: execution_pb2.OrderEvent) -> Order:
    return Order(
        order_id=event.client_order_id,
        revision=event.revision,
        state=name_of(execution_pb2.OrderState, event.state, "ORDER_STATE_"),
        instrument=event.instrument,
        side=name_of(values_pb2.Side, event.side, "SIDE_"),
        quantity=event.quantity.value,
        filled=event.filled_quantity.value,
        price=event.limit_price.value,
        changed_ns=event.change_time.ToNanoseconds(),
        portfolio=event.portfolio,
        reason=event.reason,
    )


def portfolio_of(said: ledger_pb2.Portfolio, now_ns: int) -> facts.Portfolio:
    return facts.Portfolio(
        name=said.portfolio,
        currency=said.currency,
        equity=said.equity,
        day_start_equity=said.day_start_equity,
        realised=said.realised_pnl,
        unrealised=said.unrealised_pnl,
        commission=said.commission_paid,
        entries=said.entries,
        positions=tuple(
            facts.Position(each.instrument, each.quantity.value, each.entry_price, each.mark_price)
            for each in said.positions
        ),
        balances=tuple(
            facts.Balance(each.venue_account, each.asset, each.amount.value) for each in said.balances
        ),
        said_ns=now_ns,
    )


def spoken_of(kind: str, said: signals_pb2.Signal | intents_pb2.Intent, who: str) -> facts.Spoken:
    side = name_of(values_pb2.Side, said.side, "SIDE_")
    return facts.Spoken(kind, said.event_time_ns, said.instrument, side, said.strength, who)
