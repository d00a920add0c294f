"""The report of a run: what the issue's keys mean, as one value, and what makes a run a failure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Problems of one invariant that are worth telling.
_TOLD = 3
Quantiles = Mapping[str, float | None]


@dataclass(frozen=True)
class Report:
    """One run. Maps are by name; amounts are exact text. `problems` says, for each invariant, what broke it.

    `untraced` says of orders where their chain of spans ends; `unread` counts dead letters by their topic; `first_order_s` is the time
    from the start of the run, servers included, until a venue took an order; `filled_assets` are the base assets of fills; `unclean`
    names what did not stop as it should.
    """

    bus: str
    mode: str
    seconds: float
    seed: int
    venues: Mapping[str, Mapping[str, int]]
    consensus_basis: str
    fixes: int
    degraded_fixes: int
    vectors: int
    signals: int
    intents: int
    approved: int
    refused: Mapping[str, int]
    orders: Mapping[str, int]
    fills: int
    entries: int
    trial_balance: Mapping[str, str]
    venue_ledger_drift: Mapping[str, Mapping[str, str]] | None
    drift_reason: str | None
    dead_letters: int
    orders_traced_ratio: float | None
    tick_to_order_ms: Quantiles
    stage_ms: Mapping[str, Quantiles]
    rss_mb: Mapping[str, float]
    state_hash: str
    problems: Mapping[str, tuple[str, ...]]
    untraced: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, int] = field(default_factory=dict)
    first_order_s: float | None = None
    filled_assets: tuple[str, ...] = ()
    unclean: tuple[str, ...] = ()
    expects_orders: bool = True

    @property
    def invariants(self) -> dict[str, bool]:
        """Return whether each promise was kept."""
        return {name: not found for name, found in self.problems.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the report under the keys that readers know."""
        hidden = ("problems", "untraced", "unread", "expects_orders")
        return {
            **{name: value for name, value in vars(self).items() if name not in hidden},
            "invariants": self.invariants,
        }


def failures(report: Report, *, traces_are_whole: bool = True) -> list[str]:
    """Return why the run has failed, in words; empty when it went well: every invariant true, every order traced, nothing empty.

    A dead letter is a failure too: what venues send is refused at the door, so that whatever lies in a topic can be read.
    A run in which processes were killed loses the spans that they had not exported yet: its traces are not whole.
    """
    found = []
    for name, problems in report.problems.items():
        told = [f"{name}: {problem}" for problem in problems[:_TOLD]]
        more = len(problems) - len(told)
        found += told + ([f"{name}: and {more} more"] if more else [])
    if traces_are_whole and report.untraced:
        order, reason = next(iter(sorted(report.untraced.items())))
        found.append(f"orders_traced_ratio: {report.orders_traced_ratio:.3f}; {order}: {reason}")
    found += [f"dead_letters: expected none, {count} lie in {name}" for name, count in report.unread.items()]
    found += [f"{name}: did not stop cleanly at the end" for name in report.unclean]
    return found + [f"{name}: nothing was found" for name in _empty(report)]


def write_json(report: Report, path: Path) -> None:
    """Write the report; the file is whole or not there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(report.to_json(), indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def _empty(report: Report) -> list[str]:
    """Return the keys that hold nothing. A map is empty too where all that it counts is zero or a number that stands for it is missing."""
    maps: dict[str, object] = {
        "venues": report.venues and all(venue["events"] for venue in report.venues.values()),
        "fixes": report.fixes,
        "vectors": report.vectors,
        "trial_balance": report.trial_balance,
        "rss_mb": report.rss_mb,
    }
    if report.drift_reason is None:
        maps["venue_ledger_drift"] = report.venue_ledger_drift
    if report.expects_orders:
        maps["signals"], maps["intents"] = report.signals, report.intents
        maps["orders"] = sum(report.orders.values())
        maps["orders_traced_ratio"] = report.orders_traced_ratio is not None
        maps["tick_to_order_ms"] = report.tick_to_order_ms["p50"] is not None
        maps["stage_ms"] = report.stage_ms
    return [name for name, value in maps.items() if not value]
