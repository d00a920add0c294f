"""The fair value of an asset: a pure function of seed, asset and time, so that venues agree without talking."""

import math
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from simulator.market.regime import Regime
from simulator.market.seeding import generator

GRID_NS = 50_000_000
BLOCK_CELLS = 512
BLOCK_NS = GRID_NS * BLOCK_CELLS
KNOTS_PER_CHUNK = 1024
JUMP_CELL_S = 20.0
JUMP_MEMORY_HALF_LIVES = 10.0
KEPT_BLOCKS = 4
KEPT_CHUNKS = 64

Floats = NDArray[np.float64]


class FairValue:
    """Price in USD over time: a level times waves of several periods times decaying jumps.

    The random numbers behind any instant are named by (seed, asset, kind, position counted from the epoch), never drawn
    in sequence: asking for other instants, before or after the epoch, in any order, changes nothing.
    """

    def __init__(
        self,
        *,
        seed: int,
        asset: str,
        level: float,
        epoch_ns: int,
        regime: Regime,
        temper: float = 1.0,
    ) -> None:
        self._name = (seed, asset)
        self._level = level
        self._epoch_ns = epoch_ns
        self._regime = regime
        self._temper = temper
        self._chunks: OrderedDict[tuple[str, int], Floats] = OrderedDict()
        self._blocks: OrderedDict[int, list[float]] = OrderedDict()

    def at(self, time_ns: int) -> float:
        """Return the price at an instant in USD, interpolated on a fixed grid of 50 ms."""
        number, offset = divmod(time_ns - self._epoch_ns, BLOCK_NS)
        block = self._blocks.get(number)
        if block is None:
            block = self._block(number)
        cell, rest = divmod(offset, GRID_NS)
        left = block[cell]
        return left + (block[cell + 1] - left) * (rest / GRID_NS)

    def path(self, times_ns: NDArray[np.int64]) -> Floats:
        """Return the prices at ascending instants in USD, without the grid."""
        seconds: Floats = (times_ns - self._epoch_ns) / 1e9
        moves = np.zeros(len(seconds))
        for number, wave in enumerate(self._regime.waves):
            moves += wave.sigma_bp * self._wave(f"wave-{number}", seconds / wave.period_s)
        if self._regime.jump_rate > 0.0:
            moves += self._jumps(seconds)
        return np.asarray(self._level * np.exp(moves * (self._temper * 1e-4)))

    def _block(self, number: int) -> list[float]:
        start = self._epoch_ns + number * BLOCK_NS
        times = start + np.arange(BLOCK_CELLS + 1, dtype=np.int64) * GRID_NS
        block: list[float] = self.path(times).tolist()
        self._blocks[number] = block
        while len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return block

    def _wave(self, kind: str, position: Floats) -> Floats:
        knot = np.floor(position).astype(np.int64)
        fraction = position - knot
        first = int(knot[0])
        knots = self._knots(kind, first, int(knot[-1]) + 1)
        left = knots[knot - first]
        right = knots[knot - first + 1]
        return np.asarray(left + (right - left) * (fraction * fraction * (3.0 - 2.0 * fraction)))

    def _jumps(self, seconds: Floats) -> Floats:
        regime = self._regime
        memory = JUMP_MEMORY_HALF_LIVES * regime.jump_half_life_s
        first = math.floor((float(seconds[0]) - memory) / JUMP_CELL_S)
        last = math.floor(float(seconds[-1]) / JUMP_CELL_S)
        lots = self._knots("jump-lot", first, last, uniform=True)
        places = self._knots("jump-place", first, last, uniform=True)
        sizes = self._knots("jump-size", first, last)
        moves = np.zeros(len(seconds))
        for cell in np.flatnonzero(lots < regime.jump_rate * JUMP_CELL_S):
            moment = (first + int(cell) + places[cell]) * JUMP_CELL_S
            # A jump ends where memory ends for every path alike, or the value would depend on where a path starts.
            start, end = np.searchsorted(seconds, (moment, moment + memory))
            age = seconds[start:end] - moment
            moves[start:end] += regime.jump_sigma_bp * sizes[cell] * np.exp2(-age / regime.jump_half_life_s)
        return moves

    def _knots(self, kind: str, first: int, last: int, *, uniform: bool = False) -> Floats:
        """Return the random numbers at positions first to last, both included."""
        low, high = first // KNOTS_PER_CHUNK, last // KNOTS_PER_CHUNK
        chunks = [self._chunk(kind, number, uniform) for number in range(low, high + 1)]
        start = first - low * KNOTS_PER_CHUNK
        return np.concatenate(chunks)[start : start + last - first + 1]

    def _chunk(self, kind: str, number: int, uniform: bool) -> Floats:
        chunk = self._chunks.get((kind, number))
        if chunk is None:
            source = generator(*self._name, kind, number)
            chunk = source.random(KNOTS_PER_CHUNK) if uniform else source.standard_normal(KNOTS_PER_CHUNK)
            self._chunks[(kind, number)] = chunk
            while len(self._chunks) > KEPT_CHUNKS:
                self._chunks.popitem(last=False)
        return chunk
