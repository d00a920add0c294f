"""The lineage of a market record: what it says is kept, its bytes are made when somebody asks for them."""

from __future__ import annotations

from sextant.bus.port import Position
from sextant.runtime.lineage import Hop, Lineage


class DeferredLineage(Lineage):
    """`before` and one hop more, without sides. Of a hundred thousand market records a few lead to a signal or are read after the run."""

    __slots__ = ("_before", "_hop", "_written")
    _before: Lineage
    _hop: tuple[str, str, str, int, int, Position | None]
    _written: bytes | None

    def __init__(
        self,
        before: Lineage,
        stage: str,
        instance: str,
        region: str,
        times: tuple[int, int],
        at: Position | None,
    ) -> None:
        # The base is frozen, so what is added goes past its own way to set fields.
        put = object.__setattr__
        put(self, "_before", before)
        put(self, "_hop", (stage, instance, region, *times, at))
        put(self, "_written", None)

    @property
    def raw(self) -> bytes:
        written = self._written
        if written is None:
            written = self._before.with_hop(Hop(*self._hop)).raw
            object.__setattr__(self, "_written", written)
        return written
