from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ValueKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VALUE_KIND_UNSPECIFIED: _ClassVar[ValueKind]
    VALUE_KIND_MARK_PRICE: _ClassVar[ValueKind]
    VALUE_KIND_INDEX_PRICE: _ClassVar[ValueKind]
    VALUE_KIND_FUNDING_RATE: _ClassVar[ValueKind]
    VALUE_KIND_OPEN_INTEREST: _ClassVar[ValueKind]
    VALUE_KIND_REFERENCE_PRICE: _ClassVar[ValueKind]

class StreamStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STREAM_STATUS_UNSPECIFIED: _ClassVar[StreamStatus]
    STREAM_STATUS_LIVE: _ClassVar[StreamStatus]
    STREAM_STATUS_BOOK_INVALID: _ClassVar[StreamStatus]
    STREAM_STATUS_DISCONNECTED: _ClassVar[StreamStatus]
VALUE_KIND_UNSPECIFIED: ValueKind
VALUE_KIND_MARK_PRICE: ValueKind
VALUE_KIND_INDEX_PRICE: ValueKind
VALUE_KIND_FUNDING_RATE: ValueKind
VALUE_KIND_OPEN_INTEREST: ValueKind
VALUE_KIND_REFERENCE_PRICE: ValueKind
STREAM_STATUS_UNSPECIFIED: StreamStatus
STREAM_STATUS_LIVE: StreamStatus
STREAM_STATUS_BOOK_INVALID: StreamStatus
STREAM_STATUS_DISCONNECTED: StreamStatus

class EventBatch(_message.Message):
    __slots__ = ("venue", "instrument", "connection", "connection_epoch", "sequence", "first_frame", "last_frame", "receive_time_ns", "event_time_ns", "trades", "quotes", "depth", "candles", "values", "statuses", "liquidations")
    VENUE_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FIRST_FRAME_FIELD_NUMBER: _ClassVar[int]
    LAST_FRAME_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    QUOTES_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    CANDLES_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATIONS_FIELD_NUMBER: _ClassVar[int]
    venue: str
    instrument: str
    connection: str
    connection_epoch: int
    sequence: int
    first_frame: int
    last_frame: int
    receive_time_ns: int
    event_time_ns: int
    trades: TradeColumns
    quotes: QuoteColumns
    depth: DepthColumns
    candles: CandleColumns
    values: ValueColumns
    statuses: StatusColumns
    liquidations: TradeColumns
    def __init__(self, venue: _Optional[str] = ..., instrument: _Optional[str] = ..., connection: _Optional[str] = ..., connection_epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., first_frame: _Optional[int] = ..., last_frame: _Optional[int] = ..., receive_time_ns: _Optional[int] = ..., event_time_ns: _Optional[int] = ..., trades: _Optional[_Union[TradeColumns, _Mapping]] = ..., quotes: _Optional[_Union[QuoteColumns, _Mapping]] = ..., depth: _Optional[_Union[DepthColumns, _Mapping]] = ..., candles: _Optional[_Union[CandleColumns, _Mapping]] = ..., values: _Optional[_Union[ValueColumns, _Mapping]] = ..., statuses: _Optional[_Union[StatusColumns, _Mapping]] = ..., liquidations: _Optional[_Union[TradeColumns, _Mapping]] = ...) -> None: ...

class TradeColumns(_message.Message):
    __slots__ = ("price_exponent", "quantity_exponent", "arrival", "exchange_time_ns", "receive_time_ns", "price", "quantity", "taker_side", "trade_id")
    PRICE_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    TAKER_SIDE_FIELD_NUMBER: _ClassVar[int]
    TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    price_exponent: int
    quantity_exponent: int
    arrival: _containers.RepeatedScalarFieldContainer[int]
    exchange_time_ns: _containers.RepeatedScalarFieldContainer[int]
    receive_time_ns: _containers.RepeatedScalarFieldContainer[int]
    price: _containers.RepeatedScalarFieldContainer[int]
    quantity: _containers.RepeatedScalarFieldContainer[int]
    taker_side: _containers.RepeatedScalarFieldContainer[int]
    trade_id: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, price_exponent: _Optional[int] = ..., quantity_exponent: _Optional[int] = ..., arrival: _Optional[_Iterable[int]] = ..., exchange_time_ns: _Optional[_Iterable[int]] = ..., receive_time_ns: _Optional[_Iterable[int]] = ..., price: _Optional[_Iterable[int]] = ..., quantity: _Optional[_Iterable[int]] = ..., taker_side: _Optional[_Iterable[int]] = ..., trade_id: _Optional[_Iterable[int]] = ...) -> None: ...

