"""Help of everything that can be called: whoever asks for it sees how it is used, with an example that could be typed."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from services.console.commanding import OBEYED
from sextant.cli.main import SUBCOMMANDS, main

ROOT: Final = Path(__file__).parents[3]
_EXAMPLE: Final = re.compile(r"^ *[Ee]xample: (.+(?:\n +(?![Ee]xample:)\S.*)*)", re.MULTILINE)


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the way to every command and group below `sextant`."""
    yield ()
    for name, subcommand in SUBCOMMANDS.items():
        yield from _below((name,), subcommand.load())


def modules() -> list[str]:
    """Return what is started with `python -m`, but for what other programs of ours start."""
    packages = [
        "simulator",
        "simulator.replay",
        "topologies.fused",
        *(f"services.{path.parent.name}" for path in ROOT.glob("services/*/__main__.py")),
        *(f"benchmarks.{path.parent.name}" for path in ROOT.glob("benchmarks/*/__main__.py")),
        *(f"proofs.{path.stem}" for path in ROOT.glob("proofs/*.py") if path.stem != "__init__"),
    ]
    return sorted(packages)


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    ways = list(commands())
    assert {("stack", "serve"), ("topics", "tail"), ("demo",), ("flat-all",)} <= set(ways)
    for way in ways:
        assert main([*way, "--help"]) == 0
        out = capsys.readouterr().out
        called = ["sextant", *way]
        assert f"Usage: {' '.join(called)}" in out
        examples = _EXAMPLE.findall(out)
        assert examples, out
        if way:
            assert all(shlex.split(example)[: len(called)] == called for example in examples), out


def test_who_asks_for_set_is_told_that_nobody_obeys_it_yet(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "--help"]) == 0
    assert ("No service obeys any yet" in " ".join(capsys.readouterr().out.split())) == (not OBEYED)


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize("module", modules())
def test_every_program_has_help_with_an_example(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # nothing is folded
    monkeypatch.setattr("sys.argv", [module, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__")
    assert ended.value.code in (0, None)
    out = re.sub(r"[│ ]+\n", "\n", capsys.readouterr().out)
    examples = [" ".join(example.split()) for example in _EXAMPLE.findall(out)]
    assert examples, out
    assert all(f"python -m {module}" in example for example in examples)


def _below(way: tuple[str, ...], command: Any) -> Iterator[tuple[str, ...]]:
    yield way
    for name, below in getattr(command, "commands", {}).items():
        yield from _below((*way, name), below)
