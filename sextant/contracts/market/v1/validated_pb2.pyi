from sextant.contracts.common.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FixQuality(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIX_QUALITY_UNSPECIFIED: _ClassVar[FixQuality]
    FIX_QUALITY_GOOD: _ClassVar[FixQuality]
    FIX_QUALITY_DEGRADED: _ClassVar[FixQuality]

class VenueVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VENUE_VERDICT_UNSPECIFIED: _ClassVar[VenueVerdict]
    VENUE_VERDICT_VALID: _ClassVar[VenueVerdict]
    VENUE_VERDICT_STALE: _ClassVar[VenueVerdict]
    VENUE_VERDICT_OUTLIER: _ClassVar[VenueVerdict]
    VENUE_VERDICT_BOOK_INVALID: _ClassVar[VenueVerdict]
    VENUE_VERDICT_NO_RATE: _ClassVar[VenueVerdict]
    VENUE_VERDICT_NOT_INDEPENDENT: _ClassVar[VenueVerdict]
FIX_QUALITY_UNSPECIFIED: FixQuality
FIX_QUALITY_GOOD: FixQuality
FIX_QUALITY_DEGRADED: FixQuality
VENUE_VERDICT_UNSPECIFIED: VenueVerdict
VENUE_VERDICT_VALID: VenueVerdict
VENUE_VERDICT_STALE: VenueVerdict
VENUE_VERDICT_OUTLIER: VenueVerdict
VENUE_VERDICT_BOOK_INVALID: VenueVerdict
VENUE_VERDICT_NO_RATE: VenueVerdict
VENUE_VERDICT_NOT_INDEPENDENT: VenueVerdict

class ValidatedBatch(_message.Message):
    __slots__ = ("batch", "instrument", "event_time_ns", "fix", "verdict")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    FIX_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    batch: bytes
    instrument: str
    event_time_ns: int
    fix: Fix
    verdict: Verdict
    def __init__(self, batch: _Optional[bytes] = ..., instrument: _Optional[str] = ..., event_time_ns: _Optional[int] = ..., fix: _Optional[_Union[Fix, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, _Mapping]] = ...) -> None: ...

class Fix(_message.Message):
    __slots__ = ("asset", "currency", "price", "deviation_bp", "venues", "quality", "event_time_ns", "number", "verdicts")
    ASSET_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    DEVIATION_BP_FIELD_NUMBER: _ClassVar[int]
    VENUES_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    asset: str
    currency: str
    price: float
    deviation_bp: float
    venues: int
    quality: FixQuality
    event_time_ns: int
    number: int
    verdicts: _containers.RepeatedCompositeFieldContainer[Verdict]
    def __init__(self, asset: _Optional[str] = ..., currency: _Optional[str] = ..., price: _Optional[float] = ..., deviation_bp: _Optional[float] = ..., venues: _Optional[int] = ..., quality: _Optional[_Union[FixQuality, str]] = ..., event_time_ns: _Optional[int] = ..., number: _Optional[int] = ..., verdicts: _Optional[_Iterable[_Union[Verdict, _Mapping]]] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("instrument", "verdict", "mid", "distance_bp", "age_ns")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    MID_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_BP_FIELD_NUMBER: _ClassVar[int]
    AGE_NS_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    verdict: VenueVerdict
    mid: float
    distance_bp: float
    age_ns: int
    def __init__(self, instrument: _Optional[str] = ..., verdict: _Optional[_Union[VenueVerdict, str]] = ..., mid: _Optional[float] = ..., distance_bp: _Optional[float] = ..., age_ns: _Optional[int] = ...) -> None: ...

class Anomaly(_message.Message):
    __slots__ = ("instrument", "verdict", "detail", "confidence", "event_time_ns", "position")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    verdict: VenueVerdict
    detail: str
    confidence: float
    event_time_ns: int
    position: _values_pb2.Position
    def __init__(self, instrument: _Optional[str] = ..., verdict: _Optional[_Union[VenueVerdict, str]] = ..., detail: _Optional[str] = ..., confidence: _Optional[float] = ..., event_time_ns: _Optional[int] = ..., position: _Optional[_Union[_values_pb2.Position, _Mapping]] = ...) -> None: ...
