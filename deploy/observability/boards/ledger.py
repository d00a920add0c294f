"""Do the books add up, and do the venues agree with them?"""

from __future__ import annotations

from deploy.observability.board import Board, Row, Unit, graph, number, or_zero

BOARD = Board(
    "sextant-ledger",
    "Sextant / Ledger and reconciliation",
    "Whether the books add up, whether venues agree with them, what they are worth.",
    (
        Row(
            "Right or wrong",
            (
                number(
                    "Trial balance, greatest of all assets",
                    "max(abs(sextant_ledger_trial_balance))",
                    says="Anything but zero is broken.",
                    bad_above=0,
                ),
                number(
                    "Drift, greatest of all assets",
                    "max(abs(sextant_execution_drift))",
                    says="What a venue holds and neither the opening nor a fill explains.",
                    bad_above=0,
                ),
                number("Accounts not reconciled", "sum(sextant_execution_reconciled == bool 0)", bad_above=0),
                number("Foreign orders", "sum(sextant_execution_foreign_reports_total)", bad_above=0),
                number(
                    "Contradictions of venues", "sum(sextant_execution_contradictions_total)", bad_above=0
                ),
                number("Partitions halted", "sum(sextant_halted_partitions)", bad_above=0),
            ),
        ),
        Row(
            "Worth",
            (
                graph("Equity", ("sextant_ledger_equity", "{{portfolio}}"), unit=Unit.MONEY),
                graph(
                    "Realised, unrealised, commission",
                    ("sextant_ledger_realised_pnl", "{{portfolio}} realised"),
                    ("sextant_ledger_unrealised_pnl", "{{portfolio}} unrealised"),
                    ("sextant_ledger_commission", "{{portfolio}} commission"),
                    unit=Unit.MONEY,
                ),
                graph("Balances", ("sextant_ledger_balance", "{{account}} {{asset}}")),
            ),
        ),
        Row(
            "Work",
            (
                graph("Entries, a minute", ("60 * rate(sextant_ledger_entries_total[5m])", "{{portfolio}}")),
                graph(
                    "Frame to entry",
                    ('stage:sextant_tick_age_seconds:p50_5m{stage="ledger"}', "p50"),
                    ('stage:sextant_tick_age_seconds:p99_5m{stage="ledger"}', "p99"),
                    unit=Unit.SECONDS,
                ),
                graph(
                    "Began anew, dropped duplicates",
                    (or_zero("sum by (cause) (sextant_ledger_rejoins_total)"), "{{cause}}"),
                    ("sextant_ledger_duplicates_total", "duplicates"),
                ),
                graph("Links of the audit chain", (or_zero("sextant_ledger_audited_total"), "{{action}}")),
            ),
        ),
    ),
)
