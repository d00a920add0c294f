"""Settings are read once and wholly: whatever is unknown or wrong is named, and secrets are never printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from sextant.core.errors import SettingsInvalid
from sextant.runtime.settings import Platform, load_platform, load_process
from sextant.runtime.settings.load import check_faults, redacted
from sextant.runtime.settings.platform import Mode
from sextant.runtime.settings.process import Fault
from sextant.stack.addresses import StackAddresses

CONFIG = Path(__file__).parents[3] / "config" / "sextant.yaml"
REQUIRED = {"SEXTANT_CONFIG": str(CONFIG)}
Change = Callable[[dict[str, Any]], None]


def written(tmp_path: Path, change: Change) -> Path:
    """Return the shipped file with a change."""
    data = yaml.safe_load(CONFIG.read_text())
    change(data)
    path = tmp_path / "platform.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def test_the_shipped_file_is_whole() -> None:
    platform = load_platform(CONFIG)
    assert platform.triangulation.quorum == 3
    assert platform.portfolios["main"].limits.unit_notional == Decimal(1_000)


def test_terms_of_money_are_exact_whether_quoted_or_not(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["venue_accounts"]["alpha-main"] |= {"taker_fee_bp": 7.1, "maker_fee_bp": "-0.25"}

    account = load_platform(written(tmp_path, change)).venue_accounts["alpha-main"]
    assert (account.taker_fee_bp, account.maker_fee_bp) == (Decimal("7.1"), Decimal("-0.25"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda data: data.update(asset=["BTC"]), ["asset", "Extra inputs"]),
        (lambda data: data["venues"]["alpha"].update(operater="x"), ["venues.alpha.operater"]),
        (lambda data: data["portfolios"]["main"]["limits"].update(max="5"), ["portfolios.main.limits.max"]),
        (lambda data: data["triangulation"].update(quorum=0), ["triangulation.quorum", "was 0"]),
        (lambda data: data["features"].update(bar_ms="soon"), ["features.bar_ms", "'soon'"]),
        (lambda data: data.update(mode="real"), ["mode", "'real'"]),
        (lambda data: data["venues"]["alpha"].update(protocol="ftx"), ["venues.alpha.protocol", "'ftx'"]),
        (lambda data: data["portfolios"]["main"]["limits"].update(unit_notional="-1"), ["unit_notional", "'-1'"]),
        (lambda data: data["portfolios"]["main"]["limits"].update(maximum_fix_distance_bp=0), ["maximum_fix_distance_bp", "was 0"]),
        (lambda data: data["venue_accounts"]["alpha-main"].update(taker_fee_bp=-1), ["alpha-main.taker_fee_bp", "was -1"]),
        (lambda data: data["venue_accounts"]["alpha-main"].update(maker_fee_bp="0.0000001"), ["maker_fee_bp", "decimal places"]),
        (lambda data: data.pop("assets"), ["assets", "Field required"]),
        (lambda data: data["venue_accounts"]["alpha-main"].update(venue="delta"), ["venue_accounts.alpha-main.venue", "'delta'"]),
        (lambda data: data["venue_accounts"]["alpha-main"].update(portfolio="x"), ["venue_accounts.alpha-main.portfolio", "main"]),
        (lambda data: data["portfolios"]["main"].update(strategies=["nope"]), ["portfolios.main.strategies", "ema-cross"]),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_what_it_held(tmp_path: Path, change: Change, named: list[str]) -> None:
    path = written(tmp_path, change)
    with pytest.raises(SettingsInvalid) as caught:
        load_platform(path)
    for text in (str(path), *named):
        assert text in str(caught.value)


@pytest.mark.parametrize(
    ("section", "key", "field"),
    [
        (("venues", "beta"), "quote", r"venue_accounts.beta-main \(quote of beta\)"),
        (("portfolios", "main"), "currency", r"portfolios.main.currency"),
    ],
)
def test_what_a_portfolio_trades_in_needs_a_rate(
    tmp_path: Path, section: tuple[str, str], key: str, field: str
) -> None:
    def change(data: dict[str, Any]) -> None:
        data[section[0]][section[1]][key] = "EUR"

    def rated(data: dict[str, Any]) -> None:
        change(data)
        data["triangulation"]["fixed_rates"]["EUR"] = "1.1"

    with pytest.raises(SettingsInvalid, match=rf"{field}: expected a rate of EUR to USD"):
        load_platform(written(tmp_path, change))
    assert load_platform(written(tmp_path, rated)).triangulation.fixed_rates["EUR"] == Decimal("1.1")


def test_a_second_account_of_a_portfolio_at_a_venue_is_refused(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["venue_accounts"]["alpha-other"] = dict(data["venue_accounts"]["alpha-main"])

    with pytest.raises(
        SettingsInvalid, match=r"alpha-other: expected one account of portfolio main at alpha"
    ):
        load_platform(written(tmp_path, change))


def test_every_wrong_key_is_named_at_once(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["features"]["bar_ms"] = 1
        data["triangulation"]["currncy"] = "USD"

    with pytest.raises(
        SettingsInvalid, match=r"(?s)2 setting\(s\).*triangulation\.currncy.*features\.bar_ms"
    ):
        load_platform(written(tmp_path, change))


def test_an_unknown_key_is_named_without_its_value(tmp_path: Path) -> None:
    """It may be a secret that somebody put into the wrong file: errors end up in logs."""

    def change(data: dict[str, Any]) -> None:
        data["venues"]["alpha"]["api_secret"] = "never to be seen"

    with pytest.raises(SettingsInvalid, match=r"venues\.alpha\.api_secret") as caught:
        load_platform(written(tmp_path, change))
    assert "never to be seen" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("- a\n- b\n", "expected a mapping"),
        ("a: [", "is not YAML"),
        ("", "expected a mapping"),
        ("\xff", "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_mapping_is_said_to_be_none(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "platform.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsInvalid, match=named):
        load_platform(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"absent\.yaml: cannot be read: No such file"):
        load_platform(tmp_path / "absent.yaml")


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """YAML would silently take the last: of two limits nobody knows which one holds."""
    path = tmp_path / "platform.yaml"
    path.write_text(CONFIG.read_text() + "\nmode: live\n")
    with pytest.raises(SettingsInvalid, match="the key 'mode' stands twice"):
        load_platform(path)


def test_a_section_may_stand_on_another_one(tmp_path: Path) -> None:
    """YAML's merge key overrides by intention."""
    text = CONFIG.read_text().replace("portfolios:\n  main:\n", "portfolios:\n  main: &main\n")
    text = text.replace(
        "\nvenue_accounts:", "  second:\n    <<: *main\n    home_region: other\n\nvenue_accounts:"
    )
    path = tmp_path / "platform.yaml"
    path.write_text(text)
    portfolios = load_platform(path).portfolios
    assert portfolios["second"].limits == portfolios["main"].limits
    assert portfolios["second"].home_region == "other"


