import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CommandKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMAND_KIND_UNSPECIFIED: _ClassVar[CommandKind]
    COMMAND_KIND_FLAT_ALL: _ClassVar[CommandKind]
    COMMAND_KIND_HALT: _ClassVar[CommandKind]
    COMMAND_KIND_RESUME: _ClassVar[CommandKind]
    COMMAND_KIND_SET_PARAMETER: _ClassVar[CommandKind]
COMMAND_KIND_UNSPECIFIED: CommandKind
COMMAND_KIND_FLAT_ALL: CommandKind
COMMAND_KIND_HALT: CommandKind
COMMAND_KIND_RESUME: CommandKind
COMMAND_KIND_SET_PARAMETER: CommandKind

class Command(_message.Message):
    __slots__ = ("command_id", "operator", "kind", "scope", "arguments", "command_time", "signature")
    class ArgumentsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    COMMAND_TIME_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    operator: str
    kind: CommandKind
    scope: str
    arguments: _containers.ScalarMap[str, str]
    command_time: _timestamp_pb2.Timestamp
    signature: bytes
    def __init__(self, command_id: _Optional[str] = ..., operator: _Optional[str] = ..., kind: _Optional[_Union[CommandKind, str]] = ..., scope: _Optional[str] = ..., arguments: _Optional[_Mapping[str, str]] = ..., command_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., signature: _Optional[bytes] = ...) -> None: ...

class AuditEntry(_message.Message):
    __slots__ = ("number", "actor", "action", "detail", "action_time", "previous_hash", "hash")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    ACTION_TIME_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_HASH_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    number: int
    actor: str
    action: str
    detail: str
    action_time: _timestamp_pb2.Timestamp
    previous_hash: bytes
    hash: bytes
    def __init__(self, number: _Optional[int] = ..., actor: _Optional[str] = ..., action: _Optional[str] = ..., detail: _Optional[str] = ..., action_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., previous_hash: _Optional[bytes] = ..., hash: _Optional[bytes] = ...) -> None: ...
