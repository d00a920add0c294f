"""A service that lacks what it needs ends with 2 and one sentence, before it opens anything; --check-config says the same."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from services.archive.__main__ import main as archive
from services.breaker.__main__ import main as breaker
from services.execution.__main__ import main as execution
from services.features.__main__ import main as features
from services.ledger.__main__ import main as ledger
from sextant.demo.plan import SERVICES
from sextant.runtime import main as runtime
from sextant.runtime.main import EXIT_SETTINGS
from tests.support.resources import CONFIG

KAFKA = {"SEXTANT_KAFKA": "127.0.0.1:9"}
POSTGRES = {"SEXTANT_POSTGRES": "postgresql://u:hidden@127.0.0.1:9/x"}
MISSING = [
    (features, {}, "features: SEXTANT_KAFKA: expected host:port[,host:port], was ''"),
    (features, {"SEXTANT_KAFKA": "localhost"}, "features: SEXTANT_KAFKA: expected host:port"),
    (features, {"SEXTANT_KAFKA": "a:1,:2"}, "was 'a:1,:2'"),
    (archive, KAFKA, "archive: SEXTANT_ARCHIVE_FOLDER: expected a folder, was nothing"),
    (archive, {**KAFKA, "SEXTANT_ARCHIVE_FOLDER": __file__}, "which is a file"),
    (ledger, KAFKA, "ledger: SEXTANT_POSTGRES or SEXTANT_POSTGRES_FILE: expected a DSN"),
    (ledger, {**KAFKA, "SEXTANT_POSTGRES": "mysql://u:hidden@h/x"}, "begins with postgresql://"),
    (ledger, {**KAFKA, "SEXTANT_POSTGRES_FILE": "/not/there"}, "SEXTANT_POSTGRES_FILE: expected a file"),
    (breaker, {**KAFKA, "SEXTANT_OPERATOR_TOKEN_FILE": "/not/there"}, "breaker: operators' secret /not/there"),
    (execution, KAFKA, "execution: SEXTANT_POSTGRES or"),
    (execution, {**KAFKA, **POSTGRES}, "key_file: expected a file with keys in mode sim, was ''"),
    (execution, {**KAFKA, **POSTGRES, "SEXTANT_REGION": "tokyo"}, "portfolios.main.home_region: expected 'tokyo'"),
    (execution, {**KAFKA, **POSTGRES, "SEXTANT_LIVE_SWITCH": "i-accept-real-orders"}, "mode: expected 'live'"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(*_: object) -> int:
        pytest.fail("the service was started")

    monkeypatch.setattr(runtime, "_serve", serve)


@pytest.mark.parametrize(("main", "variables", "said"), MISSING)
@pytest.mark.parametrize("option", [[], ["--check-config"]], ids=["start", "check"])
def test_what_is_missing_is_said_in_one_sentence(
    main: object,
    variables: dict[str, str],
    said: str,
    option: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert callable(main)
    monkeypatch.setattr("sys.argv", ["service", *option])
    _set(monkeypatch, variables)
    assert main() == EXIT_SETTINGS
    out, err = capsys.readouterr()
    assert said in err
    assert len(err.splitlines()) == 1
    assert "hidden" not in out + err


@pytest.mark.parametrize("name", [*SERVICES, "console"])
def test_every_service_names_the_variable_that_was_set_to_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["service"])
    _set(monkeypatch, {"SEXTANT_KAFKA": ""})
    assert import_module(f"services.{name}.__main__").main() == EXIT_SETTINGS
    assert capsys.readouterr().err == f"{name}: SEXTANT_KAFKA: expected host:port[,host:port], was ''\n"


def test_settings_that_suffice_are_printed_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["service", "--check-config"])
    _set(monkeypatch, {**KAFKA, **POSTGRES})
    assert ledger() == 0
    out = capsys.readouterr().out
    assert json.loads(out)["process"]["kafka"] == "127.0.0.1:9"
    assert "hidden" not in out


def _set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in {"SEXTANT_CONFIG": str(CONFIG), **variables}.items():
        monkeypatch.setenv(name, value)
