"""Proofs that need a recording do not pass without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from proofs import fused, recording


@pytest.mark.parametrize("main", [fused.main, recording.main])
def test_without_the_recording_nothing_is_proven(
    main: Callable[[Sequence[str]], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere"

    assert main(["--recording", str(nowhere)]) == 2

    said = capsys.readouterr()
    assert said.err == f"no recording at {nowhere}: give --recording DIR\n"
    assert "holds" not in said.out
