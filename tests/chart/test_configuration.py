"""The platform's YAML of a release is one that services take, and says what the shipped one says but for addresses and keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from deploy.chart.paths import PLATFORM
from sextant.runtime.settings import Platform, load_platform
from simulator.settings import read_accounts, read_keys
from tests.chart.conftest import CASES, Document, of_kind

Manifests = Callable[..., list[Document]]


def _platform(documents: list[Document], folder: Path) -> Platform:
    (config,) = [
        document
        for document in of_kind(documents, "ConfigMap")
        if document["metadata"]["name"].endswith("-config")
    ]
    file = folder / "sextant.yaml"
    file.write_text(config["data"]["sextant.yaml"])
    return load_platform(file)


@pytest.mark.parametrize("case", CASES)
def test_services_take_the_configuration_of_every_case(
    manifests: Manifests, case: str, tmp_path: Path
) -> None:
    assert _platform(manifests(case), tmp_path).venues


def test_bundled_configuration_is_the_shipped_one_at_other_addresses(
    manifests: Manifests, tmp_path: Path
) -> None:
    shipped, rendered = load_platform(PLATFORM), _platform(manifests("bundled"), tmp_path)
    for name, venue in rendered.venues.items():
        address = f"sextant-venue-{name}.sextant.svc:8080"
        assert (venue.rest_url, venue.stream_url) == (f"http://{address}", f"ws://{address}")
        assert venue.trade_url == f"ws://{address}/ws-api/v3"
    for name, account in rendered.venue_accounts.items():
        assert account.key_file == f"/etc/sextant/venue-keys/{name}.json"
    same = {"venues": shipped.venues, "venue_accounts": shipped.venue_accounts}
    assert rendered.model_copy(update=same) == shipped
    without = {
        name: account.model_copy(update={"key_file": ""}) for name, account in rendered.venue_accounts.items()
    }
    assert without == shipped.venue_accounts


def test_simulated_venues_read_what_they_are_given(manifests: Manifests, tmp_path: Path) -> None:
    documents = manifests("bundled")
    platform = _platform(documents, tmp_path)
    (accounts,) = [
        config["data"]
        for config in of_kind(documents, "ConfigMap")
        if config["metadata"]["name"] == "sextant-accounts"
    ]
    secrets = {secret["metadata"]["name"]: secret["stringData"] for secret in of_kind(documents, "Secret")}
    for venue in platform.venues:
        file, keys = tmp_path / f"{venue}.json", tmp_path / f"{venue}-keys.json"
        file.write_text(accounts[f"{venue}.json"])
        keys.write_text(secrets[f"sextant-venue-{venue}"]["keys.json"])
        (entry,) = read_accounts(file).values()
        assert entry.balances == {"USDT": Decimal(100_000)}
        assert entry.taker_fee == Decimal("0.001")
        assert read_keys(keys).accounts() == [f"{venue}-main"]
        assert json.loads(keys.read_text())


def test_overrides_change_one_key_and_sections_replace_a_whole(manifests: Manifests, tmp_path: Path) -> None:
    changed = _platform(
        manifests("bundled", "--set-string", "config.overrides.portfolios.main.limits.unit_notional=250"),
        tmp_path,
    )
    limits = changed.portfolios["main"].limits
    assert limits.unit_notional == Decimal(250)
    assert (
        limits.maximum_order_notional
        == load_platform(PLATFORM).portfolios["main"].limits.maximum_order_notional
    )
    assert set(_platform(manifests("external"), tmp_path).venues) == {"spot", "usdm", "coinm"}
