"""Words that several stages speak in; their values equal the wire's, where the same names stand."""

from __future__ import annotations

from enum import Enum, IntEnum


class Judgement(IntEnum):
    """What triangulation holds of one instrument's venue: the wire's VenueVerdict."""

    UNSPECIFIED = 0
    VALID = 1
    STALE = 2
    OUTLIER = 3
    BOOK_INVALID = 4
    NO_RATE = 5
    NOT_INDEPENDENT = 6


class BreakerState(Enum):
    """State of a breaker."""

    CLOSED = 1
    OPEN = 2
    HALF_OPEN = 3
