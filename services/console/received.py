"""A picture that came over the operator API as the summary that screens are drawn of: the inverse of `messages`."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from services.console.domain import facts
from services.console.domain.orders import STATES, Order
from services.console.domain.summary import COUNTED, FixState, StageTimes, Summary, VenueState
from services.console.domain.windows import Percentiles
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.operator.v1 import picture_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.words import name_of


def summary_of(picture: picture_pb2.Picture) -> Summary:
    """Return the summary that a picture states."""
    orders = {_state(each.state): each.count for each in picture.order_counts}
    tick_to_order = picture.tick_to_order if picture.HasField("tick_to_order") else None
    return Summary(
        title=picture.mode,
        now_ns=_ns(picture.state_time),
        started_ns=_ns(picture.start_time),
        is_caught_up=picture.is_caught_up,
        venues=tuple(map(_venue, picture.venues)),
        fixes=tuple(map(_fix, picture.fixes)),
        spoken=tuple(map(_spoken, picture.opinions)),
        decisions=tuple(map(_decided, picture.decisions)),
        refused=tuple((_code(each.code), each.count) for each in picture.refusals),
        orders=dict.fromkeys(STATES, 0) | orders,
        working=tuple(map(_order, picture.working_orders)),
        fills=tuple(map(_filled, picture.fills)),
        portfolios=tuple(map(_portfolio, picture.portfolios)),
        breakers=tuple(map(_breaker, picture.breakers)),
        stages=tuple(map(_stage, picture.stages)),
        tick_to_order=_percentiles(tick_to_order),
        lags=tuple(
            facts.GroupLag(each.group, each.records if each.HasField("records") else None)
            for each in picture.lags
        ),
        anomalies=tuple(map(_anomaly, picture.anomalies)),
        counts={name: getattr(picture.counts, name) for name in COUNTED},
        unreadable=picture.counts.unreadable,
    )


def _venue(venue: picture_pb2.VenueState) -> VenueState:
    clock = facts.VenueClock(venue.clock.offset_ns, venue.clock.uncertainty_ns)
    return VenueState(
        venue=venue.venue,
        streams=venue.streams,
        live=venue.live_streams,
        heard_ns=_ns(venue.heard_time),
        frames=venue.frames,
        frames_per_s=venue.frames_per_second,
        gaps=venue.gaps,
        refused=venue.refused_frames,
        reconnects=venue.reconnects,
        clock=clock if venue.HasField("clock") else None,
        quiet_ns=venue.quiet_ns if venue.HasField("quiet_ns") else None,
    )


def _fix(fix: picture_pb2.FixState) -> FixState:
    return FixState(
        facts.Fix(
            asset=fix.asset,
            currency=fix.currency,
            price=fix.price,
            deviation_bp=fix.deviation_bp,
            venues=fix.venues,
            quality=name_of(validated_pb2.FixQuality, fix.quality, "FIX_QUALITY_"),
            event_ns=_ns(fix.event_time),
            heard_ns=_ns(fix.heard_time),
        ),
        tuple(
            facts.Verdict(each.instrument, _verdict(each.verdict), each.distance_bp) for each in fix.not_valid
        ),
    )


def _spoken(said: picture_pb2.OpinionState) -> facts.Spoken:
    return facts.Spoken(
        said.kind, _ns(said.event_time), said.instrument, _side(said.side), said.strength, said.by
    )


def _decided(said: picture_pb2.DecisionState) -> facts.Decided:
    return facts.Decided(
        event_ns=_ns(said.event_time),
        instrument=said.instrument,
        side=_side(said.side),
        code=_code(said.code) if said.code else "",
        detail=said.detail,
        portfolio=said.portfolio,
        intent_id=said.intent_id,
    )


def _order(order: picture_pb2.OrderState) -> Order:
    return Order(
        order_id=order.order_id,
        revision=order.revision,
        state=_state(order.state),
        instrument=order.instrument,
        side=_side(order.side),
        quantity=order.quantity.value,
        filled=order.filled_quantity.value,
        price=order.limit_price.value,
        changed_ns=_ns(order.change_time),
        portfolio=order.portfolio,
        reason=order.reason,
    )


def _filled(fill: picture_pb2.FillState) -> facts.Filled:
    return facts.Filled(
        exchange_ns=_ns(fill.exchange_time),
        instrument=fill.instrument,
        side=_side(fill.side),
        quantity=fill.quantity.value,
        price=fill.price.value,
        commission=fill.commission.value,
        commission_asset=fill.commission_asset,
        portfolio=fill.portfolio,
        order_id=fill.order_id,
    )


def _portfolio(portfolio: picture_pb2.PortfolioState) -> facts.Portfolio:
    return facts.Portfolio(
        name=portfolio.portfolio,
        currency=portfolio.currency,
        equity=portfolio.equity,
        day_start_equity=portfolio.day_start_equity,
        realised=portfolio.realised_pnl,
        unrealised=portfolio.unrealised_pnl,
        commission=portfolio.commission_paid,
        entries=portfolio.entries,
        positions=tuple(
            facts.Position(each.instrument, each.quantity.value, each.entry_price, each.mark_price)
            for each in portfolio.positions
        ),
        balances=tuple(
            facts.Balance(each.venue_account, each.asset, each.amount.value) for each in portfolio.balances
        ),
        said_ns=_ns(portfolio.heard_time),
    )


def _breaker(breaker: picture_pb2.BreakerState) -> facts.Breaker:
    state = name_of(risk_pb2.BreakerState, breaker.state, "BREAKER_STATE_")
    return facts.Breaker(breaker.scope, state, breaker.cause, _ns(breaker.heard_time))


def _anomaly(anomaly: picture_pb2.AnomalyState) -> facts.Anomaly:
    return facts.Anomaly(
        _ns(anomaly.event_time), anomaly.instrument, _verdict(anomaly.verdict), anomaly.detail
    )


def _stage(stage: picture_pb2.StageLatency) -> StageTimes:
    wait = stage.wait if stage.HasField("wait") else None
    work = stage.work if stage.HasField("work") else None
    return StageTimes(stage.stage, _percentiles(wait), _percentiles(work))


def _percentiles(found: picture_pb2.Percentiles | None) -> Percentiles | None:
    return None if found is None else Percentiles(found.p50_ms, found.p99_ms, found.count)


def _ns(time: Timestamp) -> int:
    return time.ToNanoseconds()


def _side(number: int) -> str:
    return name_of(values_pb2.Side, number, "SIDE_")


def _state(number: int) -> str:
    return name_of(execution_pb2.OrderState, number, "ORDER_STATE_")


def _code(number: int) -> str:
    return name_of(risk_pb2.RefusalCode, number, "REFUSAL_CODE_")


def _verdict(number: int) -> str:
    return name_of(validated_pb2.VenueVerdict, number, "VENUE_VERDICT_")
