from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

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
    arrival: bytes
    exchange_time_ns: bytes
    receive_time_ns: bytes
    price: bytes
    quantity: bytes
    taker_side: bytes
    trade_id: bytes
    def __init__(self, price_exponent: _Optional[int] = ..., quantity_exponent: _Optional[int] = ..., arrival: _Optional[bytes] = ..., exchange_time_ns: _Optional[bytes] = ..., receive_time_ns: _Optional[bytes] = ..., price: _Optional[bytes] = ..., quantity: _Optional[bytes] = ..., taker_side: _Optional[bytes] = ..., trade_id: _Optional[bytes] = ...) -> None: ...

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
    arrival: bytes
    exchange_time_ns: bytes
    receive_time_ns: bytes
    bid_price: bytes
    bid_quantity: bytes
    ask_price: bytes
    ask_quantity: bytes
    update_id: bytes
    def __init__(self, price_exponent: _Optional[int] = ..., quantity_exponent: _Optional[int] = ..., arrival: _Optional[bytes] = ..., exchange_time_ns: _Optional[bytes] = ..., receive_time_ns: _Optional[bytes] = ..., bid_price: _Optional[bytes] = ..., bid_quantity: _Optional[bytes] = ..., ask_price: _Optional[bytes] = ..., ask_quantity: _Optional[bytes] = ..., update_id: _Optional[bytes] = ...) -> None: ...

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
    arrival: bytes
    exchange_time_ns: bytes
    receive_time_ns: bytes
    first_update_id: bytes
    last_update_id: bytes
    is_snapshot: bytes
    level_count: bytes
    level_side: bytes
    level_price: bytes
    level_quantity: bytes
    best_bid_price: bytes
    best_bid_quantity: bytes
    best_ask_price: bytes
    best_ask_quantity: bytes
    def __init__(self, price_exponent: _Optional[int] = ..., quantity_exponent: _Optional[int] = ..., arrival: _Optional[bytes] = ..., exchange_time_ns: _Optional[bytes] = ..., receive_time_ns: _Optional[bytes] = ..., first_update_id: _Optional[bytes] = ..., last_update_id: _Optional[bytes] = ..., is_snapshot: _Optional[bytes] = ..., level_count: _Optional[bytes] = ..., level_side: _Optional[bytes] = ..., level_price: _Optional[bytes] = ..., level_quantity: _Optional[bytes] = ..., best_bid_price: _Optional[bytes] = ..., best_bid_quantity: _Optional[bytes] = ..., best_ask_price: _Optional[bytes] = ..., best_ask_quantity: _Optional[bytes] = ...) -> None: ...

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
    arrival: bytes
    open_time_ns: bytes
    interval_ns: bytes
    open: bytes
    high: bytes
    low: bytes
    close: bytes
    volume: bytes
    is_closed: bytes
    def __init__(self, price_exponent: _Optional[int] = ..., quantity_exponent: _Optional[int] = ..., arrival: _Optional[bytes] = ..., open_time_ns: _Optional[bytes] = ..., interval_ns: _Optional[bytes] = ..., open: _Optional[bytes] = ..., high: _Optional[bytes] = ..., low: _Optional[bytes] = ..., close: _Optional[bytes] = ..., volume: _Optional[bytes] = ..., is_closed: _Optional[bytes] = ...) -> None: ...

class ValueColumns(_message.Message):
    __slots__ = ("value_exponent", "arrival", "exchange_time_ns", "receive_time_ns", "kind", "value")
    VALUE_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value_exponent: int
    arrival: bytes
    exchange_time_ns: bytes
    receive_time_ns: bytes
    kind: bytes
    value: bytes
    def __init__(self, value_exponent: _Optional[int] = ..., arrival: _Optional[bytes] = ..., exchange_time_ns: _Optional[bytes] = ..., receive_time_ns: _Optional[bytes] = ..., kind: _Optional[bytes] = ..., value: _Optional[bytes] = ...) -> None: ...

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
    arrival: bytes
    receive_time_ns: bytes
    status: bytes
    frames: bytes
    gaps: bytes
    refused: bytes
    last_receive_time_ns: bytes
    clock_offset_ns: bytes
    def __init__(self, arrival: _Optional[bytes] = ..., receive_time_ns: _Optional[bytes] = ..., status: _Optional[bytes] = ..., frames: _Optional[bytes] = ..., gaps: _Optional[bytes] = ..., refused: _Optional[bytes] = ..., last_receive_time_ns: _Optional[bytes] = ..., clock_offset_ns: _Optional[bytes] = ...) -> None: ...
