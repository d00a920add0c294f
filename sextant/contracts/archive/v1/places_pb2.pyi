from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OrderPlaces(_message.Message):
    __slots__ = ("orders",)
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[OrderPlace]
    def __init__(self, orders: _Optional[_Iterable[_Union[OrderPlace, _Mapping]]] = ...) -> None: ...

class OrderPlace(_message.Message):
    __slots__ = ("client_order_id", "positions")
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    client_order_id: str
    positions: _containers.RepeatedCompositeFieldContainer[_values_pb2.Position]
    def __init__(self, client_order_id: _Optional[str] = ..., positions: _Optional[_Iterable[_Union[_values_pb2.Position, _Mapping]]] = ...) -> None: ...
