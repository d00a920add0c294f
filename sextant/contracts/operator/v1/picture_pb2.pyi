import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from sextant.contracts.execution.v1 import execution_pb2 as _execution_pb2
from sextant.contracts.market.v1 import validated_pb2 as _validated_pb2
from sextant.contracts.risk.v1 import risk_pb2 as _risk_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Picture(_message.Message):
    __slots__ = ("state_time", "start_time", "mode", "is_caught_up", "venues", "fixes", "opinions", "decisions", "refusals", "order_counts", "working_orders", "fills", "portfolios", "breakers", "stages", "tick_to_order", "lags", "anomalies", "counts")
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    IS_CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    VENUES_FIELD_NUMBER: _ClassVar[int]
    FIXES_FIELD_NUMBER: _ClassVar[int]
    OPINIONS_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    ORDER_COUNTS_FIELD_NUMBER: _ClassVar[int]
    WORKING_ORDERS_FIELD_NUMBER: _ClassVar[int]
    FILLS_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIOS_FIELD_NUMBER: _ClassVar[int]
    BREAKERS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    TICK_TO_ORDER_FIELD_NUMBER: _ClassVar[int]
    LAGS_FIELD_NUMBER: _ClassVar[int]
    ANOMALIES_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    state_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    mode: str
    is_caught_up: bool
    venues: _containers.RepeatedCompositeFieldContainer[VenueState]
    fixes: _containers.RepeatedCompositeFieldContainer[FixState]
    opinions: _containers.RepeatedCompositeFieldContainer[OpinionState]
    decisions: _containers.RepeatedCompositeFieldContainer[DecisionState]
    refusals: _containers.RepeatedCompositeFieldContainer[RefusalCount]
    order_counts: _containers.RepeatedCompositeFieldContainer[OrderCount]
    working_orders: _containers.RepeatedCompositeFieldContainer[OrderState]
    fills: _containers.RepeatedCompositeFieldContainer[FillState]
    portfolios: _containers.RepeatedCompositeFieldContainer[PortfolioState]
    breakers: _containers.RepeatedCompositeFieldContainer[BreakerState]
    stages: _containers.RepeatedCompositeFieldContainer[StageLatency]
    tick_to_order: Percentiles
    lags: _containers.RepeatedCompositeFieldContainer[GroupLag]
    anomalies: _containers.RepeatedCompositeFieldContainer[AnomalyState]
    counts: Counts
    def __init__(self, state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., mode: _Optional[str] = ..., is_caught_up: _Optional[bool] = ..., venues: _Optional[_Iterable[_Union[VenueState, _Mapping]]] = ..., fixes: _Optional[_Iterable[_Union[FixState, _Mapping]]] = ..., opinions: _Optional[_Iterable[_Union[OpinionState, _Mapping]]] = ..., decisions: _Optional[_Iterable[_Union[DecisionState, _Mapping]]] = ..., refusals: _Optional[_Iterable[_Union[RefusalCount, _Mapping]]] = ..., order_counts: _Optional[_Iterable[_Union[OrderCount, _Mapping]]] = ..., working_orders: _Optional[_Iterable[_Union[OrderState, _Mapping]]] = ..., fills: _Optional[_Iterable[_Union[FillState, _Mapping]]] = ..., portfolios: _Optional[_Iterable[_Union[PortfolioState, _Mapping]]] = ..., breakers: _Optional[_Iterable[_Union[BreakerState, _Mapping]]] = ..., stages: _Optional[_Iterable[_Union[StageLatency, _Mapping]]] = ..., tick_to_order: _Optional[_Union[Percentiles, _Mapping]] = ..., lags: _Optional[_Iterable[_Union[GroupLag, _Mapping]]] = ..., anomalies: _Optional[_Iterable[_Union[AnomalyState, _Mapping]]] = ..., counts: _Optional[_Union[Counts, _Mapping]] = ...) -> None: ...

class Counts(_message.Message):
    __slots__ = ("vectors", "signals", "intents", "approved", "fills", "entries", "anomalies", "unreadable")
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    INTENTS_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    FILLS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    ANOMALIES_FIELD_NUMBER: _ClassVar[int]
    UNREADABLE_FIELD_NUMBER: _ClassVar[int]
    vectors: int
    signals: int
    intents: int
    approved: int
    fills: int
    entries: int
    anomalies: int
    unreadable: int
    def __init__(self, vectors: _Optional[int] = ..., signals: _Optional[int] = ..., intents: _Optional[int] = ..., approved: _Optional[int] = ..., fills: _Optional[int] = ..., entries: _Optional[int] = ..., anomalies: _Optional[int] = ..., unreadable: _Optional[int] = ...) -> None: ...

