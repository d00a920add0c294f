"""The command's front: fast help, exit codes, sentences instead of tracebacks, where the broker is found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sextant.cli.broker import NoBroker, bootstrap
from sextant.cli.main import SUBCOMMANDS, main
from sextant.stack.addresses import StackAddresses

CONFIG = Path(__file__).parents[3] / "config" / "sextant.yaml"
#: What makes a start slow; help needs none of it.
_HEAVY = (
    "rich",
    "aiokafka",
    "google.protobuf",
    "numpy",
    "pydantic",
    "sextant.stack",
    "sextant.contracts",
    "asyncpg",
)


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SEXTANT_KAFKA", "SEXTANT_STACK_ROOT", "SEXTANT_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def test_help_imports_no_subcommand_and_nothing_heavy() -> None:
    """Start time is what is imported; a bound in seconds would measure the machine that the suite runs on."""
    code = (
        "import sys; from sextant.cli.main import main; code = main(['--help']); "
        "print(code, *sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    exit_code, *modules = done.stderr.split()
    assert exit_code == "0"
    assert [module for module in modules if module.startswith(_HEAVY)] == []
    for name, subcommand in SUBCOMMANDS.items():
        assert f"  {name} " in done.stdout
        assert subcommand.help in done.stdout


def test_what_is_asked_for_wrongly_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["topic"]) == 2
    assert "No such command 'topic'" in capsys.readouterr().err
    assert main(["topics", "describe", "market.event.v1"]) == 2
    assert "market.events.v1" in capsys.readouterr().err
    assert main(["topics", "tail", "market.events.v1", "--limit", "-1"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("lag",),
        ("workers",),
        ("topics", "tail", "market.events.v1"),
        ("topics", "create"),
        ("explain", "sx1"),
    ],
)
def test_without_a_broker_the_error_says_how_to_start_one(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: no broker: neither --kafka nor SEXTANT_KAFKA is set")
    assert "sextant stack up" in err


def test_the_broker_is_the_options_or_the_running_stacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bootstrap("one:9092") == "one:9092"
    (tmp_path / ".sextant").mkdir()
    StackAddresses(bootstrap="127.0.0.1:9").save(tmp_path / ".sextant" / "stack.json")
    assert bootstrap("") == "127.0.0.1:9"
    monkeypatch.setenv("SEXTANT_STACK_ROOT", str(tmp_path / "other"))
    (tmp_path / "other").mkdir()
    with pytest.raises(NoBroker):
        bootstrap("")
    StackAddresses(postgres_dsn="postgresql://x").save(tmp_path / "other" / "stack.json")
    with pytest.raises(NoBroker, match="no Kafka runs in"):
        bootstrap("")
    (tmp_path / "other" / "stack.json").write_text("{")
    with pytest.raises(NoBroker, match="cannot be read"):
        bootstrap("")


def test_config_check_prints_the_whole_file_or_names_the_wrong_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "check", "--config", str(CONFIG)]) == 0
    assert json.loads(capsys.readouterr().out)["triangulation"]["quorum"] == 3
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(CONFIG.read_text().replace("  quorum: 3", "  quorom: 3"))
    assert main(["config", "check", "--config", str(wrong)]) == 2
    err = capsys.readouterr().err
    assert "triangulation.quorom" in err
    assert str(wrong) in err


def test_version_names_sextant_and_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith("sextant ")


def test_topics_ls_lists_the_registry(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topics", "ls", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"market.events.v1", "control.audit.v1"} <= {entry["topic"] for entry in listed}
    assert main(["topics", "ls"]) == 0
    out = capsys.readouterr().out
    assert all(len(line) == len(out.splitlines()[0]) for line in out.splitlines()), "columns are aligned"


def test_topics_describe_shows_the_protos_words_without_a_broker(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topics", "describe", "risk.decisions.v1"]) == 0
    out = capsys.readouterr().out
    assert "Risk's answer to one intent. Produced by risk, keyed by portfolio." in out
    assert "REFUSAL_CODE_STALE" in out
    assert "partitions   not shown: no broker" in out
