"""Numbers and times as a terminal shows them."""

from __future__ import annotations

from datetime import UTC, datetime

from sextant.core.time import SECOND


def clock(ns: int) -> str:
    """Return "12:34:56" in UTC."""
    return f"{datetime.fromtimestamp(ns // SECOND, UTC):%H:%M:%S}" if ns > 0 else "-"


def price(value: float) -> str:
    """Return six or so significant digits: "42,000.50", "0.123456"."""
    size = abs(value)
    digits = 2 if size >= 1_000 else 4 if size >= 1 else 6
    return f"{value:,.{digits}f}"


def money(value: float) -> str:
    return f"{value:,.2f}"


def signed(value: float) -> str:
    """Return money with its sign, zero without."""
    return f"{value:+,.2f}" if round(value, 2) else "0.00"


def count(value: int) -> str:
    return f"{value:,}"


def milliseconds(value: float) -> str:
    """Return "0.31", "4.2", "120", "12 s"."""
    if value < 1:
        return f"{value:.2f}"
    if value < 100:
        return f"{value:.1f}"
    return f"{value:.0f}" if value < 10_000 else f"{value / 1000:.0f} s"


def age(ns: int) -> str:
    """Return "0.4 s", "12 s", "3 min"."""
    seconds = max(ns, 0) / SECOND
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def exact(text: str, width: int = 14) -> str:
    """Return an exact number's text without trailing zeros, cut with a mark when it is longer than `width`."""
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    return plain if len(plain) <= width else f"{plain[: width - 1]}…"
