"""The simulator as a process: it starts from files, trades by itself, and ends cleanly."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import ClientSession


async def test_a_venue_starts_trades_and_stops(tmp_path: Path) -> None:
    keys, accounts, port_file = tmp_path / "keys.json", tmp_path / "accounts.yaml", tmp_path / "port"
    keys.write_text(json.dumps([{"api_key": "k", "secret": "s", "account": "fund"}]))
    accounts.write_text('fund: {balances: {USDT: "5000", BTC: "0.5"}, taker_fee: "0.0004"}\n')
    command = [
        *(sys.executable, "-m", "simulator", "--operator", "alpha", "--seed", "7", "--assets", "BTC,ETH"),
        *("--api-key-file", keys, "--accounts-file", accounts, "--port-file", port_file),
    ]
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        address = (await asyncio.wait_for(process.stdout.readline(), 15)).decode()
        port = port_file.read_text()
        async with ClientSession(f"http://127.0.0.1:{port}") as http:
            depth = await (await http.get("/api/v3/depth?symbol=ETHUSDT")).json()
            history = await (await http.get("/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=30")).json()
            state = await (await http.get("/_sim/state")).json()
            async with http.ws_connect(
                "/stream?streams=btcusdt@trade/btcusdt@depth@100ms/btcusdt@bookTicker"
            ) as ws:
                waiting = {"btcusdt@trade", "btcusdt@depth@100ms", "btcusdt@bookTicker"}
                while waiting:
                    waiting.discard(json.loads(await ws.receive_str(timeout=10))["stream"])
    finally:
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 10)

    assert address == f"alpha: http://127.0.0.1:{port} ws://127.0.0.1:{port}\n"
    assert depth["bids"]
    assert depth["asks"]
    assert len(history) == 30
    assert state["accounts"]["fund"]["balances"]["USDT"]["free"] == "5000.00000000"
    assert code == 0
