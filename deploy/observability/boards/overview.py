"""Is everything well, and does it earn? The first look."""

from __future__ import annotations

from deploy.observability.board import Board, Row, Unit, graph, number, or_zero

BOARD = Board(
    "sextant-overview",
    "Sextant / Overview",
    "Whether everything is well, what it does, and what it earns.",
    (
        Row(
            "State",
            (
                number(
                    "Alerts that fire",
                    or_zero('count(ALERTS{alertstate="firing", severity=~"critical|warning"})'),
                    says="Without the watchdog, which always fires.",
                    bad_above=0,
                ),
                number("Services ready", "count(max by (stage) (sextant_ready) == 1)"),
                number(
                    "Services without a sign of life",
                    or_zero(
                        "count(sextant:service:expected unless on (stage) "
                        "(max by (stage) (sextant_heartbeat_timestamp_seconds) > time() - 20))"
                    ),
                    bad_above=0,
                ),
                number("Fixes with their quorum", "avg(sextant_fix_good)", unit=Unit.RATIO),
                number(
                    "Breakers open", or_zero('sum(sextant_breaker_state{state="OPEN"} == 1)'), bad_above=0
                ),
                number(
                    "Orders of unknown outcome",
                    'sum(sextant_execution_open_orders{state="UNKNOWN"})',
                    bad_above=0,
                ),
            ),
        ),
        Row(
            "Objectives",
            (
                number(
                    "Order path, errors of 1 h",
                    or_zero("sextant:order_path:error_ratio_1h"),
                    unit=Unit.RATIO,
                    says="Orders without a definite answer of their venue; the objective allows 0.1 % over 30 days.",
                    bad_above=0.001,
                ),
                number(
                    "Tick to order, later than 1 s, of 1 h",
                    or_zero("sextant:tick_to_order:error_ratio_1h"),
                    unit=Unit.RATIO,
                    says="The objective allows 1 % over 30 days.",
                    bad_above=0.01,
                ),
                graph(
                    "Tick to order",
                    ('stage:sextant_tick_age_seconds:p50_5m{stage="execution"}', "p50"),
                    ('stage:sextant_tick_age_seconds:p99_5m{stage="execution"}', "p99"),
                    unit=Unit.SECONDS,
                ),
                graph(
                    "What happens, a second",
                    ("sum(rate(sextant_ingest_events_total[1m]))", "market events"),
                    ("sum(rate(sextant_strategies_signals_total[1m]))", "signals"),
                    ("sum(rate(sextant_ensemble_intents_total[1m]))", "intents"),
                    ("sum(rate(sextant_execution_fills_total[1m]))", "fills"),
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
        Row(
            "Money",
            (
                graph("Equity", ("sextant_ledger_equity", "{{portfolio}}"), unit=Unit.MONEY),
                graph(
                    "Profit and loss",
                    ("sextant_ledger_day_pnl", "{{portfolio}} today"),
                    ("sextant_ledger_realised_pnl", "{{portfolio}} realised"),
                    ("sextant_ledger_unrealised_pnl", "{{portfolio}} unrealised"),
                    unit=Unit.MONEY,
                ),
                graph(
                    "Exposure",
                    ("sextant_ledger_gross_exposure", "{{portfolio}} gross"),
                    ("sextant_ledger_net_exposure", "{{portfolio}} net"),
                    unit=Unit.MONEY,
                ),
            ),
        ),
    ),
)