class VenueState(_message.Message):
    __slots__ = ("venue", "streams", "live_streams", "heard_time", "frames", "frames_per_second", "gaps", "refused_frames", "reconnects", "clock", "quiet_ns")
    VENUE_FIELD_NUMBER: _ClassVar[int]
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    LIVE_STREAMS_FIELD_NUMBER: _ClassVar[int]
    HEARD_TIME_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    FRAMES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    GAPS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FRAMES_FIELD_NUMBER: _ClassVar[int]
    RECONNECTS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    QUIET_NS_FIELD_NUMBER: _ClassVar[int]
    venue: str
    streams: int
    live_streams: int
    heard_time: _timestamp_pb2.Timestamp
    frames: int
    frames_per_second: float
    gaps: int
    refused_frames: int
    reconnects: int
    clock: ClockState
    quiet_ns: int
    def __init__(self, venue: _Optional[str] = ..., streams: _Optional[int] = ..., live_streams: _Optional[int] = ..., heard_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., frames: _Optional[int] = ..., frames_per_second: _Optional[float] = ..., gaps: _Optional[int] = ..., refused_frames: _Optional[int] = ..., reconnects: _Optional[int] = ..., clock: _Optional[_Union[ClockState, _Mapping]] = ..., quiet_ns: _Optional[int] = ...) -> None: ...

class ClockState(_message.Message):
    __slots__ = ("offset_ns", "uncertainty_ns")
    OFFSET_NS_FIELD_NUMBER: _ClassVar[int]
    UNCERTAINTY_NS_FIELD_NUMBER: _ClassVar[int]
    offset_ns: int
    uncertainty_ns: int
    def __init__(self, offset_ns: _Optional[int] = ..., uncertainty_ns: _Optional[int] = ...) -> None: ...

class FixState(_message.Message):
    __slots__ = ("asset", "currency", "price", "deviation_bp", "venues", "quality", "event_time", "heard_time", "not_valid")
    ASSET_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    DEVIATION_BP_FIELD_NUMBER: _ClassVar[int]
    VENUES_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    HEARD_TIME_FIELD_NUMBER: _ClassVar[int]
    NOT_VALID_FIELD_NUMBER: _ClassVar[int]
    asset: str
    currency: str
    price: float
    deviation_bp: float
    venues: int
    quality: _validated_pb2.FixQuality
    event_time: _timestamp_pb2.Timestamp
    heard_time: _timestamp_pb2.Timestamp
    not_valid: _containers.RepeatedCompositeFieldContainer[VerdictState]
    def __init__(self, asset: _Optional[str] = ..., currency: _Optional[str] = ..., price: _Optional[float] = ..., deviation_bp: _Optional[float] = ..., venues: _Optional[int] = ..., quality: _Optional[_Union[_validated_pb2.FixQuality, str]] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., heard_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., not_valid: _Optional[_Iterable[_Union[VerdictState, _Mapping]]] = ...) -> None: ...

class VerdictState(_message.Message):
    __slots__ = ("instrument", "verdict", "distance_bp")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_BP_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    verdict: _validated_pb2.VenueVerdict
    distance_bp: float
    def __init__(self, instrument: _Optional[str] = ..., verdict: _Optional[_Union[_validated_pb2.VenueVerdict, str]] = ..., distance_bp: _Optional[float] = ...) -> None: ...

class OpinionState(_message.Message):
    __slots__ = ("kind", "event_time", "instrument", "side", "strength", "by")
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    kind: str
    event_time: _timestamp_pb2.Timestamp
    instrument: str
    side: _values_pb2.Side
    strength: float
    by: str
    def __init__(self, kind: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., strength: _Optional[float] = ..., by: _Optional[str] = ...) -> None: ...

class DecisionState(_message.Message):
    __slots__ = ("event_time", "instrument", "side", "code", "detail", "portfolio", "intent_id")
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    INTENT_ID_FIELD_NUMBER: _ClassVar[int]
    event_time: _timestamp_pb2.Timestamp
    instrument: str
    side: _values_pb2.Side
    code: _risk_pb2.RefusalCode
    detail: str
    portfolio: str
    intent_id: str
    def __init__(self, event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., code: _Optional[_Union[_risk_pb2.RefusalCode, str]] = ..., detail: _Optional[str] = ..., portfolio: _Optional[str] = ..., intent_id: _Optional[str] = ...) -> None: ...

class RefusalCount(_message.Message):
    __slots__ = ("code", "count")
    CODE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    code: _risk_pb2.RefusalCode
    count: int
    def __init__(self, code: _Optional[_Union[_risk_pb2.RefusalCode, str]] = ..., count: _Optional[int] = ...) -> None: ...

class OrderCount(_message.Message):
    __slots__ = ("state", "count")
    STATE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    state: _execution_pb2.OrderState
    count: int
    def __init__(self, state: _Optional[_Union[_execution_pb2.OrderState, str]] = ..., count: _Optional[int] = ...) -> None: ...