class QuoteColumns(_message.Message):
    __slots__ = ("price_exponent", "quantity_exponent", "arrival", "exchange_time_ns", "receive_time_ns", "bid_price", "bid_quantity", "ask_price", "ask_quantity", "update_id")
    PRICE_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    BID_PRICE_FIELD_NUMBER: _ClassVar[int]
    BID_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    ASK_PRICE_FIELD_NUMBER: _ClassVar[int]
    ASK_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_ID_FIELD_NUMBER: _ClassVar[int]
    price_exponent: int
    quantity_exponent: int
    arrival: _containers.RepeatedScalarFieldContainer[int]
    exchange_time_ns: _containers.RepeatedScalarFieldContainer[int]
    receive_time_ns: _containers.RepeatedScalarFieldContainer[int]
    bid_price: _containers.RepeatedScalarFieldContainer[int]
    bid_quantity: _containers.RepeatedScalarFieldContainer[int]
    ask_price: _containers.RepeatedScalarFieldContainer[int]
    ask_quantity: _containers.RepeatedScalarFieldContainer[int]
    update_id: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, price_exponent: _Optional[int] = ..., quantity_exponent: _Optional[int] = ..., arrival: _Optional[_Iterable[int]] = ..., exchange_time_ns: _Optional[_Iterable[int]] = ..., receive_time_ns: _Optional[_Iterable[int]] = ..., bid_price: _Optional[_Iterable[int]] = ..., bid_quantity: _Optional[_Iterable[int]] = ..., ask_price: _Optional[_Iterable[int]] = ..., ask_quantity: _Optional[_Iterable[int]] = ..., update_id: _Optional[_Iterable[int]] = ...) -> None: ...

class DepthColumns(_message.Message):
    __slots__ = ("price_exponent", "quantity_exponent", "arrival", "exchange_time_ns", "receive_time_ns", "first_update_id", "last_update_id", "is_snapshot", "level_count", "level_side", "level_price", "level_quantity", "best_bid_price", "best_bid_quantity", "best_ask_price", "best_ask_quantity")
    PRICE_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    FIRST_UPDATE_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_UPDATE_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_SIDE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_PRICE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    BEST_BID_PRICE_FIELD_NUMBER: _ClassVar[int]
    BEST_BID_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    BEST_ASK_PRICE_FIELD_NUMBER: _ClassVar[int]
    BEST_ASK_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    price_exponent: int
    quantity_exponent: int
    arrival: _containers.RepeatedScalarFieldContainer[int]
    exchange_time_ns: _containers.RepeatedScalarFieldContainer[int]
    receive_time_ns: _containers.RepeatedScalarFieldContainer[int]
    first_update_id: _containers.RepeatedScalarFieldContainer[int]
    last_update_id: _containers.RepeatedScalarFieldContainer[int]
    is_snapshot: _containers.RepeatedScalarFieldContainer[int]
    level_count: _containers.RepeatedScalarFieldContainer[int]
    level_side: _containers.RepeatedScalarFieldContainer[int]
    level_price: _containers.RepeatedScalarFieldContainer[int]
    level_quantity: _containers.RepeatedScalarFieldContainer[int]
    best_bid_price: _containers.RepeatedScalarFieldContainer[int]
    best_bid_quantity: _containers.RepeatedScalarFieldContainer[int]
    best_ask_price: _containers.RepeatedScalarFieldContainer[int]
    best_ask_quantity: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, price_exponent: _Optional[int] = ..., quantity_exponent: _Optional[int] = ..., arrival: _Optional[_Iterable[int]] = ..., exchange_time_ns: _Optional[_Iterable[int]] = ..., receive_time_ns: _Optional[_Iterable[int]] = ..., first_update_id: _Optional[_Iterable[int]] = ..., last_update_id: _Optional[_Iterable[int]] = ..., is_snapshot: _Optional[_Iterable[int]] = ..., level_count: _Optional[_Iterable[int]] = ..., level_side: _Optional[_Iterable[int]] = ..., level_price: _Optional[_Iterable[int]] = ..., level_quantity: _Optional[_Iterable[int]] = ..., best_bid_price: _Optional[_Iterable[int]] = ..., best_bid_quantity: _Optional[_Iterable[int]] = ..., best_ask_price: _Optional[_Iterable[int]] = ..., best_ask_quantity: _Optional[_Iterable[int]] = ...) -> None: ...

