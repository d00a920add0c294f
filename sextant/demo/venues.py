"""The venues of a run: three simulated exchanges, or one recording that plays as three venues."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sextant.core.decimals import to_text
from sextant.demo.children import ChildFailed, Children
from sextant.demo.loopback import post
from sextant.demo.plan import Plan
from sextant.runtime.settings import Platform

_READY_S = 30.0
#: REST and stream roots of the real venues' public data, by venue.
PUBLIC: Final[Mapping[str, tuple[str, str]]] = {
    "spot": ("https://api.binance.com", "wss://stream.binance.com:9443"),
    "usdm": ("https://fapi.binance.com", "wss://fstream.binance.com"),
    "coinm": ("https://dapi.binance.com", "wss://dstream.binance.com"),
}


def start_simulators(plan: Plan, platform: Platform, children: Children) -> None:
    """Start a simulated exchange for each venue; keys and accounts are made for this run only."""
    epoch_ms = int(time.time()) * 1000
    for name, venue in platform.venues.items():
        accounts = _write_accounts(plan, platform, name)
        keys = _write_keys(plan, platform, name)
        arguments = [
            *("--operator", venue.operator, "--seed", str(plan.seed), "--quote", venue.quote),
            *("--assets", ",".join(platform.assets), "--epoch-ms", str(epoch_ms)),
            *("--api-key-file", str(keys), "--accounts-file", str(accounts)),
            *("--port-file", str(plan.ports(name)), "--weight-limit", "600000", "--order-limit", "10000"),
        ]
        if plan.quiet_market:
            arguments.append("--quiet-market")
        plan.ports(name).parent.mkdir(parents=True, exist_ok=True)
        plan.ports(name).unlink(missing_ok=True)
        children.start(f"venue-{name}", "simulator", arguments, {})


def simulator_ports(plan: Plan, venues: Iterable[str], children: Children) -> dict[str, int]:
    """Wait until the simulated exchanges listen and return their ports."""
    files = {name: plan.ports(name) for name in venues}
    children.wait_for(
        "simulated exchanges", lambda: all(_filled(path) for path in files.values()), seconds=_READY_S
    )
    return {name: int(path.read_text()) for name, path in files.items()}


def start_replay(plan: Plan, children: Children) -> None:
    """Start the recording as three venues; it plays when it is told to, by play()."""
    assert plan.recording is not None
    ports = plan.ports("replay")
    ports.parent.mkdir(parents=True, exist_ok=True)
    ports.unlink(missing_ok=True)
    arguments = [
        "--recording",
        str(plan.recording.resolve()),
        "--speed",
        str(plan.speed),
        "--port-file",
        str(ports),
        "--start",
        "told",
    ]
    children.start("replay", "simulator.replay", arguments, {})


def replay_ports(plan: Plan, children: Children) -> dict[str, int]:
    """Wait until the replay listens and return its port for each venue."""
    ports = plan.ports("replay")
    children.wait_for("replay", lambda: _filled(ports), seconds=_READY_S)
    found: dict[str, int] = json.loads(ports.read_text())
    return found


def play(ports: Iterable[int]) -> None:
    """Let the recording begin. Raises ChildFailed when the replay does not take it."""
    if post(next(iter(ports)), "/_replay/start")[0] != HTTPStatus.OK:
        raise ChildFailed("replay: expected it to begin to play, it does not answer")


def simulated_config(data: dict[str, Any], ports: dict[str, int], plan: Plan) -> dict[str, Any]:
    """Return the shipped configuration with this run's addresses and key files."""
    for name, port in ports.items():
        data["venues"][name] |= {
            "rest_url": f"http://127.0.0.1:{port}",
            "stream_url": f"ws://127.0.0.1:{port}",
            "trade_url": f"ws://127.0.0.1:{port}/ws-api/v3",
        }
    for account in data["venue_accounts"]:
        data["venue_accounts"][account]["key_file"] = str(plan.keys(account))
    return data


