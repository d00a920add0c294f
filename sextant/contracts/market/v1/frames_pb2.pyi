from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class FrameBatch(_message.Message):
    __slots__ = ("venue", "connection", "connection_epoch", "first_sequence", "frames", "lengths", "receive_time_ns", "refusals")
    VENUE_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_EPOCH_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    LENGTHS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    venue: str
    connection: str
    connection_epoch: int
    first_sequence: int
    frames: bytes
    lengths: _containers.RepeatedScalarFieldContainer[int]
    receive_time_ns: _containers.RepeatedScalarFieldContainer[int]
    refusals: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, venue: _Optional[str] = ..., connection: _Optional[str] = ..., connection_epoch: _Optional[int] = ..., first_sequence: _Optional[int] = ..., frames: _Optional[bytes] = ..., lengths: _Optional[_Iterable[int]] = ..., receive_time_ns: _Optional[_Iterable[int]] = ..., refusals: _Optional[_Iterable[str]] = ...) -> None: ...
