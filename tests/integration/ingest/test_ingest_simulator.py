"""Ingest against the simulated venue's own protocol: books stay whole, nothing is refused, history comes first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sextant.contracts.market.v1 import events_pb2
from tests.support.ingest import ingest_platform, running_ingest, until


@pytest.fixture
def venue_port(tmp_path: Path) -> Iterator[int]:
    port_file = tmp_path / "port"
    command = [sys.executable, "-m", "simulator", "--operator", "alpha", "--seed", "7", "--assets", "BTC,ETH"]
    process = subprocess.Popen(
        [*command, "--port-file", str(port_file)],
        cwd=Path(__file__).resolve().parents[3],
        env=os.environ.copy(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        while not port_file.exists():
            assert process.poll() is None, "the simulator has stopped"
            process.stdout.readline()
        held = json.loads(port_file.read_text())
        yield held if isinstance(held, int) else int(next(iter(held.values())))
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


async def test_a_simulated_venue_is_read_without_gap_or_refusal(venue_port: int) -> None:
    at = f"127.0.0.1:{venue_port}"
    venue = {
        "protocol": "binance-spot",
        "operator": "a",
        "rest_url": f"http://{at}",
        "stream_url": f"ws://{at}",
    }
    async with running_ingest(ingest_platform({"alpha": venue})) as ingest:
        await until(
            lambda: (
                ingest.resources.metrics.get_sample_value("sextant_ingest_events_total", {"venue": "alpha"})
                is not None
            )
        )
        await until(lambda: ingest.counter("books_whole", "alpha") == 2, 15)
        await until(lambda: ingest.counter("events_total", "alpha") > 300, 30)
        counts = [ingest.counter(f"{name}_total", "alpha") for name in ("gaps", "refused", "reconnects")]
    assert counts == [0, 0, 0]
    for asset in ("BTC", "ETH"):
        batches = await ingest.batches(f"alpha:{asset}/USDT")
        assert len(batches[0].candles.arrival) == 60
        statuses = [status for batch in batches for status in batch.statuses.status]
        assert events_pb2.STREAM_STATUS_LIVE in statuses
        assert any(batch.quotes.arrival for batch in batches)
        assert any(batch.trades.arrival for batch in batches)
