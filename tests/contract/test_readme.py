"""The README's example strategy runs as it stands there, with the configuration that stands there; its commands exist."""

from __future__ import annotations

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from services.strategies.bootstrap import strategies_stage
from services.strategies.plugins import BUILT_IN
from sextant.bus.port import Position
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.strategies.v1 import signals_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root
from sextant.core.time import SECOND
from sextant.runtime.lineage import Lineage
from sextant.runtime.settings import Platform
from sextant.runtime.stage import Input
from sextant.runtime.worker.engine import Engine
from sextant.sdk.plugins import GROUP, Plugins

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Return the README's one block of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return str(found)


def installed(monkeypatch: pytest.MonkeyPatch) -> EntryPoint:
    """Make the example importable under the name that the README's entry point declares."""
    name, target = re.findall(r'^(\S+) = "(\S+)"$', block("toml"), re.MULTILINE)[0]
    module = ModuleType(target.partition(":")[0])
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(block("python"), "README.md", "exec"), module.__dict__)
    return EntryPoint(name, target, GROUP)


def configured() -> Platform:
    """Return the shipped configuration with what the README adds to it."""
    data: dict[str, Any] = yaml.safe_load((ROOT / "config" / "sextant.yaml").read_text(encoding="utf-8"))
    added = yaml.safe_load(block("yaml"))
    data["strategies"] |= added["strategies"]
    for name, portfolio in added["portfolios"].items():
        data["portfolios"][name] |= portfolio
    return Platform.model_validate(data)


def vector(number: int, rsi: float) -> Input:
    message = features_pb2.FeatureVector(
        instrument="alpha:BTC/USDT",
        horizon_ns=SECOND,
        event_time_ns=number * SECOND,
        values={"rsi_14": rsi},
        verdict=validated_pb2.Verdict(verdict=validated_pb2.VENUE_VERDICT_VALID),
        bid=42_000.0,
        ask=42_000.5,
    )
    identity = Identity(Root.at("market.events.v1", 0, number), b"\0\0\0\0")
    at = Position("features.vectors.v1", 0, number)
    return Input(at, message.instrument, message, message.SerializeToString(), identity, Lineage())


def test_the_example_strategy_signals_when_the_readme_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = strategies_stage(configured(), Plugins(BUILT_IN, [installed(monkeypatch)]))
    engine = Engine(stage, 0)
    said = [
        engine.feed([vector(number, rsi)]) for number, rsi in enumerate((50.0, 26.0, 24.0, 25.5, 60.0), 1)
    ]
    assert [len(outputs) for outputs in said] == [0, 0, 0, 1, 0]
    signal = said[3][0].output.value
    assert isinstance(signal, signals_pb2.Signal)
    assert (signal.strategy, signal.strength, dict(signal.evidence)) == ("buy-the-dip", 0.5, {"rsi": 25.5})


def test_the_flow_names_topics_that_exist() -> None:
    diagrams = "".join(re.findall(r"^```(?:mermaid)?\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    named = set(
        re.findall(r"\b(?:market|features|strategies|risk|execution|ledger|control)\.[a-z]+\b", diagrams)
    )
    assert len(named) > 10
    assert {f"{name}.v1" for name in named} <= TOPICS.keys()


def test_every_page_and_file_that_is_linked_exists() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    pages = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", pages, re.MULTILINE)) <= targets


def test_every_decision_has_a_number_and_is_listed_by_its_title() -> None:
    folder = ROOT / "docs" / "adr"
    pages = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert [page.name[:5] for page in pages] == [f"{number:04}-" for number in range(1, len(pages) + 1)]
    listed = re.findall(
        r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", (folder / "README.md").read_text(), re.MULTILINE
    )
    titles = [re.match(r"# (\d{4}): (.+)", page.read_text(encoding="utf-8")) for page in pages]
    assert listed == [
        (title[1], page.name, title[2]) for title, page in zip(titles, pages, strict=True) if title
    ]
