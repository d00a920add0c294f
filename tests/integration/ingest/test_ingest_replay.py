"""The recordings over real sockets: three venues, recorded receive stamps, no gap, a status every second of event time."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from sextant.contracts.market.v1 import events_pb2
from simulator.replay.server import ReplayOptions, ReplayServer
from tests.support.binance_feeds import RECORDINGS
from tests.support.ingest import ingest_platform, running_ingest, until

SECOND = 1_000_000_000
FIRST_S = 12
PROTOCOLS = {"spot": "binance-spot", "usdm": "binance-usdm", "coinm": "binance-coinm"}


@pytest.fixture
def short_recording(tmp_path: Path) -> Path:
    """The first seconds of each recording."""
    files = sorted(RECORDINGS.glob("*.gz"))
    if not files:
        pytest.skip(f"recordings are not at {RECORDINGS}")
    for file in files:
        with gzip.open(file) as lines, gzip.open(tmp_path / file.name, "wb", compresslevel=1) as short:
            end = 0
            for line in lines:
                stamp = int(line[:19])
                end = end or stamp + FIRST_S * SECOND
                if stamp > end:
                    break
                short.write(line)
    return tmp_path


async def test_the_recordings_come_through_whole(short_recording: Path) -> None:
    server = ReplayServer(ReplayOptions(recording=short_recording, speed=10.0))
    ports = await server.start()
    venues: dict[str, dict[str, object]] = {
        name: {
            "protocol": PROTOCOLS[name],
            "operator": "binance",
            "rest_url": f"http://127.0.0.1:{port}",
            "stream_url": f"ws://127.0.0.1:{port}",
            "has_replay_stamps": True,
        }
        for name, port in ports.items()
    }
    try:
        async with running_ingest(ingest_platform(venues)) as ingest:
            await server.finished()
            health = ingest.resources.health
            await until(
                lambda: all(
                    "ended" in health.report(f"websocket/{name}")[1]["checks"][f"websocket/{name}"]["detail"]
                    for name in venues
                )
            )
            status = server.status()
            counted = {
                name: [ingest.counter(f"{what}_total", name) for what in ("gaps", "refused", "reconnects")]
                for name in venues
            }
            frames = sum(ingest.counter("frames_total", name) for name in venues)
    finally:
        await server.stop()
    assert counted == {name: [0, 0, 0] for name in venues}
    assert frames == status["frames_sent"]
    for name, symbol in (("spot", "BTC/USDT"), ("usdm", "ETH/USDT:USDT"), ("coinm", "BTC/USD:BTC")):
        batches = await ingest.batches(f"{name}:{symbol}")
        assert sum(sum(batch.depth.is_snapshot) for batch in batches) == 1
        rows = [
            (time + offset, state)
            for batch in batches
            for time, offset, state in zip(
                batch.statuses.receive_time_ns,
                batch.statuses.clock_offset_ns,
                batch.statuses.status,
                strict=True,
            )
        ]
        seconds = {time // SECOND for time, _ in rows if time % SECOND == 0}
        assert seconds == set(range(min(seconds), max(seconds) + 1))
        assert len(seconds) >= FIRST_S - 3
        assert events_pb2.STREAM_STATUS_LIVE in {state for _, state in rows}
        assert rows[-1][1] == events_pb2.STREAM_STATUS_DISCONNECTED
