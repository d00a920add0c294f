"""The steps from a venue's frame to a signal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sextant.bus.port import Record
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import events_pb2, frames_pb2, validated_pb2
from sextant.contracts.rows import batch_rows
from sextant.contracts.strategies.v1 import signals_pb2
from sextant.core.instruments import split_instrument
from sextant.core.time import iso
from sextant.explaining.values import Step

#: A frame is cut to this many characters where it is shown.
_FRAME_CHARACTERS: Final = 160
_FRAMES: Final = 3


def frame_step(records: Sequence[Record], batch: events_pb2.EventBatch) -> Step:
    """Return the frames that a batch was made from, the newest last.

    A batch spans frames of other instruments of its connection too: of those that name its own market, the newest three are shown.
    """
    frames = [frame for record in records for frame in _frames(record, batch)]
    place = records[-1].position if records else None
    facts = (
        ("connection", f"{batch.venue}/{batch.connection}, epoch {batch.connection_epoch}"),
        ("frames", f"{batch.first_frame} to {batch.last_frame}"),
    )
    market = "".join(split_instrument(batch.instrument)[1].partition(":")[0].split("/")).lower().encode()
    shown = [frame for frame in frames if market in frame.raw.lower()] or frames
    problem = "" if frames else "the frames are no longer in the journal, which is kept for two hours"
    columns = ("frame", "received", "bytes", "text")
    newest = shown[-1].receive_ns if shown else 0
    rows = tuple(
        (str(frame.sequence), iso(frame.receive_ns), str(len(frame.raw)), _cut(frame.raw))
        for frame in shown[-_FRAMES:]
    )
    return Step("venue frame", "venue", place, newest, newest, facts, columns, rows, problem)


@dataclass(frozen=True, slots=True)
class _Frame:
    sequence: int
    receive_ns: int
    raw: bytes


def _frames(record: Record, batch: events_pb2.EventBatch) -> Iterator[_Frame]:
    journal = frames_pb2.FrameBatch.FromString(record.value or b"")
    at = 0
    for number, (length, receive_ns) in enumerate(zip(journal.lengths, journal.receive_time_ns, strict=True)):
        sequence = journal.first_sequence + number
        if batch.first_frame <= sequence <= batch.last_frame:
            yield _Frame(sequence, receive_ns, journal.frames[at : at + length])
        at += length


def batch_facts(batch: events_pb2.EventBatch) -> dict[str, Any]:
    """Return what a batch says."""
    counts: dict[str, int] = {}
    for row in batch_rows(batch):
        counts[row["table"]] = counts.get(row["table"], 0) + 1
    return {
        "facts": (
            ("instrument", batch.instrument),
            ("rows", ", ".join(f"{count} {table}" for table, count in counts.items()) or "none"),
            ("event time", iso(batch.event_time_ns)),
        )
    }


def fix_facts(validated: validated_pb2.ValidatedBatch) -> dict[str, Any]:
    """Return the fix, and what each venue contributed."""
    if not validated.HasField("fix"):
        return {"facts": (("fix", "none yet"),)}
    fix = validated.fix
    verdicts = fix.verdicts or [validated.verdict]
    return {
        "facts": (
            ("fix", f"{fix.price:.10g} {fix.currency} for {fix.asset} (number {fix.number})"),
            (
                "quality",
                f"{short_name(validated_pb2.FixQuality, fix.quality)}, {fix.venues} independent venues",
            ),
            ("deviation", f"{fix.deviation_bp:.2f} bp"),
        ),
        "columns": ("instrument", "verdict", "mid", "distance bp", "age ms"),
        "rows": tuple(
            (
                each.instrument,
                short_name(validated_pb2.VenueVerdict, each.verdict),
                f"{each.mid:.10g}",
                f"{each.distance_bp:+.2f}",
                f"{each.age_ns / 1e6:.1f}",
            )
            for each in verdicts
        ),
    }


def vector_facts(vector: features_pb2.FeatureVector) -> dict[str, Any]:
    """Return the features."""
    candle = vector.candle
    return {
        "facts": (
            (
                "bar",
                f"closed {iso(vector.event_time_ns)}, {vector.horizon_ns / 1e9:g} s, {candle.trades} trades",
            ),
            ("close", f"{candle.close:.10g}"),
            ("book", f"{vector.bid:.10g} / {vector.ask:.10g}"),
        ),
        "columns": ("feature", "value"),
        "rows": tuple((name, f"{value:.10g}") for name, value in sorted(vector.values.items())),
    }


def signal_facts(signal: signals_pb2.Signal) -> dict[str, Any]:
    """Return what the strategy thought."""
    return {
        "facts": (
            ("strategy", f"{signal.strategy} version {signal.strategy_version}"),
            ("says", f"{side_name(signal.side)} {signal.instrument}, strength {signal.strength:g}"),
            ("expects", f"{signal.expected_edge_bp:g} bp against costs of {signal.expected_cost_bp:g} bp"),
            ("valid until", iso(signal.valid_until_ns)),
        ),
        "columns": ("evidence", "value"),
        "rows": tuple((name, f"{value:.10g}") for name, value in sorted(signal.evidence.items())),
    }


def side_name(side: int) -> str:
    """Return "buy" or "sell"."""
    return short_name(values_pb2.Side, side).lower()


def short_name(kind: Any, value: int) -> str:
    """Return an enum value's name without the prefix that all names of the enum share."""
    if value not in kind.values():
        return f"unknown ({value})"
    unspecified: str = kind.Name(0)
    return str(kind.Name(value)).removeprefix(unspecified.removesuffix("UNSPECIFIED"))


def _cut(raw: bytes) -> str:
    text = raw.decode("utf-8", "backslashreplace")
    return text if len(text) <= _FRAME_CHARACTERS else f"{text[:_FRAME_CHARACTERS]}..."
