"""Small recordings in the form of the real ones, with books that are right by construction."""

import gzip
import json
import random
from pathlib import Path

FIRST_NS = 1_723_161_254_000_000_000
CLOCK_OFFSET_MS = 1_270
SPACING_NS = 5_000_000
SNAPSHOT_AT = 12
Book = dict[str, dict[str, str]]
SYMBOLS = {
    "spot": ("btcusdt", "ethusdt"),
    "usdm": ("btcusdt", "ethusdt"),
    "cm": ("btcusd_perp", "ethusd_perp"),
}


def write_recording(
    directory: Path, *, frames: int = 200, symbols: dict[str, tuple[str, ...]] | None = None
) -> Path:
    """Write one file per symbol with `frames` lines, one of which is the depth snapshot; returns the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    shift = 0
    for venue, names in (symbols or SYMBOLS).items():
        for name in names:
            shift += 1_000_003
            lines = _lines(venue, name, frames, FIRST_NS + shift)
            text = "".join(f"{stamp} {raw}\n" for stamp, raw in lines)
            (directory / f"{venue}_{name}_20240808.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    return directory


def read_lines(path: Path) -> list[tuple[int, str]]:
    """Return the (stamp, json) lines of one recorded file, read without any code of the replay."""
    with gzip.open(path, "rt") as file:
        return [(int(stamp), raw) for stamp, _, raw in (line.rstrip("\n").partition(" ") for line in file)]


def _lines(venue: str, name: str, frames: int, start_ns: int) -> list[tuple[int, str]]:
    draws = random.Random(f"{venue}/{name}")
    speed = "100ms" if venue == "spot" else "0ms"
    book: Book = {
        "b": {f"{100 - n}.00": "1.000" for n in range(5)},
        "a": {f"{101 + n}.00": "1.000" for n in range(5)},
    }
    lines: list[tuple[int, str]] = []
    update_id, trade_id = 1_000, 1
    for index in range(frames):
        stamp = start_ns + index * SPACING_NS + draws.randrange(SPACING_NS // 2)
        event_ms = stamp // 1_000_000 + CLOCK_OFFSET_MS
        if index == SNAPSHOT_AT:
            lines.append((stamp, _compact(_snapshot(book, update_id, venue, event_ms))))
            continue
        kind = index % 3
        if kind == 0:
            change = {
                "e": "depthUpdate",
                "E": event_ms,
                "s": name.upper(),
                **_change(book, draws, update_id, venue),
            }
            update_id = int(str(change["u"]))
            data, stream = change | ({} if venue == "spot" else {"T": event_ms - 1}), f"{name}@depth@{speed}"
        elif kind == 1:
            data = {"u": update_id, "s": name.upper(), **_best(book)}
            stream = f"{name}@bookTicker"
        else:
            price, quantity = f"{draws.choice((100, 101))}.00", f"{draws.randrange(1, 9)}"
            data = {"e": "trade", "E": event_ms, "s": name.upper(), "t": trade_id, "p": price, "q": quantity}
            data |= {"T": event_ms - 1, "m": draws.random() < 0.5}
            trade_id, stream = trade_id + 1, f"{name}@trade"
        lines.append((stamp, _compact({"stream": stream, "data": data})))
    return lines


def _change(book: Book, draws: random.Random, update_id: int, venue: str) -> dict[str, object]:
    changes: dict[str, list[list[str]]] = {"b": [], "a": []}
    for side, base in (("b", 60), ("a", 105)):
        price = f"{base + draws.randrange(40)}.00"
        quantity = draws.choice(("0.000", "2.000", "3.000"))
        changes[side].append([price, quantity])
        if quantity == "0.000":
            book[side].pop(price, None)
        else:
            book[side][price] = quantity
    first, last = update_id + 1, update_id + 3
    chain = {} if venue == "spot" else {"pu": update_id}
    return {"U": first, "u": last, **chain, **changes}


def _best(book: Book) -> dict[str, str]:
    bid, ask = max(book["b"], key=float), min(book["a"], key=float)
    return {"b": bid, "B": book["b"][bid], "a": ask, "A": book["a"][ask]}


def _snapshot(book: Book, update_id: int, venue: str, event_ms: int) -> dict[str, object]:
    levels = {
        "bids": [list(level) for level in sorted(book["b"].items(), key=lambda level: -float(level[0]))],
        "asks": [list(level) for level in sorted(book["a"].items(), key=lambda level: float(level[0]))],
    }
    times = {} if venue == "spot" else {"E": event_ms, "T": event_ms - 1}
    return {"lastUpdateId": update_id, **times, **levels}


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
