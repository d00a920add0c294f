"""cryptofeed 2.4 over the same frames: its own message handlers, its own book, its objects as JSON bytes; no socket, no queue."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.common.tapes import Frame, Tape
from simulator.replay.recording import Venue

_CLASSES = {Venue.SPOT: "Binance", Venue.USDM: "BinanceFutures", Venue.COINM: "BinanceDelivery"}


def is_installed() -> bool:
    """Return whether the peer can be run."""
    return importlib.util.find_spec("cryptofeed") is not None


class CryptofeedPath:
    """A feed of cryptofeed, driven frame by frame as its connection handler does.

    Objects become dictionaries by its own `to_dict` with texts for numbers (floats, its default, would not be exact) and bytes by the
    fastest JSON writer that is installed. With `reads_best` the best prices are read after each book update; its book sorts itself for that.
    """

    def __init__(self, *, reads_best: bool) -> None:
        self._reads_best = reads_best
        self.output: list[bytes] = []
        self._dumps = _json_writer()
        self.book: Any = None

    def cpu_seconds(self, tape: Tape, frames: Sequence[Frame]) -> float:
        return asyncio.run(self._run(tape, frames))

    async def _run(self, tape: Tape, frames: Sequence[Frame]) -> float:
        feed = self._feed(tape)
        await self._play(feed, _texts(tape.lead))
        texts = _texts(frames)
        self.output = []
        before = time.process_time()
        await self._play(feed, texts)
        return time.process_time() - before

    @staticmethod
    async def _play(feed: Any, texts: Sequence[tuple[str, float]]) -> None:
        handle = feed.message_handler
        for text, receive_s in texts:
            await handle(text, None, receive_s)

    def _feed(self, tape: Tape) -> Any:
        import cryptofeed.exchanges
        from cryptofeed.defines import L2_BOOK, TICKER, TRADES
        from cryptofeed.symbols import Symbols

        logging.getLogger("feedhandler").setLevel(logging.CRITICAL)
        kind = getattr(cryptofeed.exchanges, _CLASSES[tape.venue])
        symbols, information = kind._parse_symbol_data(json.loads(tape.information))
        Symbols.set(kind.id, symbols, information)
        symbol = next(name for name, own in symbols.items() if own == tape.symbol)
        feed = kind(
            symbols=[symbol],
            channels=[TRADES, TICKER, L2_BOOK],
            callbacks={TRADES: self._said, TICKER: self._said, L2_BOOK: self._booked},
        )
        feed.http_conn = _Answer(tape.snapshot)
        return feed

    async def _said(self, said: Any, receipt_timestamp: float) -> None:
        data = said.to_dict(numeric_type=str)
        data["receipt_timestamp"] = receipt_timestamp
        self.output.append(self._dumps(data))

    async def _booked(self, book: Any, receipt_timestamp: float) -> None:
        self.book = book.book
        data = book.to_dict(delta=book.delta is not None, numeric_type=str)
        data["receipt_timestamp"] = receipt_timestamp
        if self._reads_best:
            sides = (self.book.bids, self.book.asks)
            data["best"] = [str(number) for side in sides for number in side.index(0)]
        self.output.append(self._dumps(data))


class _Answer:
    """Stands in for the peer's HTTP connection: whatever is asked for, the recorded depth snapshot answers."""

    def __init__(self, snapshot: bytes) -> None:
        self._snapshot = snapshot.decode()

    async def read(self, address: str) -> str:
        return self._snapshot


def _texts(frames: Sequence[Frame]) -> list[tuple[str, float]]:
    """Sockets hand the peer texts and seconds."""
    return [(frame.raw.decode(), frame.receive_ns / 1e9) for frame in frames]


def _json_writer() -> Any:
    try:
        import orjson
    except ImportError:
        return lambda data: json.dumps(data).encode()
    return orjson.dumps
