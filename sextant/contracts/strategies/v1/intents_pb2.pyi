from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from sextant.contracts.market.v1 import validated_pb2 as _validated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Urgency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    URGENCY_UNSPECIFIED: _ClassVar[Urgency]
    URGENCY_TAKE: _ClassVar[Urgency]
    URGENCY_REST: _ClassVar[Urgency]
URGENCY_UNSPECIFIED: Urgency
URGENCY_TAKE: Urgency
URGENCY_REST: Urgency

class Intent(_message.Message):
    __slots__ = ("intent_id", "portfolio", "instrument", "side", "strength", "is_reduce_only", "urgency", "confidence", "votes", "reference_price", "bid", "ask", "fix", "verdict", "event_time_ns", "valid_until_ns")
    INTENT_ID_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    IS_REDUCE_ONLY_FIELD_NUMBER: _ClassVar[int]
    URGENCY_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    VOTES_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_PRICE_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    FIX_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    intent_id: str
    portfolio: str
    instrument: str
    side: _values_pb2.Side
    strength: float
    is_reduce_only: bool
    urgency: Urgency
    confidence: float
    votes: _containers.RepeatedCompositeFieldContainer[Vote]
    reference_price: float
    bid: float
    ask: float
    fix: _validated_pb2.Fix
    verdict: _validated_pb2.VenueVerdict
    event_time_ns: int
    valid_until_ns: int
    def __init__(self, intent_id: _Optional[str] = ..., portfolio: _Optional[str] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., strength: _Optional[float] = ..., is_reduce_only: _Optional[bool] = ..., urgency: _Optional[_Union[Urgency, str]] = ..., confidence: _Optional[float] = ..., votes: _Optional[_Iterable[_Union[Vote, _Mapping]]] = ..., reference_price: _Optional[float] = ..., bid: _Optional[float] = ..., ask: _Optional[float] = ..., fix: _Optional[_Union[_validated_pb2.Fix, _Mapping]] = ..., verdict: _Optional[_Union[_validated_pb2.VenueVerdict, str]] = ..., event_time_ns: _Optional[int] = ..., valid_until_ns: _Optional[int] = ...) -> None: ...

class Vote(_message.Message):
    __slots__ = ("signal_id", "position", "strategy", "side", "strength", "weight")
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    signal_id: str
    position: _values_pb2.Position
    strategy: str
    side: _values_pb2.Side
    strength: float
    weight: float
    def __init__(self, signal_id: _Optional[str] = ..., position: _Optional[_Union[_values_pb2.Position, _Mapping]] = ..., strategy: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., strength: _Optional[float] = ..., weight: _Optional[float] = ...) -> None: ...
