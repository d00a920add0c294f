"""The archive on disk: what is written is read back, a crash mid-line loses nothing, holes are found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.archive.adapters.parquet import ParquetArchive
from services.archive.domain.manifest import Part, parse_manifest, problems
from sextant.bus.port import Record

TOPIC = "execution.fills.v1"


def records(first: int, count: int) -> list[Record]:
    return [
        Record(
            TOPIC,
            3,
            offset,
            b"k",
            f"v{offset}".encode(),
            {"record-id": b"ab", "x": b"\xff"},
            1_767_312_000_000,
        )
        for offset in range(first, first + count)
    ]


def test_what_is_written_can_be_queried_and_is_continued_after(tmp_path: Path) -> None:
    archive = ParquetArchive(tmp_path)
    archive.write(TOPIC, 3, records(0, 5))
    archive.write(TOPIC, 3, records(5, 2))
    rows = (
        duckdb.connect()
        .execute(f"select \"offset\", value from '{tmp_path}/{TOPIC}/*/*.parquet' order by 1")
        .fetchall()
    )
    assert rows == [(offset, f"v{offset}".encode()) for offset in range(7)]
    assert archive.next_offsets(TOPIC) == {3: 7}
    assert problems(archive.parts(TOPIC)) == []


def test_a_manifest_line_cut_by_a_crash_names_nothing(tmp_path: Path) -> None:
    archive = ParquetArchive(tmp_path)
    archive.write(TOPIC, 3, records(0, 5))
    manifest = tmp_path / TOPIC / "manifest.jsonl"
    manifest.write_text(manifest.read_text() + '{"file": "3-5-')
    assert archive.next_offsets(TOPIC) == {3: 5}
    archive.write(TOPIC, 3, records(5, 1))
    assert [part.first for part in archive.parts(TOPIC)] == [0, 5]
    assert ParquetArchive(tmp_path).next_offsets(TOPIC) == archive.next_offsets(TOPIC) == {3: 6}


def test_a_manifest_that_was_put_back_is_read_anew(tmp_path: Path) -> None:
    archive = ParquetArchive(tmp_path)
    archive.write(TOPIC, 3, records(0, 5))
    manifest = tmp_path / TOPIC / "manifest.jsonl"
    old = manifest.read_bytes()
    archive.write(TOPIC, 3, records(5, 5))
    manifest.write_bytes(old)
    assert archive.next_offsets(TOPIC) == {3: 5}
    manifest.unlink()
    assert archive.next_offsets(TOPIC) == {}


def test_appending_reads_no_more_than_the_last_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = ParquetArchive(tmp_path)
    archive.write(TOPIC, 3, records(0, 5))
    read = count_reads(monkeypatch)
    archive.write(TOPIC, 3, records(5, 5))
    assert read == [("manifest.jsonl", 1)]


def test_what_another_process_has_appended_is_all_that_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = ParquetArchive(tmp_path), ParquetArchive(tmp_path)
    for first in range(0, 50, 5):
        one.write(TOPIC, 3, records(first, 5))
    part = other.write(TOPIC, 3, records(50, 5))
    assert part is not None
    read = count_reads(monkeypatch)
    assert one.next_offsets(TOPIC) == {3: 55}
    assert read == [("manifest.jsonl", len(part.line()) + 1)]


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return what will have been read of manifests: the file's name and how many bytes, by each read."""
    counted: list[tuple[str, int]] = []
    opened = Path.open

    def counting(path: Path, *arguments: Any, **options: Any) -> Any:
        file = opened(path, *arguments, **options)
        read = file.read

        def read_counted(size: int = -1) -> Any:
            found = read(size)
            counted.append((path.name, len(found)))
            return found

        if path.suffix == ".jsonl":
            file.read = read_counted
        return file

    monkeypatch.setattr(Path, "open", counting)
    return counted


def test_what_another_process_has_archived_meanwhile_is_left_out(tmp_path: Path) -> None:
    one, other = ParquetArchive(tmp_path), ParquetArchive(tmp_path)
    one.write(TOPIC, 3, records(0, 5))
    other.write(TOPIC, 3, records(5, 5))
    late = one.write(TOPIC, 3, records(5, 8))
    assert late is not None
    assert (late.first, late.last) == (10, 12)
    assert other.write(TOPIC, 3, records(10, 3)) is None
    assert problems(one.parts(TOPIC)) == []


@given(st.lists(st.integers(1, 50), min_size=1, max_size=10), st.data())
def test_a_part_left_out_or_repeated_is_a_problem(sizes: list[int], data: st.DataObject) -> None:
    parts, at = [], 0
    for size in sizes:
        parts.append(Part(TOPIC, 0, at, at + size - 1, size, "f", "h"))
        at += size
    assert problems(parts) == []
    again = parse_manifest("\n".join(part.line() for part in parts) + "\n", source="m")
    assert again == parts
    index = data.draw(st.integers(0, len(parts) - 1))
    assert problems([*parts[: index + 1], parts[index], *parts[index + 1 :]])
    assert problems([replace(parts[0], rows=parts[0].rows + 1)])
    if 0 < index < len(parts) - 1:
        assert problems(parts[:index] + parts[index + 1 :])
