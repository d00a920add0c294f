"""The compose file: every part is there, names only what exists, and sees only what is for it."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sextant.demo.plan import SERVICES, SHIPPED_CONFIG
from sextant.demo.prepare import main, prepare
from sextant.runtime.settings import load_platform, load_process

FILE = Path(__file__).resolve().parents[3] / "deploy" / "docker" / "compose.yaml"
SERVERS = ("kafka", "postgres", "valkey")
#: What a service of the compose specification may say, as far as this file needs it.
KEYS = {
    *("image", "build", "user", "read_only", "tmpfs", "cap_drop", "cap_add", "security_opt", "restart", "stop_grace_period"),
    *("command", "environment", "ports", "volumes", "depends_on", "healthcheck"),
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def parts(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def mounts(part: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Return where each volume lies, and whether it may only be read."""
    split = [text.split(":") for text in part.get("volumes", [])]
    return {name: (place, options == ["ro"]) for name, place, *options in split}


def test_nothing_is_said_that_the_specification_does_not_know(
    compose: dict[str, Any], parts: dict[str, dict[str, Any]]
) -> None:
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "volumes"}
    for name, part in parts.items():
        assert set(part) <= KEYS, name
        assert set(part.get("healthcheck", {})) <= HEALTH_KEYS, name
        for needed, how in part.get("depends_on", {}).items():
            assert needed in parts, name
            assert how["condition"] in CONDITIONS, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in parts[needed], f"{name} waits for the health of {needed}"
        for volume, (place, _) in mounts(part).items():
            assert volume in compose["volumes"], name
            assert place.startswith("/"), name


def test_every_service_runs_as_its_own_module(parts: dict[str, dict[str, Any]]) -> None:
    for name in (*SERVICES, "console"):
        assert parts[name]["command"][:3] == ["python", "-m", f"services.{name}"]
    venues = load_platform(SHIPPED_CONFIG).venues
    assert set(parts) == {*SERVICES, "console", *SERVERS, *venues, "prepare", "setup"}


def test_services_are_told_only_what_they_know(parts: dict[str, dict[str, Any]]) -> None:
    for name in (*SERVICES, "console"):
        own = parts[name]["environment"]
        process = load_process(own)
        assert (process.config, process.kafka) == (Path(own["SEXTANT_CONFIG"]), own["SEXTANT_KAFKA"])
        for place in parts[name]["environment"].values():
            if place.startswith(("/prepared", "/data")):
                folders = [folder for folder, _ in mounts(parts[name]).values()]
                assert any(place.startswith(folder) for folder in folders), f"{name}: {place} is not mounted"


def test_secrets_are_seen_by_those_who_need_them(parts: dict[str, dict[str, Any]]) -> None:
    seen = {
        volume: {name for name, part in parts.items() if volume in mounts(part)} - {"prepare"}
        for volume in ("venue-keys", "database", "operator", "venues")
    }
    assert seen["venue-keys"] == {"execution"}
    assert seen["database"] == {"postgres", "setup", "execution", "ledger"}
    assert seen["operator"] == {"breaker", "risk", "execution", "ledger", "console"}
    assert seen["venues"] == set(load_platform(SHIPPED_CONFIG).venues)
    for name, part in parts.items():
        for volume, (_, is_read_only) in mounts(part).items():
            if name != "prepare" and volume in ("config", *seen):
                assert is_read_only, f"{name} may write {volume}"


def test_everything_runs_without_rights_on_a_root_that_is_only_read(parts: dict[str, dict[str, Any]]) -> None:
    for name, part in parts.items():
        assert part["read_only"] is True
        assert part["cap_drop"] == ["ALL"]
        assert (part["user"] == "10001:10001") != (name == "prepare")


def test_operators_reach_console_and_door_at_ports_that_are_known(parts: dict[str, dict[str, Any]]) -> None:
    console, execution = parts["console"]["environment"], parts["execution"]["environment"]
    ports = {name: parts[name]["environment"]["SEXTANT_OPERATOR_PORT"] for name in ("console", "execution")}
    assert all(int(port) for port in ports.values()), "0 takes a free one"
    assert console["SEXTANT_OPERATOR_HOST"] == execution["SEXTANT_OPERATOR_HOST"] == "0.0.0.0"
    assert console["SEXTANT_DOOR"] == f"execution:{ports['execution']}"
    assert console["SEXTANT_OPERATOR"] == f"127.0.0.1:{ports['console']}"
    assert "--api=" in parts["console"]["command"], "else it shows the console that SEXTANT_OPERATOR names"
    for name, port in ports.items():
        assert parts[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_what_is_published_is_for_this_machine_alone(parts: dict[str, dict[str, Any]]) -> None:
    published = {name: part["ports"] for name, part in parts.items() if "ports" in part}
    assert set(published) == {"console", "execution"}
    for name, ports in published.items():
        assert all(port.startswith("127.0.0.1:") for port in ports), name


def test_what_is_prepared_is_private_whole_and_written_once(tmp_path: Path) -> None:
    keys_at = Path("/prepared/venue-keys")
    arguments: dict[str, Any] = {"venue_port": 8080, "database": "postgres:5432", "keys_at": keys_at}
    assert prepare(tmp_path, config=SHIPPED_CONFIG, **arguments)
    platform = load_platform(tmp_path / "config" / "sextant.yaml")
    assert str(platform.venues["alpha"].rest_url).rstrip("/") == "http://alpha:8080"
    for account, terms in platform.venue_accounts.items():
        assert terms.key_file == str(keys_at / f"{account}.json")
        own = json.loads((tmp_path / "venue-keys" / f"{account}.json").read_text())
        known = json.loads((tmp_path / "venues" / f"{terms.venue}.keys.json").read_text())
        assert {**own, "account": account} in known
        assert account in json.loads((tmp_path / "venues" / f"{terms.venue}.accounts.json").read_text())
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.parent.name != "config":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    password = (tmp_path / "database" / "password").read_text()
    assert password in (tmp_path / "database" / "dsn").read_text()
    assert not prepare(tmp_path, config=SHIPPED_CONFIG, **arguments)
    assert (tmp_path / "database" / "password").read_text() == password


def test_a_configuration_that_cannot_be_used_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--folder", str(tmp_path), "--config", str(tmp_path / "gone.yaml")]) == 1
    assert "gone.yaml" in capsys.readouterr().err


def test_docker_takes_the_file() -> None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], check=False).returncode
    ):
        pytest.skip("docker compose is not installed")
    done = subprocess.run(["docker", "compose", "--file", str(FILE), "config", "--quiet"], check=False)
    assert done.returncode == 0
