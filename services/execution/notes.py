"""What was ordered past the journal, as text: operators' words, and closing orders that went out while the journal was away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from services.execution.domain.halts import Level, Word
from services.execution.domain.order import Terms
from sextant.core.decimals import to_text
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side


class Kind(Enum):
    """What a note is about; values are written down."""

    WORD = "word"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to remember. `key` is the command's id or the client order id; `is_public` says that `control.commands.v1` has it.

    `number` is the journal's, 0 before it has one.
    """

    key: str
    kind: Kind
    text: str
    is_public: bool = True
    number: int = field(default=0, compare=False)


@dataclass(slots=True)
class Remembered:
    """What notes say."""

    words: list[Word] = field(default_factory=list)
    closings: list[Terms] = field(default_factory=list)


def note_of_word(word: Word) -> Note:
    """Return the note of an operator's word."""
    text = _text({"kind": Kind.WORD.value, **asdict(word), "level": word.level.value})
    return Note(word.command_id, Kind.WORD, text, word.is_public)


def note_of_closing(terms: Terms) -> Note:
    """Return the note of a closing order."""
    numbers = {name: to_text(value) for name, value in asdict(terms).items() if isinstance(value, Decimal)}
    fields = {"kind": Kind.CLOSING.value, **asdict(terms), **numbers, "side": terms.side.value}
    return Note(terms.client_order_id, Kind.CLOSING, _text(fields))


def read_notes(notes: Sequence[Note]) -> Remembered:
    """Return what notes say. Raises InvalidValue for one that cannot be read."""
    remembered = Remembered()
    for note in notes:
        read_entry(json.loads(note.text), remembered, f"note {note.key}")
    # Somebody may have published a word since its note was written.
    public = {note.key for note in notes if note.kind is Kind.WORD and note.is_public}
    remembered.words = [_public(word) if word.command_id in public else word for word in remembered.words]
    return remembered


def read_entry(entry: dict[str, Any], into: Remembered, place: str) -> None:
    """Take one note as it was parsed. Raises InvalidValue that names `place` for one of another kind."""
    kind = entry.pop("kind", None)
    if kind == Kind.WORD.value:
        into.words.append(Word(**{**entry, "level": Level(entry["level"])}))
    elif kind == Kind.CLOSING.value:
        numbers = {name: Decimal(entry[name]) for name in ("quantity", "reserved_notional")}
        price = entry["limit_price"]
        entry.update(numbers, side=Side(entry["side"]), limit_price=None if price is None else Decimal(price))
        into.closings.append(Terms(**entry))
    else:
        raise InvalidValue(place, str(kind), "a word or a closing")


def _public(word: Word) -> Word:
    return Word(**{**asdict(word), "level": word.level, "is_public": True})


def _text(entry: dict[str, Any]) -> str:
    return json.dumps(entry, separators=(",", ":"))
