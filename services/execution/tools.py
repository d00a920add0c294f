"""What desks share: built once by bootstrap or by a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from structlog.typing import FilteringBoundLogger

from services.execution.account import Account
from services.execution.domain.gate import Circumstances
from services.execution.domain.halts import Word
from services.execution.domain.machine import Rules
from services.execution.metrics import ExecutionMetrics
from services.execution.past import Past
from sextant.core.instruments import Instrument
from sextant.core.time import Clock
from sextant.runtime.health import Health
from sextant.runtime.stamp import Stamper
from sextant.telemetry.spans import SpanSink


@dataclass(slots=True)
class Tools:
    """`instruments` by name and `seen` follow the side inputs. `halt` takes a word that execution gives itself."""

    accounts: Mapping[str, Account]
    clock: Clock
    stamper: Stamper
    spans: SpanSink
    health: Health
    metrics: ExecutionMetrics
    log: FilteringBoundLogger
    rules: Rules = field(default_factory=Rules)
    seen: Circumstances = field(default_factory=Circumstances)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    past: Past = field(default_factory=Past)
    halt: Callable[[Word], object] = field(init=False)

    def __post_init__(self) -> None:
        self.halt = self.seen.halts.hear

    def accounts_of(self, portfolio: str) -> list[Account]:
        """Return the accounts of a portfolio."""
        return [account for account in self.accounts.values() if account.portfolio == portfolio]
