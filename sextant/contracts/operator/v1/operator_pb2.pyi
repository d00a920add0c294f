from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class FlatAllRequest(_message.Message):
    __slots__ = ("command_id", "scope", "reason", "operator")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    scope: str
    reason: str
    operator: str
    def __init__(self, command_id: _Optional[str] = ..., scope: _Optional[str] = ..., reason: _Optional[str] = ..., operator: _Optional[str] = ...) -> None: ...

class FlatAllResponse(_message.Message):
    __slots__ = ("cancelled_orders", "closing_orders", "problems")
    CANCELLED_ORDERS_FIELD_NUMBER: _ClassVar[int]
    CLOSING_ORDERS_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    cancelled_orders: int
    closing_orders: int
    problems: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, cancelled_orders: _Optional[int] = ..., closing_orders: _Optional[int] = ..., problems: _Optional[_Iterable[str]] = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StatusResponse(_message.Message):
    __slots__ = ("is_halted", "open_orders", "unknown_orders")
    IS_HALTED_FIELD_NUMBER: _ClassVar[int]
    OPEN_ORDERS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ORDERS_FIELD_NUMBER: _ClassVar[int]
    is_halted: bool
    open_orders: int
    unknown_orders: int
    def __init__(self, is_halted: _Optional[bool] = ..., open_orders: _Optional[int] = ..., unknown_orders: _Optional[int] = ...) -> None: ...
