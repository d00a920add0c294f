"""Which code turns frames into rows: the native module where it is installed, or pure Python with equal results.

The pure path is the reference. Where the native one runs, it still decides on every frame that is not in the usual form, and writes
into the same columns and the same book.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from sextant.contracts.batches import BatchWriter
from sextant.core.errors import SettingsInvalid
from sextant.venues.book import Book
from sextant.venues.frame_journal import FrameJournal
from sextant.venues.text_frames import Cut, cut_texts

try:
    import sextant_native
except ImportError:
    _IS_INSTALLED = False
else:
    _IS_INSTALLED = True

if TYPE_CHECKING:
    from sextant.contracts.scaled import Scale

    Writer = BatchWriter | sextant_native.BatchWriter
    AnyBook = Book | sextant_native.Book
    AnyJournal = FrameJournal | sextant_native.FrameJournal

#: Says auto, native or pure. Read here as well as by the settings of a process: a replay and a benchmark have none.
VARIABLE: Final = "SEXTANT_MARKET_PATH"
#: What a scanner answers; see native/src/scanner.rs. Anything below LEFT is a frame of no stream that it knows.
LEFT, TAKEN, CLOCK, FULL = 1, 2, 4, 8
_SCANNED: Final = frozenset({"trade", "aggTrade", "bookTicker", "depthUpdate"})


@dataclass(frozen=True, slots=True)
class MarketPath:
    """One of the two ways: what cuts a socket's bytes, holds an open batch, a book and the frames, and who looks at a frame first."""

    name: str
    writer: Callable[[str, str, str, Scale], Writer]
    book: Callable[[], AnyBook]
    journal: Callable[[], AnyJournal]
    cut: Cut
    bounds: Callable[[int], sextant_native.ClockBounds | None]

    def scanner(
        self,
        bounds: sextant_native.ClockBounds | None,
        journal: AnyJournal | None,
        *,
        is_spot: bool,
        is_chained: bool,
    ) -> sextant_native.Scanner | None:
        """Return what takes the frames of one connection that are in the usual form; None on the pure path."""
        if bounds is None or isinstance(journal, FrameJournal):
            return None
        return sextant_native.Scanner(bounds, journal, is_spot=is_spot, is_chained=is_chained)


def teach(
    scanner: sextant_native.Scanner, stream: str, kind: str, symbol: str, writer: Writer, book: AnyBook | None
) -> None:
    """Have a scanner take the frames of a stream from now on, where it knows their kind."""
    if kind in _SCANNED and not isinstance(writer, BatchWriter) and not isinstance(book, Book):
        scanner.add(stream, kind, symbol, writer, book)


PURE: Final = MarketPath("pure", BatchWriter, Book, FrameJournal, cut_texts, lambda _: None)


def choose(wanted: str) -> MarketPath:
    """Return the path by name; auto is the native one where it is installed. Raises SettingsInvalid where there is none."""
    if wanted not in ("auto", "native", "pure"):
        raise SettingsInvalid(f"{VARIABLE}: expected auto, native or pure, was {wanted}")
    if wanted == "pure" or not (_IS_INSTALLED or wanted == "native"):
        return PURE
    if not _IS_INSTALLED:
        raise SettingsInvalid(
            f"{VARIABLE}: native, but the module sextant_native is not installed; make build makes it where cargo is"
        )
    module = sextant_native
    return MarketPath(
        *("native", module.BatchWriter, module.Book, module.FrameJournal, module.cut_texts),
        bounds=module.ClockBounds,
    )


@cache
def chosen() -> MarketPath:
    """Return the path that this process's environment asks for. Raises SettingsInvalid as choose() does."""
    return choose(os.environ.get(VARIABLE) or "auto")
