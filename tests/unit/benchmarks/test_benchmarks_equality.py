"""The benchmarks' own checks of equality: they hold on small made-up inputs, and they notice a difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.chain.bare import Template
from benchmarks.chain.batches import quotes
from benchmarks.chain.topics import FIRST, bare_hops, layouts, our_hops
from benchmarks.codec import columnar
from benchmarks.codec.__main__ import check_equal as check_codecs
from benchmarks.codec.events import Event, batch_events, tape_events
from benchmarks.common.synthetic import synthetic_lines
from benchmarks.common.tapes import KINDS, Tape, load_tapes, make_tape
from benchmarks.ingest.__main__ import check_equal as check_ingest
from benchmarks.ingest.equality import frame_events, our_events, without_best
from benchmarks.ingest.paths import OurPath, decimals
from benchmarks.ingest.peer import is_installed
from sextant.contracts.columns import open_batch, row_count
from sextant.contracts.scaled import Scale
from simulator.replay.recording import Venue

SYMBOLS = {Venue.SPOT: "BTCUSDT", Venue.USDM: "BTCUSDT", Venue.COINM: "BTCUSD_PERP"}
SCALE = Scale.of(-2, -5)


def small_tape(venue: Venue, frames: int = 120) -> Tape:
    symbol = SYMBOLS[venue]
    return make_tape(venue.value, venue, symbol, synthetic_lines(venue, symbol, frames + 60), frames)


@pytest.mark.parametrize("venue", SYMBOLS)
def test_made_up_frames_are_read_whole_and_hold_every_kind(venue: Venue) -> None:
    tape = small_tape(venue)
    path = OurPath(16)
    path.cpu_seconds(tape, tape.frames)
    assert path.feed is not None
    assert (path.feed.gaps, path.feed.counts.refused, len(tape.frames)) == (0, 0, 120)
    assert {frame.kind for frame in tape.frames} == set(KINDS)
    assert without_best(our_events(path.output)) == frame_events(tape.frames)


def test_made_up_frames_are_always_the_same() -> None:
    assert small_tape(Venue.SPOT) == small_tape(Venue.SPOT)


def test_without_a_recording_the_tapes_are_made_up_and_say_so(tmp_path: Path) -> None:
    tapes, origin = load_tapes(40, folder=tmp_path)
    assert [len(tape.frames) for tape in tapes] == [40, 40, 40]
    assert "made up" in origin


@pytest.mark.skipif(not is_installed(), reason="cryptofeed is not installed")
@pytest.mark.parametrize("venue", SYMBOLS)
def test_our_path_and_cryptofeed_say_the_same(venue: Venue) -> None:
    check_ingest(small_tape(venue))


@pytest.mark.skipif(not is_installed(), reason="cryptofeed is not installed")
def test_the_check_notices_a_peer_that_says_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.ingest import __main__ as ingest

    monkeypatch.setattr(ingest, "peer_events", lambda lines: [])
    with pytest.raises(AssertionError, match="events of our path and of cryptofeed differ"):
        check_ingest(small_tape(Venue.SPOT))


def test_the_floor_reads_every_price_and_quantity() -> None:
    tape = small_tape(Venue.USDM)
    read = [len(decimals(frame.raw)) for frame in tape.frames]
    said = frame_events(tape.frames)
    wanted = {"trade": 2, "ticker": 4}
    assert read == [
        wanted[event[0]] if event[0] in wanted else 2 * (len(event[1]) + len(event[2])) for event in said
    ]


def test_both_codecs_give_back_what_went_in() -> None:
    events = tape_events(small_tape(Venue.SPOT))
    assert {event.kind for event in events} == {"trade", "quote", "depth"}
    check_codecs("spot:BTC/USDT", SCALE, events, (1, 7, 64))


def test_the_codec_check_notices_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    events = tape_events(small_tape(Venue.SPOT))
    encode = columnar.encode

    def wrong(instrument: str, scale: Scale, given: Sequence[Event], per_batch: int) -> list[bytes]:
        return encode(instrument, scale, [*given[:-1], given[0]], per_batch)

    monkeypatch.setattr(columnar, "encode", wrong)
    with pytest.raises(AssertionError, match="batches of 8"):
        check_codecs("spot:BTC/USDT", SCALE, events, (8,))


def test_a_batch_of_quotes_has_its_rows() -> None:
    data = quotes(64).SerializeToString()
    assert row_count(open_batch(data).quotes) == 64
    assert len(batch_events([data])) == 64


def test_the_bare_chain_is_the_twin_of_ours() -> None:
    ours, bare = our_hops(5), bare_hops(5)
    assert [hop.source for hop in ours[1:]] == [hop.target for hop in ours[:-1]]
    assert [(hop.source, hop.target) for hop in bare] == [
        (f"bare.{hop.source}", f"bare.{hop.target}") for hop in ours
    ]
    partitions = {layout.name: layout.partitions for layout in layouts(5)}
    assert all(
        partitions[f"bare.{name}"] == partitions[name] for name in (FIRST, *(hop.target for hop in ours))
    )


def test_a_template_survives_its_file() -> None:
    template = Template(b"key", b"\x00value", (("lineage", b"\x01"), ("identity", b"")), 3)
    assert Template.decode(template.encode(12)) == template
    assert dataclasses.asdict(template)["partition"] == 3
