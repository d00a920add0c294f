"""Which streams are asked for, on which sockets.

Trades: spot has `@trade`. On futures it is undocumented and `@aggTrade` is what the venue promises; recordings hold `@trade`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sextant.core.instruments import Instrument
from sextant.venues.binance.markets import Market


@dataclass(frozen=True, slots=True)
class Connection:
    """One socket. The `is_primary` one of an instrument carries its book and its status."""

    name: str
    path: str
    streams: tuple[str, ...]
    instruments: tuple[Instrument, ...]
    is_primary: bool

    def url(self, base: str) -> str:
        """Return the address of the combined stream below the venue's stream URL."""
        return f"{base.rstrip('/')}{self.path}?streams={'/'.join(self.streams)}"


def plan(
    market: Market,
    instruments: Sequence[Instrument],
    streams_per_connection: int,
    *,
    is_recording: bool = False,
) -> tuple[Connection, ...]:
    """Return the sockets for the instruments; all streams of one instrument and route share one."""
    rules = market.rules
    public, other = _streams(market, is_recording=is_recording)
    if rules.public == rules.market:
        return _split(
            rules.name, rules.public, instruments, public + other, streams_per_connection, is_primary=True
        )
    primary = _split(
        f"{rules.name}-public", rules.public, instruments, public, streams_per_connection, is_primary=True
    )
    if not other:
        return primary
    return primary + _split(
        f"{rules.name}-market", rules.market, instruments, other, streams_per_connection, is_primary=False
    )


def _streams(market: Market, *, is_recording: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the streams of one instrument on the public and on the market route."""
    book = ("depth@100ms", "bookTicker")
    if market is Market.SPOT or is_recording:
        return (*book, "trade"), ()
    return book, ("aggTrade", "markPrice@1s", "forceOrder")


def _split(
    name: str,
    path: str,
    instruments: Sequence[Instrument],
    streams: tuple[str, ...],
    limit: int,
    *,
    is_primary: bool,
) -> tuple[Connection, ...]:
    size = max(limit // len(streams), 1)
    groups = [tuple(instruments[start : start + size]) for start in range(0, len(instruments), size)]
    return tuple(
        Connection(
            name=f"{name}-{number}",
            path=path,
            streams=tuple(f"{each.venue_symbol.lower()}@{stream}" for each in group for stream in streams),
            instruments=group,
            is_primary=is_primary,
        )
        for number, group in enumerate(groups)
    )
