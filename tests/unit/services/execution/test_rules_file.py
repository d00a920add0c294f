"""Rules of instruments survive a restart on this machine, exactly, and never replace what was heard since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.execution.rules_file import RulesFile
from sextant.core.errors import InvalidValue
from tests.unit.services.execution.test_words import make
from tests.unit.venues.paper.test_paper_exchange import BTC


def test_rules_come_back_as_they_were_heard(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    _, tools = make(tmp_path / "words")
    tools.instruments[BTC.name] = BTC
    RulesFile(path, tools).write()
    assert path.stat().st_mode & 0o777 == 0o600
    _, restarted = make(tmp_path / "words")
    RulesFile(path, restarted).recall()
    assert restarted.instruments == {BTC.name: BTC}
    newer = replace(BTC, version=9)
    _, heard = make(tmp_path / "words")
    heard.instruments[BTC.name] = newer
    RulesFile(path, heard).recall()
    assert heard.instruments == {BTC.name: newer}


@pytest.mark.parametrize("content", ["", "{", "[{}]", '[{"name": "x", "tick": "nan"}]'])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rules.json"
    path.write_text(content)
    _, tools = make(tmp_path / "words")
    with pytest.raises(InvalidValue, match=r"rules\.json"):
        RulesFile(path, tools).recall()
