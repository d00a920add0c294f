import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from sextant.contracts.strategies.v1 import intents_pb2 as _intents_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TimeInForce(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_IN_FORCE_UNSPECIFIED: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_IOC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_FOK: _ClassVar[TimeInForce]
    TIME_IN_FORCE_POST_ONLY: _ClassVar[TimeInForce]

class RefusalCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REFUSAL_CODE_UNSPECIFIED: _ClassVar[RefusalCode]
    REFUSAL_CODE_STALE: _ClassVar[RefusalCode]
    REFUSAL_CODE_QUALITY: _ClassVar[RefusalCode]
    REFUSAL_CODE_BREAKER_OPEN: _ClassVar[RefusalCode]
    REFUSAL_CODE_NOTIONAL_ABOVE_LIMIT: _ClassVar[RefusalCode]
    REFUSAL_CODE_POSITION_ABOVE_LIMIT: _ClassVar[RefusalCode]
    REFUSAL_CODE_BALANCE: _ClassVar[RefusalCode]
    REFUSAL_CODE_BELOW_MINIMUM: _ClassVar[RefusalCode]
    REFUSAL_CODE_NOTHING_TO_REDUCE: _ClassVar[RefusalCode]
    REFUSAL_CODE_INSTRUMENT: _ClassVar[RefusalCode]
    REFUSAL_CODE_PORTFOLIO: _ClassVar[RefusalCode]
    REFUSAL_CODE_EDGE_BELOW_COST: _ClassVar[RefusalCode]
    REFUSAL_CODE_ORDERS_IN_FLIGHT: _ClassVar[RefusalCode]
    REFUSAL_CODE_PRICE_FAR_FROM_FIX: _ClassVar[RefusalCode]

class BreakerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAKER_STATE_UNSPECIFIED: _ClassVar[BreakerState]
    BREAKER_STATE_CLOSED: _ClassVar[BreakerState]
    BREAKER_STATE_OPEN: _ClassVar[BreakerState]
    BREAKER_STATE_HALF_OPEN: _ClassVar[BreakerState]
TIME_IN_FORCE_UNSPECIFIED: TimeInForce
TIME_IN_FORCE_GTC: TimeInForce
TIME_IN_FORCE_IOC: TimeInForce
TIME_IN_FORCE_FOK: TimeInForce
TIME_IN_FORCE_POST_ONLY: TimeInForce
REFUSAL_CODE_UNSPECIFIED: RefusalCode
REFUSAL_CODE_STALE: RefusalCode
REFUSAL_CODE_QUALITY: RefusalCode
REFUSAL_CODE_BREAKER_OPEN: RefusalCode
REFUSAL_CODE_NOTIONAL_ABOVE_LIMIT: RefusalCode
REFUSAL_CODE_POSITION_ABOVE_LIMIT: RefusalCode
REFUSAL_CODE_BALANCE: RefusalCode
REFUSAL_CODE_BELOW_MINIMUM: RefusalCode
REFUSAL_CODE_NOTHING_TO_REDUCE: RefusalCode
REFUSAL_CODE_INSTRUMENT: RefusalCode
REFUSAL_CODE_PORTFOLIO: RefusalCode
REFUSAL_CODE_EDGE_BELOW_COST: RefusalCode
REFUSAL_CODE_ORDERS_IN_FLIGHT: RefusalCode
REFUSAL_CODE_PRICE_FAR_FROM_FIX: RefusalCode
BREAKER_STATE_UNSPECIFIED: BreakerState
BREAKER_STATE_CLOSED: BreakerState
BREAKER_STATE_OPEN: BreakerState
BREAKER_STATE_HALF_OPEN: BreakerState

class Parameters(_message.Message):
    __slots__ = ("instrument", "size_multiplier", "stop_multiplier", "volatility", "event_time_ns")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIZE_MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    STOP_MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    size_multiplier: float
    stop_multiplier: float
    volatility: float
    event_time_ns: int
    def __init__(self, instrument: _Optional[str] = ..., size_multiplier: _Optional[float] = ..., stop_multiplier: _Optional[float] = ..., volatility: _Optional[float] = ..., event_time_ns: _Optional[int] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("decision_id", "intent", "approved", "refused", "checks", "breaker_epoch", "event_time_ns")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    BREAKER_EPOCH_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    intent: _intents_pb2.Intent
    approved: Approved
    refused: Refused
    checks: _containers.RepeatedCompositeFieldContainer[CheckResult]
    breaker_epoch: int
    event_time_ns: int
    def __init__(self, decision_id: _Optional[str] = ..., intent: _Optional[_Union[_intents_pb2.Intent, _Mapping]] = ..., approved: _Optional[_Union[Approved, _Mapping]] = ..., refused: _Optional[_Union[Refused, _Mapping]] = ..., checks: _Optional[_Iterable[_Union[CheckResult, _Mapping]]] = ..., breaker_epoch: _Optional[int] = ..., event_time_ns: _Optional[int] = ...) -> None: ...

class Approved(_message.Message):
    __slots__ = ("client_order_id", "venue_account", "quantity", "limit_price", "time_in_force", "valid_until_ns", "reserved_notional")
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    RESERVED_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    client_order_id: str
    venue_account: str
    quantity: _values_pb2.Decimal
    limit_price: _values_pb2.Decimal
    time_in_force: TimeInForce
    valid_until_ns: int
    reserved_notional: _values_pb2.Decimal
    def __init__(self, client_order_id: _Optional[str] = ..., venue_account: _Optional[str] = ..., quantity: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., limit_price: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., valid_until_ns: _Optional[int] = ..., reserved_notional: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ...) -> None: ...

class Refused(_message.Message):
    __slots__ = ("code", "limit", "value")
    CODE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    code: RefusalCode
    limit: str
    value: str
    def __init__(self, code: _Optional[_Union[RefusalCode, str]] = ..., limit: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class CheckResult(_message.Message):
    __slots__ = ("check", "is_passed", "limit", "value")
    CHECK_FIELD_NUMBER: _ClassVar[int]
    IS_PASSED_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    check: str
    is_passed: bool
    limit: str
    value: str
    def __init__(self, check: _Optional[str] = ..., is_passed: _Optional[bool] = ..., limit: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Breaker(_message.Message):
    __slots__ = ("scope", "state", "cause", "epoch", "state_time")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    scope: str
    state: BreakerState
    cause: str
    epoch: int
    state_time: _timestamp_pb2.Timestamp
    def __init__(self, scope: _Optional[str] = ..., state: _Optional[_Union[BreakerState, str]] = ..., cause: _Optional[str] = ..., epoch: _Optional[int] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
