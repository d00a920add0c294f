"""`sextant doctor`: each thing that is wrong is named with what to do about it, and the exit code tells failures from warnings."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from sextant.bus.kafka.admin import topic_settings
from sextant.bus.kafka.inspecting import ClusterState, TopicState, release_of
from sextant.bus.layout import registry_layouts
from sextant.cli.doctoring import machine
from sextant.cli.doctoring.clock import Kept, clock
from sextant.cli.doctoring.files import private, secrets
from sextant.cli.doctoring.findings import Finding, Grade
from sextant.cli.doctoring.log import broker, topics
from sextant.cli.doctoring.settings import configuration, environment
from sextant.cli.main import main
from sextant.demo.plan import SHIPPED_CONFIG
from sextant.runtime.migrations import service_migrations
from sextant.runtime.settings import Platform


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("SEXTANT_STACK_ROOT", "SEXTANT_KAFKA", "SEXTANT_POSTGRES", "SEXTANT_POSTGRES_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def cluster(change: Mapping[str, TopicState | None] | None = None, brokers: int = 1) -> ClusterState:
    """Return a cluster whose topics are the registry's but for the changed ones."""
    there: dict[str, TopicState] = {
        layout.name: TopicState(layout.partitions, 1, 0, 0, topic_settings(layout, 1))
        for layout in registry_layouts()
    }
    for name, state in (change or {}).items():
        there.pop(name, None)
        if state is not None:
            there[name] = state
    return ClusterState("abc", [f"127.0.0.1:{port}" for port in range(9_092, 9_092 + brokers)], "4.1", there)


def state(name: str) -> TopicState:
    return cluster().topics[name]


def test_topics_as_the_registry_says_are_well() -> None:
    assert [finding.grade for finding in topics(cluster())] == [Grade.OK]


RISK = "risk.decisions.v1"


@pytest.mark.parametrize(
    ("change", "grade", "says", "remedy"),
    [
        ({RISK: None}, Grade.FAIL, f"missing: {RISK}", "sextant topics create"),
        (
            {RISK: replace(state(RISK), partitions=6)},
            Grade.FAIL,
            f"{RISK}: 6 partitions instead of 12",
            "archive the topic",
        ),
        (
            {RISK: replace(state(RISK), configs={**state(RISK).configs, "retention.ms": "1000"})},
            Grade.WARN,
            "retention.ms is 1000 instead of 2592000000",
            f"--topic {RISK} --add-config retention.ms=2592000000",
        ),
        (
            {"risk.breakers.v1": replace(state("risk.breakers.v1"), configs={})},
            Grade.WARN,
            "cleanup.policy is None instead of compact",
            "kafka-configs.sh",
        ),
        ({RISK: replace(state(RISK), unled=1)}, Grade.FAIL, "without a leader", "start the brokers"),
        ({RISK: replace(state(RISK), thin=1)}, Grade.WARN, "fewer copies in step", "logs"),
        ({"risk.decisions.v0": state(RISK)}, Grade.WARN, "not in the registry: risk.decisions.v0", "delete"),
    ],
)
def test_each_drift_of_a_topic_is_named(
    change: dict[str, TopicState | None], grade: Grade, says: str, remedy: str
) -> None:
    (finding,) = topics(cluster(change))
    assert finding.grade is grade
    assert says in finding.says
    assert remedy in finding.remedy


def test_topics_of_others_are_none_of_our_business() -> None:
    assert [finding.grade for finding in topics(cluster({"orders": state(RISK)}))] == [Grade.OK]


def test_single_copies_are_a_danger_where_there_are_brokers_for_more() -> None:
    (finding,) = topics(cluster(brokers=3))
    assert (finding.grade, "and" in finding.says) == (Grade.WARN, True)


def test_an_empty_log_asks_for_its_topics() -> None:
    (finding,) = topics(ClusterState("abc", ["127.0.0.1:9092"], "4.1", {}))
    assert (finding.grade, finding.remedy) == (Grade.WARN, "sextant topics create")


@pytest.mark.parametrize(
    ("oldest", "newest", "release"),
    [(4, 18, "4.1"), (4, 17, "4.0"), (0, 17, "3.9"), (0, 16, "3.7"), (0, 3, "")],
)
def test_a_release_is_known_by_its_fetch(oldest: int, newest: int, release: str) -> None:
    assert release_of(oldest, newest) == release


def test_an_old_broker_is_to_be_upgraded() -> None:
    assert broker(cluster()).grade is Grade.OK
    assert broker(replace(cluster(), release="3.7")).grade is Grade.WARN


@pytest.mark.parametrize(
    ("kept", "grade"),
    [
        (None, Grade.WARN),
        (Kept(False, 0.0, 0.0), Grade.WARN),
        (Kept(True, 0.2, 12.0), Grade.OK),
        (Kept(True, -250.0, 300.0), Grade.WARN),
    ],
)
def test_a_clock_that_nobody_keeps_is_told(kept: Kept | None, grade: Grade) -> None:
    assert clock(lambda: kept).grade is grade


