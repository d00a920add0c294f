"""The dashboards: one module for each question that people come with."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.observability.board import Board
from deploy.observability.boards import ledger, market, orders, overview, risk, runtime, venue


def all_boards(venues: Iterable[str]) -> tuple[Board, ...]:
    """Return every dashboard, with one for each venue."""
    fixed = (overview.BOARD, market.BOARD, orders.BOARD, risk.BOARD, ledger.BOARD, runtime.BOARD)
    return (*fixed, *(venue.board(name) for name in sorted(venues)))
