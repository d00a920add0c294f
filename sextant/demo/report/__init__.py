"""The checker: what a run left behind, judged without the help of any service."""

from sextant.demo.report.evidence import (
    AccountBooks,
    BalanceRow,
    EntryRow,
    Evidence,
    GroupOffsets,
    LedgerBooks,
    PositionRow,
    PostingRow,
    Statement,
    Tables,
    VenueOrder,
    VenueTrade,
)
from sextant.demo.report.make import make_report
from sextant.demo.report.render import render, verdict
from sextant.demo.report.report import Report, failures, write_json

__all__ = [
    "AccountBooks",
    "BalanceRow",
    "EntryRow",
    "Evidence",
    "GroupOffsets",
    "LedgerBooks",
    "PositionRow",
    "PostingRow",
    "Report",
    "Statement",
    "Tables",
    "VenueOrder",
    "VenueTrade",
    "failures",
    "make_report",
    "render",
    "verdict",
    "write_json",
]
