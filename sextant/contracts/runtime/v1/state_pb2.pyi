from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StateRecord(_message.Message):
    __slots__ = ("snapshot", "side", "claim", "owner")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    snapshot: Snapshot
    side: SideStep
    claim: Claim
    owner: int
    def __init__(self, snapshot: _Optional[_Union[Snapshot, _Mapping]] = ..., side: _Optional[_Union[SideStep, _Mapping]] = ..., claim: _Optional[_Union[Claim, _Mapping]] = ..., owner: _Optional[int] = ...) -> None: ...

class Claim(_message.Message):
    __slots__ = ("instance",)
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    instance: str
    def __init__(self, instance: _Optional[str] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("next_offset", "layout", "state", "marks", "sides", "silent", "side_next")
    NEXT_OFFSET_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MARKS_FIELD_NUMBER: _ClassVar[int]
    SIDES_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_NEXT_FIELD_NUMBER: _ClassVar[int]
    next_offset: int
    layout: int
    state: bytes
    marks: _containers.RepeatedCompositeFieldContainer[Mark]
    sides: _containers.RepeatedCompositeFieldContainer[SideRecord]
    silent: _containers.RepeatedScalarFieldContainer[str]
    side_next: _containers.RepeatedCompositeFieldContainer[_values_pb2.Position]
    def __init__(self, next_offset: _Optional[int] = ..., layout: _Optional[int] = ..., state: _Optional[bytes] = ..., marks: _Optional[_Iterable[_Union[Mark, _Mapping]]] = ..., sides: _Optional[_Iterable[_Union[SideRecord, _Mapping]]] = ..., silent: _Optional[_Iterable[str]] = ..., side_next: _Optional[_Iterable[_Union[_values_pb2.Position, _Mapping]]] = ...) -> None: ...

class Mark(_message.Message):
    __slots__ = ("topic", "source", "epoch", "sequence", "path")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    topic: str
    source: str
    epoch: int
    sequence: int
    path: bytes
    def __init__(self, topic: _Optional[str] = ..., source: _Optional[str] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., path: _Optional[bytes] = ...) -> None: ...

class SideStep(_message.Message):
    __slots__ = ("before_offset", "events")
    BEFORE_OFFSET_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    before_offset: int
    events: _containers.RepeatedCompositeFieldContainer[SideEvent]
    def __init__(self, before_offset: _Optional[int] = ..., events: _Optional[_Iterable[_Union[SideEvent, _Mapping]]] = ...) -> None: ...

class SideEvent(_message.Message):
    __slots__ = ("record", "fell_silent", "speaks_again", "timer_ns")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    FELL_SILENT_FIELD_NUMBER: _ClassVar[int]
    SPEAKS_AGAIN_FIELD_NUMBER: _ClassVar[int]
    TIMER_NS_FIELD_NUMBER: _ClassVar[int]
    record: SideRecord
    fell_silent: str
    speaks_again: str
    timer_ns: int
    def __init__(self, record: _Optional[_Union[SideRecord, _Mapping]] = ..., fell_silent: _Optional[str] = ..., speaks_again: _Optional[str] = ..., timer_ns: _Optional[int] = ...) -> None: ...

class SideRecord(_message.Message):
    __slots__ = ("position", "key", "value", "identity")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    position: _values_pb2.Position
    key: bytes
    value: bytes
    identity: bytes
    def __init__(self, position: _Optional[_Union[_values_pb2.Position, _Mapping]] = ..., key: _Optional[bytes] = ..., value: _Optional[bytes] = ..., identity: _Optional[bytes] = ...) -> None: ...
