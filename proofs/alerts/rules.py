"""What the shipped alerts promise: how severe each is, how long it waits, and so how soon it must fire after its cause."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

FOLDER: Final = Path(__file__).resolve().parents[2] / "deploy" / "observability" / "rules"
#: Beside its own `for`: scrape, evaluation, and what the fault itself takes to show, s.
_ROOM_S: Final = 30.0
_CRITICAL_S: Final = 60.0
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Promise:
    """One alert; `waits_s` is its `for`."""

    alert: str
    severity: str
    waits_s: float

    @property
    def is_critical(self) -> bool:
        return self.severity == "critical"

    @property
    def within_s(self) -> float:
        """How long after its cause it fires at the latest."""
        within = self.waits_s + _ROOM_S
        return min(within, _CRITICAL_S) if self.is_critical else within


def promises() -> dict[str, Promise]:
    """Return every shipped alert by name, the watchdog left out: nothing causes it."""
    found = {}
    for path in sorted(FOLDER.glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                if "alert" in rule and rule["labels"]["severity"] != "none":
                    name, waits = rule["alert"], rule["for"]
                    seconds = float(waits[:-1]) * _UNITS[waits[-1]]
                    found[name] = Promise(name, rule["labels"]["severity"], seconds)
    return found
