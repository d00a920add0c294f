"""Which venues are traded at, and what live trading needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from services.execution.adapters.venues import make_accounts, read_credentials
from services.execution.needs import LIVE_SWITCH, check, check_accounts
from sextant.core.errors import SettingsInvalid
from sextant.core.time import SettableClock
from sextant.runtime.settings import Platform, Process
from sextant.venues.binance.orders import BinanceSpotOrders
from sextant.venues.paper.venue import PaperVenue
from tests.support.resources import CONFIG, shipped_platform


def process(**values: Any) -> Process:
    return Process.model_validate({"config": CONFIG, **values})


def platform(mode: str, key_file: str = "") -> Platform:
    data = shipped_platform().model_dump(mode="json")
    data["mode"] = mode
    for account in data["venue_accounts"].values():
        account["key_file"] = key_file
    return Platform.model_validate(data)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"api_key": "visible", "secret": "hidden"}))
    path.chmod(0o600)
    return path


def accounts(chosen: Platform, settings: Process, log: Any = None) -> dict[str, Any]:
    return dict(
        make_accounts(chosen, settings, SettableClock(5), lambda venue: 3, log or structlog.get_logger())
    )


def test_live_trading_must_be_asked_for_twice(keys: Path) -> None:
    live = platform("live", str(keys))
    with pytest.raises(
        SettingsInvalid, match=r"SEXTANT_LIVE_SWITCH: expected 'i-accept-real-orders'.* was ''"
    ):
        check_accounts(process(), live)
    with pytest.raises(SettingsInvalid, match=r"mode: expected 'live' .* was 'sim'"):
        check_accounts(process(live_switch=LIVE_SWITCH), platform("sim", str(keys)))
    made = accounts(platform("live", str(keys)), process(live_switch=LIVE_SWITCH))
    assert isinstance(made["alpha-main"].venue, BinanceSpotOrders)


def test_paper_needs_no_keys_and_its_clock_is_the_markets() -> None:
    made = accounts(platform("paper"), process())
    assert isinstance(made["alpha-main"].venue, PaperVenue)
    assert made["alpha-main"].venue_ns() == 0


def test_simulated_venues_need_keys_and_their_clock_is_corrected(keys: Path) -> None:
    with pytest.raises(SettingsInvalid, match="key_file"):
        accounts(platform("sim"), process())
    assert accounts(platform("sim", str(keys)), process())["beta-main"].venue_ns() == 8


def test_a_portfolio_is_traded_in_its_home_region_only(keys: Path) -> None:
    expected = r"portfolios\.main\.home_region: expected 'tokyo'.*SEXTANT_REGION.* was 'local'"
    for mode in ("sim", "paper"):
        with pytest.raises(SettingsInvalid, match=expected):
            check_accounts(process(region="tokyo"), platform(mode, str(keys)))


def test_execution_needs_a_database_before_it_looks_at_accounts(keys: Path) -> None:
    with pytest.raises(SettingsInvalid, match="SEXTANT_POSTGRES or SEXTANT_POSTGRES_FILE: expected a DSN"):
        check(process(), platform("sim", str(keys)))
    check(process(postgres="postgresql://somewhere/x"), platform("sim", str(keys)))


def test_a_key_file_that_others_can_read_is_warned_of_and_never_shown(keys: Path) -> None:
    capture = LogCapture()
    log = structlog.wrap_logger(structlog.PrintLogger(), processors=[capture])
    keys.chmod(0o644)
    credentials = read_credentials(keys, log)
    assert credentials.secret == "hidden"
    [warning] = capture.entries
    assert warning["event"] == "key file is readable by others"
    assert "hidden" not in str(capture.entries) + repr(credentials)


@pytest.mark.parametrize(
    "content", ["{}", "not json: hidden", '{"api_key": "hidden"}', '{"api_key": "", "secret": "hidden"}']
)
def test_a_broken_key_file_is_named_without_its_content(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(content)
    with pytest.raises(SettingsInvalid, match=r"broken\.json") as error:
        read_credentials(path, structlog.get_logger())
    assert "hidden" not in str(error.value)