def test_this_machines_own_clock_can_be_asked() -> None:
    assert clock().name == "clock"


def secret(folder: Path, mode: int, text: str = "0123456789abcdef0123456789abcdef") -> Path:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(("mode", "grade"), [(0o600, Grade.OK), (0o400, Grade.OK), (0o640, Grade.FAIL)])
def test_a_secret_is_for_its_owner_alone(folder: Path, mode: int, grade: Grade) -> None:
    assert private("secret", secret(folder, mode)).grade is grade


@pytest.mark.parametrize(
    ("mode", "is_ours", "can_write", "grade"),
    [
        (0o440, True, False, Grade.OK),
        (0o640, True, False, Grade.OK),  # on a mount that is only read
        (0o640, True, True, Grade.FAIL),
        (0o440, False, False, Grade.FAIL),
        (0o460, True, False, Grade.FAIL),
        (0o444, True, False, Grade.FAIL),
    ],
)
def test_a_pod_reads_a_secret_by_its_group_and_cannot_change_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mode: int, is_ours: bool, can_write: bool, grade: Grade
) -> None:
    path = secret(folder, mode)
    group = path.stat().st_gid
    monkeypatch.setattr(os, "getegid", lambda: group + 1)
    monkeypatch.setattr(os, "getgroups", lambda: [group] if is_ours else [])
    monkeypatch.setattr(os, "access", lambda place, how: can_write)
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    assert private("secret", path).grade is grade


def test_a_secret_that_is_missing_or_a_folder_is_no_secret(folder: Path) -> None:
    assert private("secret", folder / "gone").grade is Grade.FAIL
    assert private("secret", folder).grade is Grade.FAIL


def test_keys_of_a_venue_are_missing_wherever_execution_is_not(folder: Path) -> None:
    accounts = {
        "gone": SimpleNamespace(key_file=str(folder / "not" / "there")),
        "open": SimpleNamespace(key_file=str(secret(folder, 0o644))),
    }
    platform = cast("Platform", SimpleNamespace(venue_accounts=accounts))
    _, gone, seen = secrets({}, platform)
    assert (gone.name, gone.grade) == ("keys of gone", Grade.WARN)
    assert "only execution needs it" in gone.says
    assert (seen.name, seen.grade) == ("keys of open", Grade.FAIL)


def test_a_short_operators_secret_is_refused(folder: Path) -> None:
    path = secret(folder, 0o600, "short")
    (finding,) = secrets({"SEXTANT_OPERATOR_TOKEN_FILE": str(path)}, None)
    assert (finding.grade, "16 bytes" in finding.remedy) == (Grade.FAIL, True)


def test_a_wrong_configuration_and_a_wrong_variable_are_named(folder: Path) -> None:
    finding, platform = configuration(folder / "gone.yaml")
    assert (finding.grade, platform) == (Grade.FAIL, None)
    assert configuration(SHIPPED_CONFIG)[0].grade is Grade.OK
    assert "SEXTANT_BOGUS" in environment({"SEXTANT_BOGUS": "1"}, SHIPPED_CONFIG).says
    assert environment({"SEXTANT_FAULTS": "identity-off"}, SHIPPED_CONFIG).grade is Grade.WARN


def test_a_fixed_port_that_is_taken_is_told() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        port = listener.getsockname()[1]
        found = list(machine.ports({"SEXTANT_HEALTH_PORT": str(port)}))
    assert [(finding.name, finding.grade) for finding in found] == [
        ("ports", Grade.OK),
        (f"port {port}", Grade.WARN),
    ]


@pytest.mark.parametrize(("free_mb", "grade"), [(500, Grade.FAIL), (2_000, Grade.WARN), (50_000, Grade.OK)])
def test_a_disk_that_fills_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, grade: Grade
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=free_mb * 2**20))
    assert machine.disk(folder / "not" / "there").grade is grade


def test_services_with_a_schema_are_found_by_their_migrations() -> None:
    assert set(service_migrations()) == {"execution", "ledger"}


def test_it_works_with_nothing_running(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", str(SHIPPED_CONFIG)]) == 0
    out = capsys.readouterr().out
    assert "warn  kafka" in out
    assert "warn  postgres" in out
    assert "-> sextant stack up" in out


def test_a_failure_is_an_exit_code_and_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", "gone.yaml", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    wrong = [finding for finding in told["findings"] if finding["grade"] == "fail"]
    assert [finding["name"] for finding in wrong] == ["configuration"]
    assert all(finding["remedy"] for finding in wrong)
    assert told["counts"]["fail"] == 1


def test_every_finding_that_is_not_well_has_a_remedy() -> None:
    for finding in [*machine.parts(), machine.python(), machine.system(), *topics(cluster({RISK: None}))]:
        assert isinstance(finding, Finding)
        assert finding.grade is Grade.OK or finding.remedy
