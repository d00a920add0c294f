"""Workers of strategies come and go over a real broker: what they say together is what one of them would have said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from proofs.scaling.moves import Kind, Move
from proofs.scaling.run import Scale, Scaling
from sextant.stack import Stack, StackError
from sextant.stack.platforms import check_platform


@pytest.mark.long
@pytest.mark.timeout(420)
def test_workers_come_and_go_and_no_signal_is_missed_doubled_or_changed(tmp_path: Path) -> None:
    try:
        check_platform()
    except StackError as error:
        pytest.skip(str(error))
    stack = Stack(tmp_path / "stack", services=["kafka"], disk_cap_mb=1024)
    moves = (Move(Kind.ADD, 2), Move(Kind.LEAVE, 1), Move(Kind.KILL, 1))
    only_moves = Scale(moves=len(moves), rounds=0, vectors=0, steady_s=0.0)
    try:
        scaling = Scaling(stack.up().bootstrap, tmp_path, 11, moves, only_moves, print)
        outcome = asyncio.run(scaling.run())
    finally:
        stack.down()
    assert outcome.comparison.expected > 0
    assert outcome.comparison.differences == 0
    assert outcome.control.differences > 0, "without recovery the same moves must change signals"
    assert outcome.unclean == []
    assert [pause.moved.workers for pause in outcome.pauses] == [3, 2, 1]