class OrderState(_message.Message):
    __slots__ = ("order_id", "revision", "state", "portfolio", "instrument", "side", "quantity", "filled_quantity", "limit_price", "change_time", "reason")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    FILLED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    revision: int
    state: _execution_pb2.OrderState
    portfolio: str
    instrument: str
    side: _values_pb2.Side
    quantity: _values_pb2.Decimal
    filled_quantity: _values_pb2.Decimal
    limit_price: _values_pb2.Decimal
    change_time: _timestamp_pb2.Timestamp
    reason: str
    def __init__(self, order_id: _Optional[str] = ..., revision: _Optional[int] = ..., state: _Optional[_Union[_execution_pb2.OrderState, str]] = ..., portfolio: _Optional[str] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., quantity: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., filled_quantity: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., limit_price: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class FillState(_message.Message):
    __slots__ = ("exchange_time", "instrument", "side", "quantity", "price", "commission", "commission_asset", "portfolio", "order_id")
    EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_ASSET_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    exchange_time: _timestamp_pb2.Timestamp
    instrument: str
    side: _values_pb2.Side
    quantity: _values_pb2.Decimal
    price: _values_pb2.Decimal
    commission: _values_pb2.Decimal
    commission_asset: str
    portfolio: str
    order_id: str
    def __init__(self, exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., quantity: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., price: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., commission: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., commission_asset: _Optional[str] = ..., portfolio: _Optional[str] = ..., order_id: _Optional[str] = ...) -> None: ...

class PortfolioState(_message.Message):
    __slots__ = ("portfolio", "currency", "equity", "day_start_equity", "realised_pnl", "unrealised_pnl", "commission_paid", "entries", "positions", "balances", "heard_time")
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    DAY_START_EQUITY_FIELD_NUMBER: _ClassVar[int]
    REALISED_PNL_FIELD_NUMBER: _ClassVar[int]
    UNREALISED_PNL_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_PAID_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    HEARD_TIME_FIELD_NUMBER: _ClassVar[int]
    portfolio: str
    currency: str
    equity: float
    day_start_equity: float
    realised_pnl: float
    unrealised_pnl: float
    commission_paid: float
    entries: int
    positions: _containers.RepeatedCompositeFieldContainer[PositionState]
    balances: _containers.RepeatedCompositeFieldContainer[BalanceState]
    heard_time: _timestamp_pb2.Timestamp
    def __init__(self, portfolio: _Optional[str] = ..., currency: _Optional[str] = ..., equity: _Optional[float] = ..., day_start_equity: _Optional[float] = ..., realised_pnl: _Optional[float] = ..., unrealised_pnl: _Optional[float] = ..., commission_paid: _Optional[float] = ..., entries: _Optional[int] = ..., positions: _Optional[_Iterable[_Union[PositionState, _Mapping]]] = ..., balances: _Optional[_Iterable[_Union[BalanceState, _Mapping]]] = ..., heard_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PositionState(_message.Message):
    __slots__ = ("instrument", "quantity", "entry_price", "mark_price")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    MARK_PRICE_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    quantity: _values_pb2.Decimal
    entry_price: float
    mark_price: float
    def __init__(self, instrument: _Optional[str] = ..., quantity: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., entry_price: _Optional[float] = ..., mark_price: _Optional[float] = ...) -> None: ...

class BalanceState(_message.Message):
    __slots__ = ("venue_account", "asset", "amount")
    VENUE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ASSET_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    venue_account: str
    asset: str
    amount: _values_pb2.Decimal
    def __init__(self, venue_account: _Optional[str] = ..., asset: _Optional[str] = ..., amount: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ...) -> None: ...

class BreakerState(_message.Message):
    __slots__ = ("scope", "state", "cause", "heard_time")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    HEARD_TIME_FIELD_NUMBER: _ClassVar[int]
    scope: str
    state: _risk_pb2.BreakerState
    cause: str
    heard_time: _timestamp_pb2.Timestamp
    def __init__(self, scope: _Optional[str] = ..., state: _Optional[_Union[_risk_pb2.BreakerState, str]] = ..., cause: _Optional[str] = ..., heard_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StageLatency(_message.Message):
    __slots__ = ("stage", "wait", "work")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    WORK_FIELD_NUMBER: _ClassVar[int]
    stage: str
    wait: Percentiles
    work: Percentiles
    def __init__(self, stage: _Optional[str] = ..., wait: _Optional[_Union[Percentiles, _Mapping]] = ..., work: _Optional[_Union[Percentiles, _Mapping]] = ...) -> None: ...

class Percentiles(_message.Message):
    __slots__ = ("p50_ms", "p99_ms", "count")
    P50_MS_FIELD_NUMBER: _ClassVar[int]
    P99_MS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    p50_ms: float
    p99_ms: float
    count: int
    def __init__(self, p50_ms: _Optional[float] = ..., p99_ms: _Optional[float] = ..., count: _Optional[int] = ...) -> None: ...

class GroupLag(_message.Message):
    __slots__ = ("group", "records")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    group: str
    records: int
    def __init__(self, group: _Optional[str] = ..., records: _Optional[int] = ...) -> None: ...

class AnomalyState(_message.Message):
    __slots__ = ("event_time", "instrument", "verdict", "detail")
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    event_time: _timestamp_pb2.Timestamp
    instrument: str
    verdict: _validated_pb2.VenueVerdict
    detail: str
    def __init__(self, event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., instrument: _Optional[str] = ..., verdict: _Optional[_Union[_validated_pb2.VenueVerdict, str]] = ..., detail: _Optional[str] = ...) -> None: ...
