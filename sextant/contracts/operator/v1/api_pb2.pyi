from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from sextant.contracts.operator.v1 import operator_pb2 as _operator_pb2
from sextant.contracts.operator.v1 import picture_pb2 as _picture_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FlatAllRoute(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FLAT_ALL_ROUTE_UNSPECIFIED: _ClassVar[FlatAllRoute]
    FLAT_ALL_ROUTE_DOOR: _ClassVar[FlatAllRoute]
    FLAT_ALL_ROUTE_LOG: _ClassVar[FlatAllRoute]

class ChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_KIND_UNSPECIFIED: _ClassVar[ChangeKind]
    CHANGE_KIND_ORDER: _ClassVar[ChangeKind]
    CHANGE_KIND_FILL: _ClassVar[ChangeKind]
    CHANGE_KIND_BREAKER: _ClassVar[ChangeKind]
    CHANGE_KIND_ANOMALY: _ClassVar[ChangeKind]
    CHANGE_KIND_REFUSAL: _ClassVar[ChangeKind]
FLAT_ALL_ROUTE_UNSPECIFIED: FlatAllRoute
FLAT_ALL_ROUTE_DOOR: FlatAllRoute
FLAT_ALL_ROUTE_LOG: FlatAllRoute
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_ORDER: ChangeKind
CHANGE_KIND_FILL: ChangeKind
CHANGE_KIND_BREAKER: ChangeKind
CHANGE_KIND_ANOMALY: ChangeKind
CHANGE_KIND_REFUSAL: ChangeKind

class OperatorServiceStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OperatorServiceStatusResponse(_message.Message):
    __slots__ = ("picture",)
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    picture: _picture_pb2.Picture
    def __init__(self, picture: _Optional[_Union[_picture_pb2.Picture, _Mapping]] = ...) -> None: ...

class ExplainRequest(_message.Message):
    __slots__ = ("order_id", "jaeger_url")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    JAEGER_URL_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    jaeger_url: str
    def __init__(self, order_id: _Optional[str] = ..., jaeger_url: _Optional[str] = ...) -> None: ...

class ExplainResponse(_message.Message):
    __slots__ = ("text", "document")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    text: str
    document: str
    def __init__(self, text: _Optional[str] = ..., document: _Optional[str] = ...) -> None: ...

class Order(_message.Message):
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

class Receipt(_message.Message):
    __slots__ = ("command_id", "position")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    position: _values_pb2.Position
    def __init__(self, command_id: _Optional[str] = ..., position: _Optional[_Union[_values_pb2.Position, _Mapping]] = ...) -> None: ...

class OperatorServiceFlatAllRequest(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: Order
    def __init__(self, order: _Optional[_Union[Order, _Mapping]] = ...) -> None: ...

class OperatorServiceFlatAllResponse(_message.Message):
    __slots__ = ("command_id", "route", "done", "receipt", "problems")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    route: FlatAllRoute
    done: _operator_pb2.FlatAllResponse
    receipt: Receipt
    problems: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, command_id: _Optional[str] = ..., route: _Optional[_Union[FlatAllRoute, str]] = ..., done: _Optional[_Union[_operator_pb2.FlatAllResponse, _Mapping]] = ..., receipt: _Optional[_Union[Receipt, _Mapping]] = ..., problems: _Optional[_Iterable[str]] = ...) -> None: ...

class HaltRequest(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: Order
    def __init__(self, order: _Optional[_Union[Order, _Mapping]] = ...) -> None: ...

class HaltResponse(_message.Message):
    __slots__ = ("receipt",)
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    receipt: Receipt
    def __init__(self, receipt: _Optional[_Union[Receipt, _Mapping]] = ...) -> None: ...

class ResumeRequest(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: Order
    def __init__(self, order: _Optional[_Union[Order, _Mapping]] = ...) -> None: ...

class ResumeResponse(_message.Message):
    __slots__ = ("receipt",)
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    receipt: Receipt
    def __init__(self, receipt: _Optional[_Union[Receipt, _Mapping]] = ...) -> None: ...

class SetParameterRequest(_message.Message):
    __slots__ = ("order", "name", "value")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    order: Order
    name: str
    value: str
    def __init__(self, order: _Optional[_Union[Order, _Mapping]] = ..., name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class SetParameterResponse(_message.Message):
    __slots__ = ("receipt",)
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    receipt: Receipt
    def __init__(self, receipt: _Optional[_Union[Receipt, _Mapping]] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("kinds",)
    KINDS_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[ChangeKind]
    def __init__(self, kinds: _Optional[_Iterable[_Union[ChangeKind, str]]] = ...) -> None: ...

class WatchResponse(_message.Message):
    __slots__ = ("beat", "order", "fill", "breaker", "anomaly", "refusal")
    BEAT_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    FILL_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    ANOMALY_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    beat: Beat
    order: _picture_pb2.OrderState
    fill: _picture_pb2.FillState
    breaker: _picture_pb2.BreakerState
    anomaly: _picture_pb2.AnomalyState
    refusal: _picture_pb2.DecisionState
    def __init__(self, beat: _Optional[_Union[Beat, _Mapping]] = ..., order: _Optional[_Union[_picture_pb2.OrderState, _Mapping]] = ..., fill: _Optional[_Union[_picture_pb2.FillState, _Mapping]] = ..., breaker: _Optional[_Union[_picture_pb2.BreakerState, _Mapping]] = ..., anomaly: _Optional[_Union[_picture_pb2.AnomalyState, _Mapping]] = ..., refusal: _Optional[_Union[_picture_pb2.DecisionState, _Mapping]] = ...) -> None: ...

class Beat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
