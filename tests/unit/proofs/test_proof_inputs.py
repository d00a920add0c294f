"""What proofs are given: the first line says which seed and scale they run with, and one that needs a recording does not pass without."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

from proofs import demo, fused, kill, recording


@pytest.mark.parametrize("main", [fused.main, recording.main])
def test_without_the_recording_nothing_is_proven(
    main: Callable[[Sequence[str]], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere"

    assert main(["--recording", str(nowhere)]) == 2

    said = capsys.readouterr()
    assert said.err == f"no recording at {nowhere}: give --recording DIR\n"
    assert "holds" not in said.out


@pytest.mark.parametrize(
    ("proof", "runner", "said"),
    [
        (kill, "prove", ["scale small", "seed 23"]),
        (demo, "prove", ["seed 23", "60 s a run", "SCALE changes nothing"]),
        (
            fused,
            "run",
            ["scale small: 12 s of the simulated market with seed 23", "the recording has no seed"],
        ),
        (recording, "frames", ["no seed: a recording", "SEED and SCALE change nothing"]),
    ],
)
def test_the_first_line_says_what_seed_and_scale_do(
    proof: ModuleType,
    runner: str,
    said: Sequence[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise subprocess.CalledProcessError(1, "run") if proof is fused else OSError("no run in this test")

    monkeypatch.setattr(proof, runner, fail)
    recorded = ["--recording", str(tmp_path)] if proof in (fused, recording) else []
    recorded += ["--folder", str(tmp_path)] if proof is not fused else []

    assert proof.main(["--scale", "small", "--seed", "23", *recorded]) == 1

    first = capsys.readouterr().out.splitlines()[0]
    assert [each for each in said if each not in first] == []
