"""A venue on a virtual clock, without sockets: whole, and the same every time."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from simulator.app import VenueOptions, open_exchange
from simulator.binance.build import build_server
from simulator.binance.errors import BinanceError
from simulator.binance.in_process import InProcessVenue
from simulator.binance.signing import ApiKey, HmacVerifier, KeyRing
from simulator.market.population import Population

START_NS = 1_800_000_000 * 10**9
STREAMS = [f"btcusdt@{kind}" for kind in ("depth@100ms", "bookTicker", "trade", "kline_1s")]


class Run:
    """A market of one operator that is stepped by hand."""

    def __init__(self, seed: int, operator: str = "alpha") -> None:
        self.now_ns = START_NS
        keys = KeyRing([ApiKey("k", "main", HmacVerifier(b"s"))])
        options = VenueOptions(operator=operator, seed=seed, assets=["BTC", "ETH"])
        exchange = open_exchange(options, keys, lambda: self.now_ns)
        self.population = Population(exchange, seed=seed, operator=operator, assets=options.assets)
        self.venue = InProcessVenue(build_server(exchange, keys, operator=operator, seed=seed))
        self.frames: Counter[str] = Counter()
        self.digest = hashlib.sha256()
        self.venue.subscribe(STREAMS, self._on_frame)
        self.population.open(self.now_ns)

    def _on_frame(self, name: str, payload: bytes) -> None:
        self.frames[name] += 1
        self.digest.update(payload)

    def advance(self, seconds: int) -> "Run":
        for _ in range(seconds * 10):
            for _ in range(2):
                self.now_ns += 50_000_000
                self.population.step(self.now_ns)
            self.venue.tick()
        return self


def test_frames_flow_without_sockets_and_the_same_seed_gives_the_same_bytes() -> None:
    first, second, other = Run(7).advance(5), Run(7).advance(5), Run(8).advance(5)

    assert set(first.frames) == set(STREAMS)
    assert first.digest.hexdigest() == second.digest.hexdigest()
    assert first.digest.hexdigest() != other.digest.hexdigest()


def test_the_hash_seed_of_the_interpreter_changes_nothing() -> None:
    program = f"from {__name__} import Run; print(Run(7).advance(2).digest.hexdigest())"
    other = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert other.stdout.strip() == Run(7).advance(2).digest.hexdigest()


def test_orders_are_answered_and_told_as_over_the_wire() -> None:
    run = Run(7)
    events: list[str] = []
    run.venue.open_user_stream("main", lambda event: events.append(str(event["e"])))
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}

    placed = json.loads(run.venue.request("POST", "/api/v3/order", order, "main"))

    assert placed["status"] == "FILLED"
    assert events == ["executionReport", "executionReport", "outboundAccountPosition"]
    with pytest.raises(BinanceError, match="-1013"):
        run.venue.request("POST", "/api/v3/order", order | {"quantity": "0.0000001"}, "main")


def test_operators_of_one_seed_share_fair_values_and_have_books_of_their_own() -> None:
    alpha, beta = Run(7, "alpha"), Run(7, "beta")

    def quote(run: Run) -> dict[str, str]:
        answer: dict[str, str] = json.loads(
            run.venue.request("GET", "/api/v3/ticker/bookTicker", {"symbol": "BTCUSDT"})
        )
        return answer

    assert alpha.population.fair("BTCUSDT", START_NS) == beta.population.fair("BTCUSDT", START_NS)
    assert quote(alpha) != quote(beta)
