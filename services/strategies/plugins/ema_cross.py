"""The reference strategy: buys when a fast average crosses above a slow one on rising volume, sells when it crosses below."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from sextant.core.errors import InvalidValue
from sextant.sdk import Side, Signal, Strategy, VectorView, catalogue, parameter

BASIS_POINTS = 1e4
MILLISECOND = 1_000_000
YEAR_NS = 365 * 86_400 * 1_000_000_000
SMALLEST_STRENGTH = 0.1


@dataclass(frozen=True, slots=True)
class Parameters:
    """`fast`, `slow` and `volume_bars` in bars. A cross counts once the averages are `minimum_gap_bp` apart, so that rounding and a
    market that stands still cross nothing; it is confirmed by a volume above `volume_factor` times the mean of the bars before."""

    fast: int = parameter(5, at_least=1)
    slow: int = parameter(20, at_least=2)
    volume_bars: int = parameter(20, at_least=1)
    volume_factor: float = parameter(1.0, at_least=0.0)
    minimum_gap_bp: float = parameter(0.5, at_least=0.0)
    full_strength_bp: float = parameter(10.0, above=0.0)
    taker_fee_bp: float = parameter(10.0, at_least=0.0)
    valid_ms: int = parameter(2_000, at_least=1)

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise InvalidValue("fast", str(self.fast), f"fewer bars than slow, which is {self.slow}")


@dataclass(slots=True)
class Memory:
    """`relation` of fast to slow: 1 above, -1 below, 0 not known yet. `volumes` of the newest bars, oldest first."""

    relation: int = 0
    volumes: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Averages:
    fast: float
    slow: float

    @property
    def gap_bp(self) -> float:
        return (self.fast / self.slow - 1.0) * BASIS_POINTS


class EmaCross(Strategy[Parameters, Memory]):
    """EMA crossover with volume confirmation."""

    name = "ema-cross"
    version = "1.0.0"
    parameters_type = Parameters
    memory_type = Memory

    def needs(self) -> tuple[str, ...]:
        return catalogue.ema(self.parameters.fast), catalogue.ema(self.parameters.slow)

    def on_vector(self, vector: VectorView, memory: Memory) -> Signal | None:
        mean_volume = self._learn_volume(vector.candle.volume, memory)
        fast, slow = (vector.value(name) for name in self.needs())
        if fast is None or slow is None:
            return None
        averages = _Averages(fast, slow)
        side = self._cross(averages, memory)
        if side is None or mean_volume is None:
            return None
        if vector.candle.volume <= self.parameters.volume_factor * mean_volume:
            return None
        return self._signal(side, vector, averages, mean_volume)

    def _learn_volume(self, volume: float, memory: Memory) -> float | None:
        """Remember a volume and return the mean of those before it; None until there are enough."""
        bars = self.parameters.volume_bars
        is_known = len(memory.volumes) == bars
        mean = math.fsum(memory.volumes) / bars if is_known else None
        memory.volumes.append(volume)
        del memory.volumes[:-bars]
        return mean

    def _cross(self, averages: _Averages, memory: Memory) -> Side | None:
        """Return the side that the averages have crossed to. Inside the minimum gap the old relation holds."""
        if abs(averages.gap_bp) < self.parameters.minimum_gap_bp or averages.gap_bp == 0.0:
            return None
        before, memory.relation = memory.relation, 1 if averages.gap_bp > 0.0 else -1
        if before in (0, memory.relation):
            return None
        return Side.BUY if memory.relation > 0 else Side.SELL

    def _signal(self, side: Side, vector: VectorView, averages: _Averages, mean_volume: float) -> Signal:
        """Strength grows with the distance of the close from the slow average; so does the expected edge, which is at least that
        distance, and more where volatility moves the price farther over the horizon."""
        parameters, close = self.parameters, vector.candle.close
        distance_bp = max(side.sign * (close / averages.slow - 1.0) * BASIS_POINTS, 0.0)
        strength = min(max(distance_bp / parameters.full_strength_bp, SMALLEST_STRENGTH), 1.0)
        horizon_ns = parameters.slow * vector.horizon_ns
        volatility = vector.value(catalogue.REALISED_VOLATILITY) or 0.0
        usual_move_bp = volatility * math.sqrt(horizon_ns / YEAR_NS) * BASIS_POINTS
        return Signal(
            side,
            strength=strength,
            horizon_ns=horizon_ns,
            valid_for_ns=parameters.valid_ms * MILLISECOND,
            expected_edge_bp=max(distance_bp, strength * usual_move_bp),
            expected_cost_bp=parameters.taker_fee_bp + vector.half_spread_bp,
            evidence={
                "close": close,
                "ema_fast": averages.fast,
                "ema_slow": averages.slow,
                "gap_bp": averages.gap_bp,
                "distance_bp": distance_bp,
                "volume": vector.candle.volume,
                "mean_volume": mean_volume,
                "volatility": volatility,
            },
        )
