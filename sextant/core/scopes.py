"""What an operator's order is about: everything, or one portfolio; and what a RESUME lifts."""

from __future__ import annotations

from typing import Final

GLOBAL: Final = "global"
_PORTFOLIO: Final = "portfolio/"


def portfolio_scope(portfolio: str) -> str:
    """Return the scope that is one portfolio alone."""
    return f"{_PORTFOLIO}{portfolio}"


def covers(scope: str, portfolio: str) -> bool:
    """Return whether a scope includes a portfolio."""
    return scope in (GLOBAL, portfolio_scope(portfolio))


def lifts(resumed: str, resumed_ns: int, scope: str, ordered_ns: int) -> bool:
    """Return whether a RESUME of `resumed` lifts what was ordered of `scope` at `ordered_ns`.

    It must be newer, so that an old one sent again undoes nothing. A global one also lifts what stands on portfolios; one of a portfolio
    never lifts what stands on everything.
    """
    return resumed in (GLOBAL, scope) and resumed_ns > ordered_ns
