"""A broker of its own for the command: it creates the registry's topics and reads every group there is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sextant.cli.main import main
from sextant.stack import Stack, StackError
from sextant.stack.platforms import check_platform

#: Runs the command and returns (exit code, standard output, standard error).
Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """Bootstrap address of a broker that only this module uses, with the topics that the command has made."""
    try:
        check_platform()
    except StackError as error:
        pytest.skip(str(error))
    with tempfile.TemporaryDirectory(prefix="sextant-cli-") as folder:
        stack = Stack(Path(folder), disk_cap_mb=1024)
        try:
            address = stack.up(["kafka"]).bootstrap
            assert main(["topics", "create", "--kafka", address]) == 0
            yield address
        finally:
            stack.down()


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command as a function, in a folder without a stack."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEXTANT_KAFKA", raising=False)
    monkeypatch.delenv("SEXTANT_STACK_ROOT", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def lines(out: str) -> list[Any]:
    """Return the documents of JSON lines."""
    return [json.loads(line) for line in out.splitlines()]