def test_an_unknown_variable_is_an_error_that_names_it_and_the_known_ones() -> None:
    with pytest.raises(SettingsInvalid, match=r"SEXTANT_KAFKAS.*known are .*SEXTANT_KAFKA,"):
        load_process({**REQUIRED, "SEXTANT_KAFKAS": "x:1", "OTHER": "y"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("SEXTANT_HEALTH_PORT", "70000"), ("SEXTANT_LOG_LEVEL", "LOUD"), ("SEXTANT_INSTANCE", "A b"), ("SEXTANT_DRAIN_S", "0")],
)  # fmt: skip
def test_a_wrong_variable_is_named_with_what_it_held(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_process({**REQUIRED, name: value})
    assert name.removeprefix("SEXTANT_").lower() in str(caught.value)
    assert repr(value) in str(caught.value)


def test_the_configurations_path_is_required() -> None:
    with pytest.raises(SettingsInvalid, match=r"config: Field required"):
        load_process({})


def test_only_the_given_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEXTANT_KAFKA", "elsewhere:1")
    assert load_process(REQUIRED).kafka == ""
    monkeypatch.setenv("SEXTANT_CONFIG", str(CONFIG))
    assert load_process().kafka == "elsewhere:1"


def test_faults_are_a_closed_list() -> None:
    assert load_process({**REQUIRED, "SEXTANT_FAULTS": "identity-off,"}).faults == {Fault.IDENTITY_OFF}
    assert load_process(REQUIRED).faults == frozenset()
    with pytest.raises(SettingsInvalid, match=r"faults.*identity_off"):
        load_process({**REQUIRED, "SEXTANT_FAULTS": "identity_off"})


@pytest.mark.parametrize("mode", ["paper", "live"])
def test_faults_are_refused_outside_of_simulation(mode: str) -> None:
    process = load_process({**REQUIRED, "SEXTANT_FAULTS": "identity-off"})
    platform = load_platform(CONFIG)
    check_faults(process, platform)
    other = platform.model_copy(update={"mode": Mode(mode)})
    with pytest.raises(SettingsInvalid, match=f"SEXTANT_FAULTS.*mode {mode}.*identity-off"):
        check_faults(process, other)
    check_faults(load_process(REQUIRED), other)


def test_a_dsn_is_read_from_its_file_which_wins(tmp_path: Path) -> None:
    file = tmp_path / "dsn"
    file.write_text("postgresql://file\n")
    process = load_process(
        {**REQUIRED, "SEXTANT_POSTGRES": "postgresql://variable", "SEXTANT_POSTGRES_FILE": str(file)}
    )
    assert process.postgres_dsn() == "postgresql://file"
    assert load_process({**REQUIRED, "SEXTANT_POSTGRES": "postgresql://v"}).postgres_dsn() == "postgresql://v"


def test_secrets_are_stars_wherever_settings_are_printed() -> None:
    secret = "postgresql://ledger:hunter2@db/ledger"
    process = load_process(
        {**REQUIRED, "SEXTANT_POSTGRES": secret, "SEXTANT_OTLP_ENDPOINT": "http://o:hunter2@collector:4318"}
    )
    printed = json.dumps(redacted(process, load_platform(CONFIG)))
    assert "hunter2" not in printed
    assert "collector:4318" in printed, "where it is may be read, the password may not"
    assert "hunter2" not in repr(process)


def test_what_stack_up_prints_may_be_set_for_every_service() -> None:
    lines = StackAddresses("127.0.0.1:1", "postgresql://u:p@h/x", "redis://:p@h:1/0").as_lines()
    process = load_process(REQUIRED | dict(line.split("=", 1) for line in lines))
    assert (process.kafka, process.postgres_dsn()) == ("127.0.0.1:1", "postgresql://u:p@h/x")


def test_a_wrong_secret_is_named_without_being_told() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_process({**REQUIRED, "SEXTANT_POSTGRES": "hunter2", "SEXTANT_HEALTH_PORT": "x"})
    assert "hunter2" not in str(caught.value)


def test_settings_never_change() -> None:
    platform = load_platform(CONFIG)
    with pytest.raises(ValueError, match="frozen"):
        platform.mode = "live"  # type: ignore[assignment,misc]  # what the test is about
    assert Platform.model_validate(platform.model_dump()) == platform
