"""The outcome of a proof by kills: as lines for people, as JSON for machines, and what makes it a failure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from proofs.faults.aftermath import Aftermath
from proofs.faults.control import Control
from proofs.faults.striker import Struck
from proofs.faults.takeover import Takeover
from sextant.demo.plan import SERVICES
from sextant.demo.report import Report, failures


@dataclass(frozen=True)
class ControlRun:
    """A whole run without the identity check: what the checker found, and of that what was doubled, by name."""

    findings: Sequence[str]
    doubled: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Outcome:
    """One proof. `control_run` is None where none was made."""

    seed: int
    wanted: int
    struck: Sequence[Struck]
    takeovers: Sequence[Takeover]
    gave_up: Sequence[str]
    aimed: int
    report: Report
    aftermath: Aftermath
    control: Control
    control_run: ControlRun | None = None
    mid_step: int = 0

    def failures(self) -> list[str]:
        """Return why the proof has failed; empty when it holds."""
        found = failures(self.report)
        found += self.aftermath.problems
        found += [f"doubled on {topic}: {what[0]}" for topic, what in self.aftermath.doubled.items()]
        if len(self.struck) < self.wanted:
            found.append(f"faults: {len(self.struck)} of {self.wanted} were dealt")
        found += self._hit_nothing()
        if not self.control.has_failed:
            control = self.control
            found.append(
                f"control: {control.changed} outputs changed with the identity check (expected 0), "
                f"{control.trades} trades were counted twice without (expected more)"
            )
        if self.control_run is not None and not self.control_run.doubled:
            found.append("control: a whole run without the identity check doubled nothing")
        return found

    def _hit_nothing(self) -> Iterator[str]:
        """Yield what the faults were dealt for and did not meet: without it a whole run proves nothing."""
        if not self.aimed:
            yield "aimed: expected a fault while an order was on its way, was none"
        if any(each.target in SERVICES for each in self.struck) and not sum(
            self.aftermath.redelivered.values()
        ):
            yield "redelivered: expected records that were said again after a kill, was none"
        if not all(takeover.has_rejoined for takeover in self.takeovers):
            yield "takeover: the woken owner did not find out that it is no member"

    def lines(self) -> Iterator[str]:
        """Yield what is shown."""
        report, control = self.report, self.control
        yield f"seed {self.seed}, {len(self.struck)} of {self.wanted} faults"
        for each in self.struck:
            yield f"  {each.at_s:6.1f} s  {each.target:<14} down {each.pause_s:4.1f} s, ready again after {each.recovery_s:5.1f} s"
        for name, times in sorted(_by_target(self.struck).items()):
            yield f"  {name:<14} {len(times):3} times, recovery p50 {statistics.median(times):5.1f} s, longest {max(times):5.1f} s"
        yield f"waves that began with an order on its way: {self.aimed}"
        refused = sum(each.refusals for each in self.takeovers)
        rejoined = sum(each.has_rejoined for each in self.takeovers)
        yield (
            f"takeovers {len(self.takeovers)}, writes refused to the old owner {refused}, became a member anew {rejoined}, "
            f"writers seen {self.aftermath.writer_epochs}"
        )
        yield f"kills between acknowledgement and commit: {self.mid_step}"
        yield f"orders that one writer began and another ended {self.aftermath.handed_over}, of unknown outcome {self.aftermath.unknown}"
        yield f"gave up while the broker was away: {', '.join(self.gave_up) or 'none'}"
        yield f"redelivered records {_counts(self.aftermath.redelivered)}"
        yield f"intents {report.intents}, approved {report.approved}, refused {_counts(report.refused)}"
        yield f"orders {_counts(report.orders)}, fills {report.fills}, entries {report.entries}"
        yield f"traced {report.orders_traced_ratio}, degraded fixes {report.degraded_fixes} of {report.fixes}"
        yield "invariants " + ", ".join(
            f"{name}={'true' if kept else 'FALSE'}" for name, kept in report.invariants.items()
        )
        yield (
            f"control: {control.redelivered} redeliveries among {control.records} records change {control.changed} outputs with the "
            f"identity check and {control.differing} without: {control.candles} candles count {control.trades} trades twice"
        )
        if self.control_run is not None:
            yield f"control run without the identity check: {len(self.control_run.findings)} findings"
            yield from (f"  {each}" for each in self.control_run.findings[:5])
            for topic, doubled in self.control_run.doubled.items():
                yield f"  doubled on {topic}: {len(doubled)}, such as {doubled[0]}"

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        return {
            "seed": self.seed,
            "wanted": self.wanted,
            "faults": [{**asdict(each), "recovery_s": each.recovery_s} for each in self.struck],
            "kills": dict(Counter(each.target for each in self.struck)),
            "takeovers": len(self.takeovers),
            "refusals": sum(each.refusals for each in self.takeovers),
            "rejoined": sum(each.has_rejoined for each in self.takeovers),
            "aimed": self.aimed,
            "mid_step": self.mid_step,
            "gave_up": list(self.gave_up),
            "handed_over": self.aftermath.handed_over,
            "unknown": self.aftermath.unknown,
            "redelivered": self.aftermath.redelivered,
            "control": asdict(self.control),
            "control_run": self.control_run and asdict(self.control_run),
            "failures": self.failures(),
            "report": self.report.to_json(),
        }


def doubled_in(outcome: Outcome) -> dict[str, Sequence[str]]:
    """Return what a run has doubled, by name: what the checker found on the way of orders, and what the log says topic by topic."""
    orders = outcome.report.problems["no_order_doubled"]
    return ({"orders": orders} if orders else {}) | dict(outcome.aftermath.doubled)


def _by_target(struck: Sequence[Struck]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for each in struck:
        found.setdefault(each.target, []).append(each.recovery_s)
    return found


def _counts(counts: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count) or "none"
