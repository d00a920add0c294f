"""What triangulation speaks in: rules, listings, observations, verdicts, fixes. Prices are floats: statistics, never money.

What is made for each record is a named tuple, which costs a fifth of a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sextant.core.vocabulary import Judgement

# Names of their own for what each record asks several times: Python 3.11 looks a member up on its class ten times as slowly.
VALID, STALE, OUTLIER = Judgement.VALID, Judgement.STALE, Judgement.OUTLIER
BOOK_INVALID, NO_RATE, NOT_INDEPENDENT = (
    Judgement.BOOK_INVALID,
    Judgement.NO_RATE,
    Judgement.NOT_INDEPENDENT,
)
#: Judgements that say that something is wrong; the others are normal.
WRONG = frozenset({STALE, OUTLIER, BOOK_INVALID, NO_RATE})


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


class Top(NamedTuple):
    """Best bid and ask after one message; 0 for an empty side. `time_ns` is the venue's event time; `update_id` 0 where unknown."""

    bid: float
    ask: float
    time_ns: int
    update_id: int = 0


class Observation(NamedTuple):
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


class Verdict(NamedTuple):
    """What is held of one instrument at one moment; `mid` is in the fix's currency, 0 when unknown."""

    instrument: str
    judgement: Judgement
    mid: float
    distance_bp: float
    age_ns: int


class Change(NamedTuple):
    """A judgement that changed, with the numbers that a reader needs: all ages in ns, distances in basis points."""

    before: Judgement
    verdict: Verdict
    limit_bp: float


class Statement(NamedTuple):
    """What triangulation says after one observation. `verdicts` is empty where they were said a moment ago and did not change."""

    fix: Fix | None
    own: Verdict
    verdicts: tuple[Verdict, ...]
    changes: tuple[Change, ...]
