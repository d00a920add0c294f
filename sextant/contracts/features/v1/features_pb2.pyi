from sextant.contracts.market.v1 import validated_pb2 as _validated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Candle(_message.Message):
    __slots__ = ("instrument", "open_time_ns", "interval_ns", "open", "high", "low", "close", "volume", "trades", "from_history")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_NS_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    FROM_HISTORY_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    open_time_ns: int
    interval_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int
    from_history: bool
    def __init__(self, instrument: _Optional[str] = ..., open_time_ns: _Optional[int] = ..., interval_ns: _Optional[int] = ..., open: _Optional[float] = ..., high: _Optional[float] = ..., low: _Optional[float] = ..., close: _Optional[float] = ..., volume: _Optional[float] = ..., trades: _Optional[int] = ..., from_history: _Optional[bool] = ...) -> None: ...

class FeatureVector(_message.Message):
    __slots__ = ("instrument", "horizon_ns", "event_time_ns", "candle", "values", "fix", "verdict", "bid", "ask", "newest_event_time_ns", "is_warm_up")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    HORIZON_NS_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    CANDLE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    FIX_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    NEWEST_EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    IS_WARM_UP_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    horizon_ns: int
    event_time_ns: int
    candle: Candle
    values: _containers.ScalarMap[str, float]
    fix: _validated_pb2.Fix
    verdict: _validated_pb2.Verdict
    bid: float
    ask: float
    newest_event_time_ns: int
    is_warm_up: bool
    def __init__(self, instrument: _Optional[str] = ..., horizon_ns: _Optional[int] = ..., event_time_ns: _Optional[int] = ..., candle: _Optional[_Union[Candle, _Mapping]] = ..., values: _Optional[_Mapping[str, float]] = ..., fix: _Optional[_Union[_validated_pb2.Fix, _Mapping]] = ..., verdict: _Optional[_Union[_validated_pb2.Verdict, _Mapping]] = ..., bid: _Optional[float] = ..., ask: _Optional[float] = ..., newest_event_time_ns: _Optional[int] = ..., is_warm_up: _Optional[bool] = ...) -> None: ...
