"""The disk cap."""

from __future__ import annotations

from pathlib import Path

import pytest

from sextant.stack.disk import check_space, used_mb
from sextant.stack.errors import DiskTooSmall, StackError


def test_sparse_files_count_with_what_they_take(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    (tmp_path / "full").write_bytes(b"x" * 2 * 1024 * 1024)
    assert used_mb(tmp_path) == 2


def test_a_cap_beyond_the_free_space_names_both(tmp_path: Path) -> None:
    with pytest.raises(DiskTooSmall) as caught:
        check_space(tmp_path, 10**9)
    assert caught.value.needed_mb == 10**9
    assert 0 <= caught.value.free_mb < 10**9
    assert str(tmp_path) in str(caught.value)


def test_a_cap_too_low_for_one_busy_topic_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="at least 512 MB, was 100"):
        check_space(tmp_path, 100)
