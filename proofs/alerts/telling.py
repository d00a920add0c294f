"""What a proof of alerts has found, and why it has failed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from proofs.alerts.rules import Promise


@dataclass(frozen=True, slots=True)
class Fired:
    """One alert after its cause: when it fired and when the webhook heard of it, s after the fault; None where that did not happen.

    `is_held_back`: another alert of the same cause says enough, so the webhook is not told.
    """

    cause: str
    promise: Promise
    fired_s: float | None
    told_s: float | None
    is_held_back: bool = False

    @property
    def is_kept(self) -> bool:
        return self.fired_s is not None and self.fired_s <= self.promise.within_s


@dataclass(slots=True)
class Outcome:
    """`clean_s` seconds passed without a fault; `noise` is what fired in them. `empty` are panels without data."""

    clean_s: float
    #: Of the machine when the clean time ended, processes that want a core: far above its cores nothing is in time.
    load: float = 0.0
    noise: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    fired: list[Fired] = field(default_factory=list)
    panels: int = 0
    empty: list[str] = field(default_factory=list)
    exemplars: int = 0
    unresolved: list[str] = field(default_factory=list)
    not_dealt: Mapping[str, str] = field(default_factory=dict)

    def failures(self) -> list[str]:
        """Return why the proof has failed; empty when it holds."""
        found = [f"fired without a cause: {name} {labels}" for name, labels in self.noise.items()]
        for each in self.fired:
            if not each.is_kept:
                when = "did not fire" if each.fired_s is None else f"fired after {each.fired_s:.1f} s"
                found.append(
                    f"{each.promise.alert}: {when}, promised within {each.promise.within_s:g} s of: {each.cause}"
                )
        told = {each.promise.alert for each in self.fired if each.told_s is not None}
        found += [
            f"{each.promise.alert}: fired, and the webhook was not told"
            for each in self.fired
            if each.is_kept and not each.is_held_back and each.promise.alert not in told
        ]
        found += [
            f"{each.promise.alert}: the webhook was told, although another alert of the same cause holds it back"
            for each in self.fired
            if each.is_held_back and each.told_s is not None
        ]
        found += [f"panel without data: {each}" for each in self.empty]
        if not self.exemplars:
            found.append("exemplars: expected traces of orders on the latency of execution, was none")
        found += [f"exemplar without a trace: {each}" for each in self.unresolved]
        return found

    def lines(self) -> Iterator[str]:
        """Yield what is shown."""
        yield f"{self.clean_s:.0f} clean seconds: {len(self.noise)} alerts fired; load {self.load:.1f} on {os.cpu_count()} cores"
        yield f"{self.panels} queries of dashboards, {len(self.empty)} without data; {self.exemplars} exemplars, {len(self.unresolved)} without a trace"
        for each in self.fired:
            fired = "-" if each.fired_s is None else f"{each.fired_s:5.1f} s"
            told = "-" if each.told_s is None else f"{each.told_s:5.1f} s"
            yield f"  {each.promise.alert:<22} {each.promise.severity:<8} fired {fired:>8} of {each.promise.within_s:3.0f}, told {told:>8}   {each.cause}"
        yield f"not dealt, {len(self.not_dealt)}:"
        for name, why in sorted(self.not_dealt.items()):
            yield f"  {name:<26} {why}"

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        return {**asdict(self), "failures": self.failures()}
