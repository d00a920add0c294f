import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InstrumentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INSTRUMENT_KIND_UNSPECIFIED: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_SPOT: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_LINEAR: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_INVERSE: _ClassVar[InstrumentKind]
INSTRUMENT_KIND_UNSPECIFIED: InstrumentKind
INSTRUMENT_KIND_SPOT: InstrumentKind
INSTRUMENT_KIND_LINEAR: InstrumentKind
INSTRUMENT_KIND_INVERSE: InstrumentKind

class Instrument(_message.Message):
    __slots__ = ("instrument", "venue", "operator", "venue_symbol", "base", "quote", "settle", "kind", "tick", "lot", "minimum_notional", "contract_size", "is_trading", "version", "read_time")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VENUE_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    SETTLE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    LOT_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_SIZE_FIELD_NUMBER: _ClassVar[int]
    IS_TRADING_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    venue: str
    operator: str
    venue_symbol: str
    base: str
    quote: str
    settle: str
    kind: InstrumentKind
    tick: _values_pb2.Decimal
    lot: _values_pb2.Decimal
    minimum_notional: _values_pb2.Decimal
    contract_size: _values_pb2.Decimal
    is_trading: bool
    version: int
    read_time: _timestamp_pb2.Timestamp
    def __init__(self, instrument: _Optional[str] = ..., venue: _Optional[str] = ..., operator: _Optional[str] = ..., venue_symbol: _Optional[str] = ..., base: _Optional[str] = ..., quote: _Optional[str] = ..., settle: _Optional[str] = ..., kind: _Optional[_Union[InstrumentKind, str]] = ..., tick: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., lot: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., minimum_notional: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., contract_size: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ..., is_trading: _Optional[bool] = ..., version: _Optional[int] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class VenueClock(_message.Message):
    __slots__ = ("venue", "offset_ns", "uncertainty_ns", "estimate_time")
    VENUE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_NS_FIELD_NUMBER: _ClassVar[int]
    UNCERTAINTY_NS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_TIME_FIELD_NUMBER: _ClassVar[int]
    venue: str
    offset_ns: int
    uncertainty_ns: int
    estimate_time: _timestamp_pb2.Timestamp
    def __init__(self, venue: _Optional[str] = ..., offset_ns: _Optional[int] = ..., uncertainty_ns: _Optional[int] = ..., estimate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
