import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OrderState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_STATE_UNSPECIFIED: _ClassVar[OrderState]
    ORDER_STATE_PENDING: _ClassVar[OrderState]
    ORDER_STATE_OPEN: _ClassVar[OrderState]
    ORDER_STATE_PARTIALLY_FILLED: _ClassVar[OrderState]
    ORDER_STATE_FILLED: _ClassVar[OrderState]
    ORDER_STATE_CANCELLED: _ClassVar[OrderState]
    ORDER_STATE_REJECTED: _ClassVar[OrderState]
    ORDER_STATE_UNKNOWN: _ClassVar[OrderState]
    ORDER_STATE_NOT_SENT: _ClassVar[OrderState]
ORDER_STATE_UNSPECIFIED: OrderState
ORDER_STATE_PENDING: OrderState
ORDER_STATE_OPEN: OrderState
ORDER_STATE_PARTIALLY_FILLED: OrderState
ORDER_STATE_FILLED: OrderState
ORDER_STATE_CANCELLED: OrderState
ORDER_STATE_REJECTED: OrderState
ORDER_STATE_UNKNOWN: OrderState
ORDER_STATE_NOT_SENT: OrderState

class OrderEvent(_message.Message):
    __slots__ = ("client_order_id", "revision", "portfolio", "venue_account", "instrument", "side", "quantity", "limit_price", "filled_quantity", "state", "venue_order_id", "reason", "intent_id", "decision_id", "is_reduce_only", "change_time", "exchange_time", "writer_epoch", "gate_time_ns", "reserved_notional")
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    VENUE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    FILLED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VENUE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    INTENT_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    IS_REDUCE_ONLY_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    WRITER_EPOCH_FIELD_NUMBER: _ClassVar[int]
    GATE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    RESERVED_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    client_order_id: str
    revision: int
    portfolio: str
    venue_account: str
    instrument: str
    side: _values_pb2.Side
    quantity: _values_pb2.Decimal
    limit_price: _values_pb2.Decimal
    filled_quantity: _values_pb2.Decimal
    state: OrderState
    venue_order_id: str
    reason: str
    intent_id: str
    decision_id: str
    is_reduce_only: bool
    change_time: _timestamp_pb2.Timestamp
    exchange_time: _timestamp_pb2.Timestamp
    writer_epoch: int
    gate_time_ns: int
    reserved_notional: _values_pb2.Decimal
    def __init__(self, client_order_id: _Optional[str] = ..., revision: _Optional[int] = ..., portfolio: _Optional[str] = ..., venue_account: _Optional[str] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., quantity: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., limit_price: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., filled_quantity: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., state: _Optional[_Union[OrderState, str]] = ..., venue_order_id: _Optional[str] = ..., reason: _Optional[str] = ..., intent_id: _Optional[str] = ..., decision_id: _Optional[str] = ..., is_reduce_only: _Optional[bool] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., writer_epoch: _Optional[int] = ..., gate_time_ns: _Optional[int] = ..., reserved_notional: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ...) -> None: ...

class Fill(_message.Message):
    __slots__ = ("fill_id", "client_order_id", "portfolio", "venue_account", "instrument", "side", "quantity", "price", "commission", "commission_asset", "is_maker", "exchange_time", "receive_time")
    FILL_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    VENUE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_ASSET_FIELD_NUMBER: _ClassVar[int]
    IS_MAKER_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    fill_id: str
    client_order_id: str
    portfolio: str
    venue_account: str
    instrument: str
    side: _values_pb2.Side
    quantity: _values_pb2.Decimal
    price: _values_pb2.Decimal
    commission: _values_pb2.Decimal
    commission_asset: str
    is_maker: bool
    exchange_time: _timestamp_pb2.Timestamp
    receive_time: _timestamp_pb2.Timestamp
    def __init__(self, fill_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., portfolio: _Optional[str] = ..., venue_account: _Optional[str] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., quantity: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., price: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., commission: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., commission_asset: _Optional[str] = ..., is_maker: _Optional[bool] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