class CandleColumns(_message.Message):
    __slots__ = ("price_exponent", "quantity_exponent", "arrival", "open_time_ns", "interval_ns", "open", "high", "low", "close", "volume", "is_closed")
    PRICE_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_NS_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    IS_CLOSED_FIELD_NUMBER: _ClassVar[int]
    price_exponent: int
    quantity_exponent: int
    arrival: _containers.RepeatedScalarFieldContainer[int]
    open_time_ns: _containers.RepeatedScalarFieldContainer[int]
    interval_ns: _containers.RepeatedScalarFieldContainer[int]
    open: _containers.RepeatedScalarFieldContainer[int]
    high: _containers.RepeatedScalarFieldContainer[int]
    low: _containers.RepeatedScalarFieldContainer[int]
    close: _containers.RepeatedScalarFieldContainer[int]
    volume: _containers.RepeatedScalarFieldContainer[int]
    is_closed: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, price_exponent: _Optional[int] = ..., quantity_exponent: _Optional[int] = ..., arrival: _Optional[_Iterable[int]] = ..., open_time_ns: _Optional[_Iterable[int]] = ..., interval_ns: _Optional[_Iterable[int]] = ..., open: _Optional[_Iterable[int]] = ..., high: _Optional[_Iterable[int]] = ..., low: _Optional[_Iterable[int]] = ..., close: _Optional[_Iterable[int]] = ..., volume: _Optional[_Iterable[int]] = ..., is_closed: _Optional[_Iterable[int]] = ...) -> None: ...

class ValueColumns(_message.Message):
    __slots__ = ("value_exponent", "arrival", "exchange_time_ns", "receive_time_ns", "kind", "value")
    VALUE_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value_exponent: int
    arrival: _containers.RepeatedScalarFieldContainer[int]
    exchange_time_ns: _containers.RepeatedScalarFieldContainer[int]
    receive_time_ns: _containers.RepeatedScalarFieldContainer[int]
    kind: _containers.RepeatedScalarFieldContainer[int]
    value: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, value_exponent: _Optional[int] = ..., arrival: _Optional[_Iterable[int]] = ..., exchange_time_ns: _Optional[_Iterable[int]] = ..., receive_time_ns: _Optional[_Iterable[int]] = ..., kind: _Optional[_Iterable[int]] = ..., value: _Optional[_Iterable[int]] = ...) -> None: ...

class StatusColumns(_message.Message):
    __slots__ = ("arrival", "receive_time_ns", "status", "frames", "gaps", "refused", "last_receive_time_ns", "clock_offset_ns")
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    GAPS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    LAST_RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_OFFSET_NS_FIELD_NUMBER: _ClassVar[int]
    arrival: _containers.RepeatedScalarFieldContainer[int]
    receive_time_ns: _containers.RepeatedScalarFieldContainer[int]
    status: _containers.RepeatedScalarFieldContainer[int]
    frames: _containers.RepeatedScalarFieldContainer[int]
    gaps: _containers.RepeatedScalarFieldContainer[int]
    refused: _containers.RepeatedScalarFieldContainer[int]
    last_receive_time_ns: _containers.RepeatedScalarFieldContainer[int]
    clock_offset_ns: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, arrival: _Optional[_Iterable[int]] = ..., receive_time_ns: _Optional[_Iterable[int]] = ..., status: _Optional[_Iterable[int]] = ..., frames: _Optional[_Iterable[int]] = ..., gaps: _Optional[_Iterable[int]] = ..., refused: _Optional[_Iterable[int]] = ..., last_receive_time_ns: _Optional[_Iterable[int]] = ..., clock_offset_ns: _Optional[_Iterable[int]] = ...) -> None: ...
