"""The fix of one asset: who speaks, who is judged how, when it must be taken anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.triangulation.domain.book import Book
from services.triangulation.domain.consensus import BASIS_POINTS, Consensus, agree
from services.triangulation.domain.values import NOT_INDEPENDENT, OUTLIER, VALID, Change, Fix, Rules, Verdict

#: Returns units of the fix's currency for one unit of a quote asset, None when there is no rate at this time on our clock.
RateOf = Callable[[str, int], float | None]
NEVER_NS = 2**63 - 1


@dataclass(slots=True)
class Asset:
    """State of one base asset. `books` are ordered by instrument; event time never goes back."""

    name: str
    books: dict[str, Book] = field(default_factory=dict)
    now_ns: int = 0
    our_now_ns: int = 0
    fix: Fix | None = None
    expires_ns: int = NEVER_NS
    is_due: bool = True
    said_ns: int = 0

    def add(self, book: Book) -> None:
        """Add a book, or put it in the place of the one of the same instrument."""
        self.books[book.listing.instrument] = book
        self.books = dict(sorted(self.books.items()))
        self.is_due = True

    def advance(self, event_time_ns: int) -> None:
        """Move event time by what a book has just seen."""
        if event_time_ns > self.now_ns:
            self.now_ns = event_time_ns
        self.our_now_ns = max([book.newest_ns - book.offset_ns for book in self.books.values()])
        if self.our_now_ns > self.expires_ns:
            self.is_due = True

    def take(self, rules: Rules, rate_of: RateOf) -> tuple[Change, ...]:
        """Judge every book, take the fix and return the judgements that changed. Counts the fix even where its price is the same."""
        before = [book.judgement for book in self.books.values()]
        voices = self._judge_alone(rules, rate_of)
        consensus = self._agree(voices, rules)
        self._judge_together(voices, consensus)
        self._count(consensus, rules)
        self.is_due = False
        limit_bp = consensus.limit_bp if consensus else rules.outlier_bp
        return tuple(
            [
                Change(was, self.verdict(book), limit_bp)
                for was, book in zip(before, self.books.values(), strict=True)
                if book.judgement is not was
            ]
        )

    def verdict(self, book: Book) -> Verdict:
        """Return what is held of one of its books now."""
        return Verdict(
            book.listing.instrument, book.judgement, book.mid, book.distance_bp, book.age_ns(self.our_now_ns)
        )

    def verdicts(self) -> tuple[Verdict, ...]:
        """Return what is held of every book, ordered by instrument."""
        return tuple(self.verdict(book) for book in self.books.values())

    def _judge_alone(self, rules: Rules, rate_of: RateOf) -> dict[str, Book]:
        """Judge each book by itself and return those that speak, by voice."""
        voices: dict[str, Book] = {}
        now_ns, fresh_ns, oldest_ns = self.our_now_ns, rules.fresh_ns, NEVER_NS
        for book in self.books.values():
            rate = rate_of(book.listing.quote, now_ns)
            if book.judge(rate, now_ns, fresh_ns) is VALID:
                oldest_ns = min(oldest_ns, book.quote_time_ns - book.offset_ns)
                self._let_speak(book, voices, rules)
        self.expires_ns = oldest_ns + fresh_ns if voices else NEVER_NS
        return voices

    def _let_speak(self, book: Book, voices: dict[str, Book], rules: Rules) -> None:
        """One voice per operator or per book: spot before derivatives, then by name, so that the voice does not change with every batch."""
        key = book.listing.operator if rules.is_one_voice_per_operator else book.listing.instrument
        other = voices.setdefault(key, book)
        if other is book:
            return
        if book.listing.is_spot and not other.listing.is_spot:
            voices[key], book = book, other
        book.judgement = NOT_INDEPENDENT

    def _agree(self, voices: dict[str, Book], rules: Rules) -> Consensus | None:
        if not voices:
            return None
        said = [(book.mid, book.weight) for book in voices.values()]
        return agree(said, rules.outlier_bp, rules.outlier_deviations)

    def _judge_together(self, voices: dict[str, Book], consensus: Consensus | None) -> None:
        price = consensus.price if consensus else self.fix.price if self.fix else 0.0
        for book in self.books.values():
            mid, judgement = book.mid, book.judgement
            book.distance_bp = (mid / price - 1.0) * BASIS_POINTS if price and mid else 0.0
            may_agree = judgement is VALID or judgement is NOT_INDEPENDENT
            if may_agree and consensus and consensus.is_outlier(mid):
                book.judgement = OUTLIER

    def _count(self, consensus: Consensus | None, rules: Rules) -> None:
        """Nobody speaks: the last price stays, DEGRADED; before the first voice there is no fix."""
        number = self.fix.number + 1 if self.fix else 1
        if consensus:
            is_good = consensus.agreeing >= rules.quorum
            price, deviation_bp, venues = consensus.price, consensus.deviation_bp, consensus.agreeing
        elif self.fix:
            is_good, price, deviation_bp, venues = False, self.fix.price, 0.0, 0
        else:
            return
        self.fix = Fix(price, deviation_bp, venues, is_good, self.now_ns, self.our_now_ns, number)
