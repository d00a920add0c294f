"""What a run is asked to do, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: The shipped configuration: the same file for demo, paper and deployment.
SHIPPED_CONFIG: Final = Path(__file__).resolve().parents[2] / "config" / "sextant.yaml"

#: Services in the order in which data flows; they stop in this order too.
SERVICES: Final = (
    *("ingest", "triangulation", "features", "strategies", "ensemble", "breaker"),
    *("risk", "execution", "ledger", "archive"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: on simulated venues, on a recording, or (`is_public`) on the real venues' public data with paper orders."""

    folder: Path
    seconds: float = 60.0
    seed: int = 7
    recording: Path | None = None
    speed: float = 1.0
    config: Path = SHIPPED_CONFIG
    is_public: bool = False
    quiet_market: bool = False
    keep: bool = False
    assets: tuple[str, ...] = ()
    brokers: int = 1
    faults: frozenset[str] = frozenset()
    session_timeout_ms: int = 6_000
    #: Where services send their spans, an OTLP/HTTP endpoint; empty: into files of the run.
    otlp_endpoint: str = ""

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def run_config(self) -> Path:
        return self.folder / "sextant.yaml"

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def traces(self, service: str) -> Path:
        """Return the OTLP file of one service; never one that another process writes."""
        return self.folder / "traces" / f"{service}.jsonl"

    def ports(self, name: str) -> Path:
        return self.folder / "ports" / f"{name}.json"

    def keys(self, account: str) -> Path:
        return self.folder / "keys" / f"{account}.json"
