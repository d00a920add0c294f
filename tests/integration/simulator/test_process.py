"""The simulator as a process: it starts from files, trades by itself, and ends cleanly."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
import typer
from aiohttp import ClientSession
from typer.testing import CliRunner

from simulator.__main__ import serve

application = typer.Typer()
application.command()(serve)


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


@pytest.mark.parametrize(
    ("option", "content", "sentence"),
    [
        ("--api-key-file", '[{"api_key": "k", "secret": "hidden", "acount": "x"}]', "unknown field `acount`"),
        ("--api-key-file", '[{"api_key": "k"}]', "expected either secret or public_key"),
        ("--accounts-file", "{main: {balances: {USDT: many}}}", "Invalid decimal string"),
        ("--assets", None, "expected one of"),
    ],
)
async def test_wrong_options_are_named_and_no_secret_is_shown(
    tmp_path: Path, option: str, content: str | None, sentence: str
) -> None:
    value = "NOSUCH"
    if content is not None:
        (tmp_path / "file").write_text(content)
        value = str(tmp_path / "file")
    result = await asyncio.to_thread(
        CliRunner().invoke, application, ["--operator", "alpha", option, value], env={"COLUMNS": "400"}
    )

    assert result.exit_code == 2
    assert sentence in result.output
    assert "hidden" not in result.output
