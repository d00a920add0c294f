"""Health: live means that the loop turns, ready that everything the service needs is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sextant.core.time import SECOND, Clock

#: A loop that has not turned for this long is dead.
STUCK_NS: Final = 30 * SECOND


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be well."""

    is_ok: bool
    detail: str


class Health:
    """What a service says about itself. Names are paths: "kafka", "database", "redis", "websocket/alpha", "state/partition-3"."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._checks: dict[str, Check] = {}
        self._beat_ns = clock.monotonic_ns()

    def beat(self) -> None:
        """The loop turned."""
        self._beat_ns = self._clock.monotonic_ns()

    def set(self, check: str, ok: bool, detail: str = "") -> None:
        """State one check anew."""
        self._checks[check] = Check(ok, detail)

    def clear(self, check: str) -> None:
        """This check no longer applies."""
        self._checks.pop(check, None)

    @property
    def beat_age_ns(self) -> int:
        """How long ago the loop turned."""
        return self._clock.monotonic_ns() - self._beat_ns

    @property
    def is_live(self) -> bool:
        return self.beat_age_ns < STUCK_NS

    def checks(self) -> list[tuple[str, bool]]:
        """Return each check and whether it holds, by name."""
        return [(name, check.is_ok) for name, check in sorted(self._checks.items())]

    @property
    def is_ready(self) -> bool:
        return self.is_live and bool(self._checks) and all(check.is_ok for check in self._checks.values())

    def report(self, family: str = "") -> tuple[bool, dict[str, Any]]:
        """Return (all well, details) of the checks under `family`; of everything when empty."""
        chosen = {
            name: check
            for name, check in sorted(self._checks.items())
            if not family or name == family or name.startswith(f"{family}/")
        }
        well = self.is_ready if not family else all(check.is_ok for check in chosen.values())
        details = {name: {"ok": check.is_ok, "detail": check.detail} for name, check in chosen.items()}
        status = ("ok" if well else "failing") if chosen or not family else "not used by this service"
        return well, {"status": status, "live": self.is_live, "ready": self.is_ready, "checks": details}
