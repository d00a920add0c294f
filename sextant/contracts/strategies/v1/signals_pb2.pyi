from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from sextant.contracts.market.v1 import validated_pb2 as _validated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Signal(_message.Message):
    __slots__ = ("signal_id", "strategy", "strategy_version", "instrument", "side", "strength", "horizon_ns", "expected_edge_bp", "expected_cost_bp", "evidence", "event_time_ns", "valid_until_ns", "fix", "bid", "ask", "verdict")
    class EvidenceEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_VERSION_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    HORIZON_NS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_EDGE_BP_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_COST_BP_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    FIX_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    signal_id: str
    strategy: str
    strategy_version: str
    instrument: str
    side: _values_pb2.Side
    strength: float
    horizon_ns: int
    expected_edge_bp: float
    expected_cost_bp: float
    evidence: _containers.ScalarMap[str, float]
    event_time_ns: int
    valid_until_ns: int
    fix: _validated_pb2.Fix
    bid: float
    ask: float
    verdict: _validated_pb2.VenueVerdict
    def __init__(self, signal_id: _Optional[str] = ..., strategy: _Optional[str] = ..., strategy_version: _Optional[str] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., strength: _Optional[float] = ..., horizon_ns: _Optional[int] = ..., expected_edge_bp: _Optional[float] = ..., expected_cost_bp: _Optional[float] = ..., evidence: _Optional[_Mapping[str, float]] = ..., event_time_ns: _Optional[int] = ..., valid_until_ns: _Optional[int] = ..., fix: _Optional[_Union[_validated_pb2.Fix, _Mapping]] = ..., bid: _Optional[float] = ..., ask: _Optional[float] = ..., verdict: _Optional[_Union[_validated_pb2.VenueVerdict, str]] = ...) -> None: ...

class ExternalSignal(_message.Message):
    __slots__ = ("sender", "sender_id", "instrument", "side", "strength", "receive_time_ns", "valid_until_ns")
    SENDER_FIELD_NUMBER: _ClassVar[int]
    SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    sender: str
    sender_id: str
    instrument: str
    side: _values_pb2.Side
    strength: float
    receive_time_ns: int
    valid_until_ns: int
    def __init__(self, sender: _Optional[str] = ..., sender_id: _Optional[str] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[_values_pb2.Side, str]] = ..., strength: _Optional[float] = ..., receive_time_ns: _Optional[int] = ..., valid_until_ns: _Optional[int] = ...) -> None: ...
