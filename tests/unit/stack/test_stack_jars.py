"""When the jar cache is trusted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sextant.stack import jars
from sextant.stack.errors import JarsUnavailable


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of two jars, on a machine whose resolver brings nothing."""
    folder = tmp_path / "kafka"
    folder.mkdir()
    (folder / "b.jar").write_bytes(b"bb")
    (folder / "a.jar").write_bytes(b"a")
    (folder / "manifest.json").write_text(json.dumps({"b.jar": 2, "a.jar": 1}))
    monkeypatch.setattr(jars, "_fetch", lambda coordinates, work: [])
    return folder


def test_a_whole_cache_is_used_without_resolving(cache: Path) -> None:
    said: list[str] = []
    assert jars.kafka_jars(said.append, cache) == (cache / "a.jar", cache / "b.jar")
    assert said == []


@pytest.mark.parametrize("name", ["a.jar", "manifest.json"])
@pytest.mark.parametrize("content", [None, b"torn!"])
def test_a_damaged_cache_is_resolved_anew(cache: Path, name: str, content: bytes | None) -> None:
    if content is None:
        (cache / name).unlink()
    else:
        (cache / name).write_bytes(content)
    said: list[str] = []
    with pytest.raises(JarsUnavailable, match=r"did not bring .*kafka_2\.13-4\.1\.0\.jar"):
        jars.kafka_jars(said.append, cache)
    assert said == ["resolving Kafka 4.1.0's jars (first time: about 43 MB)"]
    assert [path.name for path in cache.parent.iterdir() if "draft" in path.name] == []
