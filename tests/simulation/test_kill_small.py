"""The small proof by kills: one run of the whole platform, 20 seeded faults while it trades, nothing lost and nothing doubled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from proofs.kill import SCALES, prove


# Twenty services start again: on a machine that others use as well this takes its time.
@pytest.mark.long
@pytest.mark.timeout(600)
def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    outcome = prove(11, SCALES["small"], tmp_path, print, has_control_run=False)
    print("\n".join(outcome.lines()))
    assert outcome.failures() == [], f"logs: {tmp_path / 'run' / 'logs'}"
    assert {"broker", "takeover", "execution", "ledger", "risk"} <= {each.target for each in outcome.struck}
    shutil.rmtree(tmp_path / "run", ignore_errors=True)
