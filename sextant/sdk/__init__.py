"""What an author of strategies imports.

A strategy sees one vector of features at a time, keeps what it wants to remember in a dataclass, and answers with a signal or nothing:

    from dataclasses import dataclass

    from sextant.sdk import Side, Signal, Strategy, VectorView, catalogue, parameter

    @dataclass(frozen=True)
    class Parameters:
        low: float = parameter(30.0, above=0.0, below=100.0)

    @dataclass
    class Memory:
        was_low: bool = False

    class BuyTheDip(Strategy[Parameters, Memory]):
        name, version = "buy-the-dip", "1.0.0"
        parameters_type, memory_type = Parameters, Memory

        def needs(self) -> tuple[str, ...]:
            return (catalogue.rsi(14),)

        def on_vector(self, vector: VectorView, memory: Memory) -> Signal | None:
            rsi = vector.value(catalogue.rsi(14))
            if rsi is None:
                return None
            was_low, memory.was_low = memory.was_low, rsi < self.parameters.low
            if was_low and not memory.was_low:
                return Signal(Side.BUY, strength=1.0, horizon_ns=60_000_000_000, valid_for_ns=2_000_000_000,
                              expected_edge_bp=15.0, expected_cost_bp=11.0, evidence={"rsi": rsi})
            return None

It is found by an entry point of its distribution, and configured by its name:

    [project.entry-points."sextant.strategies"]
    buy-the-dip = "my_package.dip:BuyTheDip"

The same class runs live, on paper, in the simulator and in a backtest. It must therefore use nothing but its arguments: no clock, no
network, no randomness, and no state outside the memory that it is given.
"""

from sextant.core.instruments import Side
from sextant.core.vocabulary import Judgement
from sextant.sdk import catalogue
from sextant.sdk.errors import PluginInvalid
from sextant.sdk.parameters import parameter
from sextant.sdk.strategy import Signal, Strategy
from sextant.sdk.views import CandleView, FixView, VectorView

__all__ = [
    "CandleView",
    "FixView",
    "Judgement",
    "PluginInvalid",
    "Side",
    "Signal",
    "Strategy",
    "VectorView",
    "catalogue",
    "parameter",
]
