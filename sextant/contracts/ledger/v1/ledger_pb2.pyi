import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EntryKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTRY_KIND_UNSPECIFIED: _ClassVar[EntryKind]
    ENTRY_KIND_DEPOSIT: _ClassVar[EntryKind]
    ENTRY_KIND_FILL: _ClassVar[EntryKind]
    ENTRY_KIND_ADJUSTMENT: _ClassVar[EntryKind]
ENTRY_KIND_UNSPECIFIED: EntryKind
ENTRY_KIND_DEPOSIT: EntryKind
ENTRY_KIND_FILL: EntryKind
ENTRY_KIND_ADJUSTMENT: EntryKind

class Entry(_message.Message):
    __slots__ = ("entry_id", "portfolio", "kind", "source_id", "client_order_id", "postings", "exchange_time", "number")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    POSTINGS_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    portfolio: str
    kind: EntryKind
    source_id: str
    client_order_id: str
    postings: _containers.RepeatedCompositeFieldContainer[Posting]
    exchange_time: _timestamp_pb2.Timestamp
    number: int
    def __init__(self, entry_id: _Optional[str] = ..., portfolio: _Optional[str] = ..., kind: _Optional[_Union[EntryKind, str]] = ..., source_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., postings: _Optional[_Iterable[_Union[Posting, _Mapping]]] = ..., exchange_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., number: _Optional[int] = ...) -> None: ...

class Posting(_message.Message):
    __slots__ = ("account", "asset", "amount")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ASSET_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    account: str
    asset: str
    amount: _values_pb2.Decimal
    def __init__(self, account: _Optional[str] = ..., asset: _Optional[str] = ..., amount: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ...) -> None: ...

class Portfolio(_message.Message):
    __slots__ = ("portfolio", "balances", "positions", "equity", "realised_pnl", "unrealised_pnl", "commission_paid", "currency", "entries", "applied", "state_time", "version", "day_start_equity")
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    REALISED_PNL_FIELD_NUMBER: _ClassVar[int]
    UNREALISED_PNL_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_PAID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DAY_START_EQUITY_FIELD_NUMBER: _ClassVar[int]
    portfolio: str
    balances: _containers.RepeatedCompositeFieldContainer[Balance]
    positions: _containers.RepeatedCompositeFieldContainer[InstrumentPosition]
    equity: float
    realised_pnl: float
    unrealised_pnl: float
    commission_paid: float
    currency: str
    entries: int
    applied: _containers.RepeatedCompositeFieldContainer[_values_pb2.Position]
    state_time: _timestamp_pb2.Timestamp
    version: int
    day_start_equity: float
    def __init__(self, portfolio: _Optional[str] = ..., balances: _Optional[_Iterable[_Union[Balance, _Mapping]]] = ..., positions: _Optional[_Iterable[_Union[InstrumentPosition, _Mapping]]] = ..., equity: _Optional[float] = ..., realised_pnl: _Optional[float] = ..., unrealised_pnl: _Optional[float] = ..., commission_paid: _Optional[float] = ..., currency: _Optional[str] = ..., entries: _Optional[int] = ..., applied: _Optional[_Iterable[_Union[_values_pb2.Position, _Mapping]]] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., day_start_equity: _Optional[float] = ...) -> None: ...

class Balance(_message.Message):
    __slots__ = ("venue_account", "asset", "amount")
    VENUE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ASSET_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    venue_account: str
    asset: str
    amount: _values_pb2.Decimal
    def __init__(self, venue_account: _Optional[str] = ..., asset: _Optional[str] = ..., amount: _Optional[_Union[_values_pb2.Decimal, _Mapping]] = ...) -> None: ...

class InstrumentPosition(_message.Message):
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
