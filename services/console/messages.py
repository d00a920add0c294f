"""Summaries and changes as messages of the operator API, and summaries back: what a screen elsewhere is drawn of."""

from __future__ import annotations

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from services.console.domain import facts
from services.console.domain.changes import Change
from services.console.domain.orders import Order
from services.console.domain.summary import FixState, StageTimes, Summary, VenueState
from services.console.domain.windows import Percentiles
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.operator.v1 import api_pb2, picture_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.words import number_of
from sextant.core.time import SECOND


def picture_message(summary: Summary) -> picture_pb2.Picture:
    """Return a summary as the API states it."""
    counts = summary.counts
    return picture_pb2.Picture(
        state_time=time_message(summary.now_ns),
        start_time=time_message(summary.started_ns),
        mode=summary.title,
        is_caught_up=summary.is_caught_up,
        venues=map(_venue, summary.venues),
        fixes=map(_fix, summary.fixes),
        opinions=map(_opinion, summary.spoken),
        decisions=map(decision_message, summary.decisions),
        refusals=[picture_pb2.RefusalCount(code=_code(code), count=count) for code, count in summary.refused],
        order_counts=[
            picture_pb2.OrderCount(state=_state(state), count=count)
            for state, count in summary.orders.items()
        ],
        working_orders=map(order_message, summary.working),
        fills=map(fill_message, summary.fills),
        portfolios=map(_portfolio, summary.portfolios),
        breakers=map(breaker_message, summary.breakers),
        stages=map(_stage, summary.stages),
        tick_to_order=_percentiles(summary.tick_to_order),
        lags=[picture_pb2.GroupLag(group=each.group, records=each.records) for each in summary.lags],
        anomalies=map(anomaly_message, summary.anomalies),
        counts=picture_pb2.Counts(**counts, unreadable=summary.unreadable),
    )


def change_message(change: Change) -> api_pb2.WatchResponse:
    """Return a change as the stream tells it."""
    match change:
        case Order():
            return api_pb2.WatchResponse(order=order_message(change))
        case facts.Filled():
            return api_pb2.WatchResponse(fill=fill_message(change))
        case facts.Breaker():
            return api_pb2.WatchResponse(breaker=breaker_message(change))
        case facts.Anomaly():
            return api_pb2.WatchResponse(anomaly=anomaly_message(change))
        case facts.Decided():
            return api_pb2.WatchResponse(refusal=decision_message(change))


def order_message(order: Order) -> picture_pb2.OrderState:
    return picture_pb2.OrderState(
        order_id=order.order_id,
        revision=order.revision,
        state=_state(order.state),
        portfolio=order.portfolio,
        instrument=order.instrument,
        side=_side(order.side),
        quantity=_decimal(order.quantity),
        filled_quantity=_decimal(order.filled),
        limit_price=_decimal(order.price),
        change_time=time_message(order.changed_ns),
        reason=order.reason,
    )


def fill_message(fill: facts.Filled) -> picture_pb2.FillState:
    return picture_pb2.FillState(
        exchange_time=time_message(fill.exchange_ns),
        instrument=fill.instrument,
        side=_side(fill.side),
        quantity=_decimal(fill.quantity),
        price=_decimal(fill.price),
        commission=_decimal(fill.commission),
        commission_asset=fill.commission_asset,
        portfolio=fill.portfolio,
        order_id=fill.order_id,
    )


def breaker_message(breaker: facts.Breaker) -> picture_pb2.BreakerState:
    return picture_pb2.BreakerState(
        scope=breaker.scope,
        state=number_of(risk_pb2.BreakerState, breaker.state, "BREAKER_STATE_"),
        cause=breaker.cause,
        heard_time=time_message(breaker.said_ns),
    )


def anomaly_message(anomaly: facts.Anomaly) -> picture_pb2.AnomalyState:
    return picture_pb2.AnomalyState(
        event_time=time_message(anomaly.event_ns),
        instrument=anomaly.instrument,
        verdict=_verdict(anomaly.verdict),
        detail=anomaly.detail,
    )


