"""A recording is read whole, in one order, byte for byte."""

import gzip
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.replay import recording
from simulator.replay.recording import (
    RecordingError,
    Venue,
    frames,
    recorded_streams,
    recording_files,
    stream_name,
)
from tests.unit.simulator.replay.recordings import SYMBOLS, read_lines, write_recording

REAL = Path(__file__).resolve().parents[5] / "shared" / "market" / "ws_raw" / "binance_multi"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the recordings of ../shared/market are absent")
VENUES = {"spot": "spot", "usdm": "usdm", "cm": "coinm"}


def write_file(directory: Path, text: str, name: str = "spot_btcusdt_20240808.gz") -> Path:
    (directory / name).write_bytes(gzip.compress(text.encode()))
    return directory


def test_every_line_of_every_file_comes_once_in_the_order_of_stamps(tmp_path: Path) -> None:
    directory = write_recording(tmp_path)
    expected = [
        (stamp, VENUES[venue], name.upper(), raw.encode())
        for venue, names in SYMBOLS.items()
        for name in names
        for stamp, raw in read_lines(directory / f"{venue}_{name}_20240808.gz")
    ]
    read = [tuple(frame) for frame in frames(directory)]
    assert sorted(read) == sorted(expected)
    assert [frame[0] for frame in read] == sorted(frame[0] for frame in expected)


@settings(max_examples=50, deadline=None)
@given(
    stamps=st.lists(st.lists(st.integers(1, 60), max_size=30), min_size=1, max_size=4),
    chunk=st.integers(1, 200),
)
def test_the_merge_is_a_stable_sort_whatever_the_chunk(
    stamps: list[list[int]], chunk: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("recording")
    lines = []
    for number, times in enumerate(stamps):
        own = [(stamp, b'{"file":%d,"line":%d}' % (number, line)) for line, stamp in enumerate(sorted(times))]
        text = "".join(f"{stamp} {raw.decode()}\n" for stamp, raw in own)
        write_file(directory, text, f"spot_s{number}_20240808.gz")
        lines += own
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "CHUNK_BYTES", chunk)
        read = [(frame.receive_ns, frame.raw) for frame in frames(directory)]
    assert read == sorted(lines, key=lambda line: line[0])


def test_a_last_line_without_an_end_is_read(tmp_path: Path) -> None:
    directory = write_file(tmp_path, '5 {"a":1}\n6 {"b":2}')
    assert [frame.raw for frame in frames(directory)] == [b'{"a":1}', b'{"b":2}']


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"spot_btcusdt_20240808\.gz, lines 1 to 2"):
        list(frames(write_file(tmp_path, '5 {"a":1}\nnonsense\n')))


def test_a_falling_stamp_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="never fall"):
        list(frames(write_file(tmp_path, '6 {"a":1}\n5 {"b":2}\n')))


def test_a_directory_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="found none"):
        list(frames(tmp_path))


def test_streams_are_found_by_venue(tmp_path: Path) -> None:
    found = recorded_streams(recording_files(write_recording(tmp_path)))
    assert set(found[Venue.COINM]) == {
        f"{symbol}@{kind}" for symbol in SYMBOLS["cm"] for kind in ("depth@0ms", "bookTicker", "trade")
    }


def test_a_snapshot_names_no_stream() -> None:
    assert stream_name(b'{"lastUpdateId":1}') is None
    assert stream_name(b'{"stream":"btcusdt@trade","data":{}}') == "btcusdt@trade"


@needs_real
def test_the_real_recording_has_all_its_frames_in_order() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    snapshots: Counter[tuple[str, str]] = Counter()
    last_ns = 0
    for frame in frames(REAL):
        assert frame.receive_ns >= last_ns
        last_ns = frame.receive_ns
        counts[frame.venue, frame.symbol] += 1
        snapshots[frame.venue, frame.symbol] += frame.is_snapshot
    assert counts == {
        ("spot", "BTCUSDT"): 41_249,
        ("spot", "ETHUSDT"): 33_618,
        ("usdm", "BTCUSDT"): 93_954,
        ("usdm", "ETHUSDT"): 74_655,
        ("coinm", "BTCUSD_PERP"): 48_270,
        ("coinm", "ETHUSD_PERP"): 40_454,
    }
    assert set(snapshots.values()) == {1}