def recorded_config(data: dict[str, Any], ports: dict[str, int]) -> dict[str, Any]:
    """Return the configuration for the recording: three books of one operator, so a book is one voice; orders are paper orders on spot.

    The dollar value of USDT is said explicitly, because nothing in the recording says it.
    """
    roots = {name: (f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}") for name, port in ports.items()}
    data["assets"] = ["BTC", "ETH"]
    return _paper(data, roots, has_replay_stamps=True)


def public_config(data: dict[str, Any], assets: Iterable[str]) -> dict[str, Any]:
    """Return the configuration for paper trading on public data: Binance's spot, USD-M and COIN-M books, a voice each."""
    data["assets"] = list(assets)
    return _paper(data, PUBLIC, has_replay_stamps=False)


def unreachable(seconds: float = 5.0) -> dict[str, str]:
    """Return the public hosts that cannot be reached from here, each with the reason."""
    found = {}
    for roots in PUBLIC.values():
        for root in roots:
            at = urlsplit(root)
            try:
                socket.create_connection((at.hostname or "", at.port or 443), seconds).close()
            except OSError as error:
                found[at.hostname or root] = str(error)
    return found


def _paper(
    data: dict[str, Any], roots: Mapping[str, tuple[str, str]], *, has_replay_stamps: bool
) -> dict[str, Any]:
    kinds = {
        "spot": ("binance-spot", "USDT"),
        "usdm": ("binance-usdm", "USDT"),
        "coinm": ("binance-coinm", "USD"),
    }
    data["mode"] = "paper"
    data["venues"] = {
        name: {
            "protocol": protocol,
            "operator": "binance",
            "quote": quote,
            "rest_url": roots[name][0],
            "stream_url": roots[name][1],
            "has_replay_stamps": has_replay_stamps,
        }
        for name, (protocol, quote) in kinds.items()
    }
    data["triangulation"] |= {"independence": "book", "fixed_rates": {"USDT": "1"}}
    # The reference strategy is there to cause orders: on real markets it expects to earn less than its fees.
    data["ensemble"] = {**data.get("ensemble", {}), "minimum_edge_to_cost": 0}
    data["venue_accounts"] = {
        "spot-main": {"venue": "spot", "portfolio": "main", "opening": {"USDT": "100000"}, "taker_fee_bp": 10}
    }
    return data


def accounts_of(platform: Platform, venue: str) -> dict[str, Any]:
    """Return the accounts that a simulated exchange keeps: what each holds at first, and its fees as fractions."""
    return {
        name: {
            "balances": {asset: str(amount) for asset, amount in account.opening.items()},
            "maker_fee": to_text(account.maker_fee_bp / 10_000),
            "taker_fee": to_text(account.taker_fee_bp / 10_000),
        }
        for name, account in platform.venue_accounts.items()
        if account.venue == venue
    }


def new_keys(platform: Platform, venue: str) -> dict[str, dict[str, str]]:
    """Return keys that nobody has, for each account at a venue."""
    return {
        name: {"api_key": secrets.token_hex(16), "secret": secrets.token_hex(32)}
        for name, account in platform.venue_accounts.items()
        if account.venue == venue
    }


def _write_accounts(plan: Plan, platform: Platform, venue: str) -> Path:
    path = plan.folder / "accounts" / f"{venue}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(accounts_of(platform, venue), indent=1))
    return path


def _write_keys(plan: Plan, platform: Platform, venue: str) -> Path:
    keys = new_keys(platform, venue)
    for name, key in keys.items():
        _private(plan.keys(name), json.dumps(key))
    path = plan.folder / "keys" / f"venue-{venue}.json"
    _private(path, json.dumps([{**key, "account": name} for name, key in keys.items()]))
    return path


def _private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def _filled(path: Path) -> bool:
    return path.exists() and bool(path.read_text().strip())
