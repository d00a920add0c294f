"""Rules and alerts are what they must be: parsed and tried by Prometheus itself, each with a service, a severity and a runbook."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sextant.demo.plan import SERVICES

ROOT = Path(__file__).resolve().parents[3]
OBSERVABILITY = ROOT / "deploy" / "observability"
RULES = sorted((OBSERVABILITY / "rules").glob("*.yml"))
CASES = sorted((OBSERVABILITY / "rule_tests").glob("*.yml"))
SERVICE_NAMES = {*SERVICES, "telemetry", "alerting"}
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on PATH")


def rules() -> Iterator[dict[str, Any]]:
    for path in RULES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as they are made of words without punctuation."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@needs_promtool
def test_prometheus_reads_every_rule() -> None:
    done = subprocess.run(["promtool", "check", "rules", *RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


@needs_promtool
def test_prometheus_reads_the_configuration_for_one_machine() -> None:
    """The one for Kubernetes is of kinds that Debian's build leaves out."""
    config = OBSERVABILITY / "prometheus.yml"
    done = subprocess.run(
        ["promtool", "check", "config", "--syntax-only", config], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout


@needs_promtool
@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem)
def test_alerts_fire_and_stay_quiet_as_their_cases_say(cases: Path) -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", cases.name],
        cwd=cases.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout


def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fires: dict[bool, set[str]] = {True: set(), False: {"Watchdog"}}
    for path in CASES:
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            for expected in case["alert_rule_test"]:
                fires[bool(expected["exp_alerts"])].add(expected["alertname"])
    names = {alert["alert"] for alert in alerts()}
    assert fires[True] == names
    assert fires[False] == names


def test_each_alert_names_its_severity_its_service_what_is_wrong_and_a_runbook_that_is_there() -> None:
    for alert in alerts():
        name, labels, annotations = alert["alert"], alert["labels"], alert["annotations"]
        assert labels["severity"] in ("critical", "warning", "none"), name
        assert labels["service"].startswith("{{ $labels.") or labels["service"] in SERVICE_NAMES, name
        assert annotations["summary"], name
        page, _, anchor = annotations["runbook_url"].partition("#")
        assert anchor == name.lower(), name
        assert anchor in anchors(ROOT / page), f"{name}: {page} has no section of this name"


def test_no_runbook_is_about_an_alert_that_is_gone() -> None:
    names = {alert["alert"].lower() for alert in alerts()}
    for page in (ROOT / "docs" / "runbooks").glob("*.md"):
        sections = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert {section.lower() for section in sections} <= names, page.name


def test_links_between_runbooks_lead_somewhere() -> None:
    folder = ROOT / "docs" / "runbooks"
    for page in folder.glob("*.md"):
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            file, _, anchor = target.partition("#")
            there = (folder / file).resolve() if file else page
            assert there.is_file(), f"{page.name}: {target}"
            assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


def test_a_critical_alert_waits_at_most_thirty_seconds_so_that_it_fires_within_a_minute() -> None:
    for alert in alerts():
        if alert["labels"]["severity"] == "critical":
            assert re.fullmatch(r"(0|5|10|15|20|30)s", alert["for"]), alert["alert"]


def test_rules_ask_only_for_metrics_that_are_promised() -> None:
    promised = {
        line.split()[0]
        for line in (ROOT / "tests" / "contract" / "metrics.txt").read_text(encoding="utf-8").splitlines()
    }
    for rule in rules():
        for name in re.findall(r"(?<![\w:])sextant_\w+(?!:)\b", rule["expr"]):
            base = re.sub(r"_(total|bucket|count|sum)$", "", name)
            assert base in promised or name in promised, f"{rule.get('alert') or rule['record']}: {name}"


def test_every_service_of_a_run_is_expected_to_give_signs_of_life() -> None:
    expected = {
        rule["labels"]["stage"] for rule in rules() if rule.get("record") == "sextant:service:expected"
    }
    assert expected == {*SERVICES, "console"}
