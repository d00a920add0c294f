"""A market on which something is traded at every bar: a strategy that turns round each time, and portfolios that take or refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sextant.demo.plan import SHIPPED_CONFIG
from sextant.sdk import Side, Signal, Strategy, VectorView, catalogue

_SECOND: Final = 1_000_000_000
#: Portfolios that trade; one more has a limit that every intent breaks, one more listens to two strategies.
TRADING: Final = 6
REFUSED, VOTING = "refused", "voting"


@dataclass(frozen=True)
class Parameters:
    """None."""


@dataclass
class Memory:
    is_long: bool = False


class Turns(Strategy[Parameters, Memory]):
    """Buys at one bar and sells at the next, whatever the market does."""

    name, version = "turns", "1.0.0"
    parameters_type, memory_type = Parameters, Memory

    def needs(self) -> tuple[str, ...]:
        return (catalogue.rsi(14),)

    def on_vector(self, vector: VectorView, memory: Memory) -> Signal | None:
        memory.is_long = not memory.is_long
        return Signal(
            Side.BUY if memory.is_long else Side.SELL,
            strength=1.0,
            horizon_ns=60 * _SECOND,
            valid_for_ns=2 * _SECOND,
            expected_edge_bp=100.0,
            expected_cost_bp=1.0,
            evidence={},
        )


def write_config(path: Path) -> None:
    """Write the shipped configuration with these strategies and portfolios."""
    data: dict[str, Any] = yaml.safe_load(SHIPPED_CONFIG.read_text(encoding="utf-8"))
    shipped: Mapping[str, Any] = data["portfolios"]["main"]
    limits = {**shipped["limits"], "unit_notional": "200", "take_slippage_bp": 20}
    limits |= {"maximum_gross_notional": "1000000", "maximum_daily_loss": "1000000"}
    data["strategies"] = {name: {"plugin": Turns.name, "instruments": ["*"]} for name in ("turns", "again")}
    trading = {
        f"p{number}": {**shipped, "limits": limits, "strategies": ["turns"]} for number in range(TRADING)
    }
    refused = {**shipped, "limits": {**limits, "maximum_order_notional": "1"}, "strategies": ["turns"]}
    voting = {**shipped, "limits": limits, "strategies": ["turns", "again"]}
    data["portfolios"] = {**trading, REFUSED: refused, VOTING: voting}
    data["venue_accounts"] = {
        f"{venue}-{portfolio}": {"venue": venue, "portfolio": portfolio, "opening": {"USDT": "1000000"}}
        for venue in data["venues"]
        for portfolio in data["portfolios"]
    }
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