def decision_message(decided: facts.Decided) -> picture_pb2.DecisionState:
    return picture_pb2.DecisionState(
        event_time=time_message(decided.event_ns),
        instrument=decided.instrument,
        side=_side(decided.side),
        code=_code(decided.code) if decided.code else risk_pb2.REFUSAL_CODE_UNSPECIFIED,
        detail=decided.detail,
        portfolio=decided.portfolio,
        intent_id=decided.intent_id,
    )


def time_message(ns: int) -> Timestamp | None:
    """Return an instant; nothing for 0, which stands for never."""
    return Timestamp(seconds=ns // SECOND, nanos=ns % SECOND) if ns else None


def _venue(venue: VenueState) -> picture_pb2.VenueState:
    return picture_pb2.VenueState(
        venue=venue.venue,
        streams=venue.streams,
        live_streams=venue.live,
        heard_time=time_message(venue.heard_ns),
        frames=venue.frames,
        frames_per_second=venue.frames_per_s,
        gaps=venue.gaps,
        refused_frames=venue.refused,
        reconnects=venue.reconnects,
        clock=_clock(venue.clock),
        quiet_ns=venue.quiet_ns,
    )


def _clock(clock: facts.VenueClock | None) -> picture_pb2.ClockState | None:
    if clock is None:
        return None
    return picture_pb2.ClockState(offset_ns=clock.offset_ns, uncertainty_ns=clock.uncertainty_ns)


def _fix(state: FixState) -> picture_pb2.FixState:
    fix = state.fix
    return picture_pb2.FixState(
        asset=fix.asset,
        currency=fix.currency,
        price=fix.price,
        deviation_bp=fix.deviation_bp,
        venues=fix.venues,
        quality=number_of(validated_pb2.FixQuality, fix.quality, "FIX_QUALITY_"),
        event_time=time_message(fix.event_ns),
        heard_time=time_message(fix.heard_ns),
        not_valid=[
            picture_pb2.VerdictState(
                instrument=each.instrument, verdict=_verdict(each.verdict), distance_bp=each.distance_bp
            )
            for each in state.not_valid
        ],
    )


def _opinion(said: facts.Spoken) -> picture_pb2.OpinionState:
    return picture_pb2.OpinionState(
        kind=said.kind,
        event_time=time_message(said.event_ns),
        instrument=said.instrument,
        side=_side(said.side),
        strength=said.strength,
        by=said.who,
    )


def _portfolio(portfolio: facts.Portfolio) -> picture_pb2.PortfolioState:
    return picture_pb2.PortfolioState(
        portfolio=portfolio.name,
        currency=portfolio.currency,
        equity=portfolio.equity,
        day_start_equity=portfolio.day_start_equity,
        realised_pnl=portfolio.realised,
        unrealised_pnl=portfolio.unrealised,
        commission_paid=portfolio.commission,
        entries=portfolio.entries,
        positions=[
            picture_pb2.PositionState(
                instrument=each.instrument,
                quantity=_decimal(each.quantity),
                entry_price=each.entry_price,
                mark_price=each.mark_price,
            )
            for each in portfolio.positions
        ],
        balances=[
            picture_pb2.BalanceState(
                venue_account=each.account, asset=each.asset, amount=_decimal(each.amount)
            )
            for each in portfolio.balances
        ],
        heard_time=time_message(portfolio.said_ns),
    )


def _stage(times: StageTimes) -> picture_pb2.StageLatency:
    return picture_pb2.StageLatency(
        stage=times.stage, wait=_percentiles(times.wait), work=_percentiles(times.work)
    )


def _percentiles(found: Percentiles | None) -> picture_pb2.Percentiles | None:
    if found is None:
        return None
    return picture_pb2.Percentiles(p50_ms=found.p50, p99_ms=found.p99, count=found.count)


def _decimal(text: str) -> values_pb2.Decimal | None:
    return values_pb2.Decimal(value=text) if text else None


def _side(name: str) -> Any:
    return number_of(values_pb2.Side, name, "SIDE_")


def _state(name: str) -> Any:
    return number_of(execution_pb2.OrderState, name, "ORDER_STATE_")


def _code(name: str) -> Any:
    return number_of(risk_pb2.RefusalCode, name, "REFUSAL_CODE_")


def _verdict(name: str) -> Any:
    return number_of(validated_pb2.VenueVerdict, name, "VENUE_VERDICT_")
