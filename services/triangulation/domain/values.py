"""What triangulation speaks in: rules, listings, observations, verdicts, fixes. Prices are floats: statistics, never money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Judgement(IntEnum):
    """What is held of one instrument; values equal the wire's VenueVerdict."""

    UNSPECIFIED = 0
    VALID = 1
    STALE = 2
    OUTLIER = 3
    BOOK_INVALID = 4
    NO_RATE = 5
    NOT_INDEPENDENT = 6


#: Judgements that say that something is wrong; the others are normal.
WRONG = frozenset({Judgement.STALE, Judgement.OUTLIER, Judgement.BOOK_INVALID, Judgement.NO_RATE})


@dataclass(frozen=True, slots=True)
class Rules:
    """How a fix is taken. `fixed_rates` are units of `currency` for one unit of the asset; `weights` are by venue, 1 where absent."""

    currency: str = "USD"
    quorum: int = 3
    is_one_voice_per_operator: bool = True
    fresh_ns: int = 2_000_000_000
    outlier_bp: float = 50.0
    outlier_deviations: float = 6.0
    fixed_rates: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    operators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """What an instrument is, as far as a fix needs it."""

    instrument: str
    venue: str
    operator: str
    base: str
    quote: str
    is_spot: bool


@dataclass(frozen=True, slots=True)
class Top:
    """Best bid and ask after one message; 0 for an empty side. `time_ns` is the venue's event time; `update_id` 0 where unknown."""

    bid: float
    ask: float
    time_ns: int
    update_id: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    """What one batch says of its instrument's book. `is_whole` None: the batch does not say."""

    instrument: str
    venue: str
    event_time_ns: int
    connection: str = ""
    epoch: int = 0
    top: Top | None = None
    is_whole: bool | None = None


@dataclass(slots=True)
class Fix:
    """A price that independent venues agree on. `agreed_ns` is its time on our clock, `event_time_ns` on the venues'."""

    price: float
    deviation_bp: float
    venues: int
    is_good: bool
    event_time_ns: int
    agreed_ns: int
    number: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is held of one instrument at one moment; `mid` is in the fix's currency, 0 when unknown."""

    instrument: str
    judgement: Judgement
    mid: float
    distance_bp: float
    age_ns: int


@dataclass(frozen=True, slots=True)
class Change:
    """A judgement that changed, with the numbers that a reader needs: all ages in ns, distances in basis points."""

    before: Judgement
    verdict: Verdict
    limit_bp: float


@dataclass(frozen=True, slots=True)
class Statement:
    """What triangulation says after one observation. `verdicts` is empty where they were said a moment ago and did not change."""

    fix: Fix | None
    own: Verdict
    verdicts: tuple[Verdict, ...]
    changes: tuple[Change, ...]
