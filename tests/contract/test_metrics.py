"""Names, types and labels of metrics are an interface: rules, dashboards and other people's alerts stand on them.

What is stored in `metrics.txt` beside this file is what was promised. A change of it is a conscious act: by hand, in the same commit.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORED = Path(__file__).with_name("metrics.txt")
#: Every label has a bound that configuration or a closed list sets; ids of orders, instruments and records are none of them.
BOUNDED = {
    "account": "venue accounts",
    "action": "kinds of commands",
    "asset": "configured and quote assets",
    "cause": "classes of errors that pass",
    "certificate": "certificate files of a process",
    "check": "checks of a service's health: parts, venues, partitions",
    "code": "refusal codes, and codes of gRPC",
    "connection": "connections of a venue",
    "folder": "folders of a process",
    "group": "consumer groups, one a service",
    "method": "calls of the operator API",
    "mode": "modes",
    "partition": "partitions of portfolio topics",
    "portfolio": "portfolios",
    "region": "regions",
    "replica": "replicas of a service",
    "result": "ends of an order's way",
    "scope": "everything, and each portfolio",
    "side": "buy and sell",
    "stage": "services",
    "state": "states of orders or breakers",
    "strategy": "configured strategies",
    "topic": "topics of the registry",
    "venue": "configured venues",
    "verdict": "verdicts",
}


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type, labels and meaning of every metric, service by service."""
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    for register in generate["METRICS"].values():
        for name, kind, labels, says in generate["metrics_of"](register):
            yield name.strip("`"), kind, labels.replace(" ", "") or "-", says


def catalogue() -> list[str]:
    return sorted({f"{name} {kind} {labels}" for name, kind, labels, _ in rows()})


def test_metrics_are_what_was_promised() -> None:
    stored, now = set(STORED.read_text(encoding="utf-8").splitlines()), set(catalogue())
    assert sorted(stored - now) == [], "promised, and gone"
    assert sorted(now - stored) == [], "new, and not promised"


def test_every_label_is_bounded() -> None:
    labels = {label for line in catalogue() for label in line.split()[2].split(",")} - {"-"}
    assert labels <= BOUNDED.keys()


def test_every_metric_says_what_it_is() -> None:
    for name, _, _, says in rows():
        assert len(says.split()) >= 2, f"{name} says {says!r}"


def test_one_name_means_one_thing_in_every_service() -> None:
    names: dict[str, str] = {}
    for line in catalogue():
        name, rest = line.split(" ", 1)
        assert names.setdefault(name, rest) == rest, f"{name} has two forms"
