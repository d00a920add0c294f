"""What becomes of an order, and how long does each stage take?"""

from __future__ import annotations

from deploy.observability.board import Board, Row, Unit, graph, number

_STAGES = "ingest|triangulation|features|strategies|ensemble|risk|execution|ledger"


def _quantile(quantile: float, metric: str, by: str) -> str:
    return f"histogram_quantile({quantile}, sum by ({by}, le) (rate({metric}_bucket[5m])))"


BOARD = Board(
    "sextant-orders",
    "Sextant / Order path",
    "What becomes of orders, and how long each stage takes; the points on latencies are traces of orders.",
    (
        Row(
            "Orders",
            (
                graph("Orders that are not final", ("sextant_execution_open_orders", "{{state}}")),
                graph(
                    "How their way ended, a minute",
                    ("60 * sum by (result) (rate(sextant_execution_ways_total[5m]))", "{{result}}"),
                ),
                graph(
                    "Changes of state, a minute",
                    ("60 * sum by (state) (rate(sextant_execution_orders_total[5m]))", "{{state}}"),
                ),
                number(
                    "Oldest of unknown outcome",
                    "max(sextant_execution_unknown_age_seconds)",
                    unit=Unit.SECONDS,
                    bad_above=10,
                ),
                number("Accounts reconciled", "sum(sextant_execution_reconciled)"),
                number("Outbox", "sum(sextant_execution_outbox_pending)", bad_above=100),
                number(
                    "Errors of the order path, 5 min",
                    "sextant:order_path:error_ratio_5m",
                    unit=Unit.RATIO,
                    bad_above=0.0144,
                ),
                graph("Fills, a minute", ("60 * rate(sextant_execution_fills_total[5m])", "{{account}}")),
            ),
        ),
        Row(
            "Latency by stage",
            (
                graph(
                    "Frame to acknowledgement, p50",
                    (f'stage:sextant_tick_age_seconds:p50_5m{{stage=~"{_STAGES}"}}', "{{stage}}"),
                    unit=Unit.SECONDS,
                    says="The line of a stage lies above that of the stage before it by what the hop and the stage take.",
                    width=12,
                ),
                graph(
                    "Frame to acknowledgement, p99",
                    (_quantile(0.99, "sextant_tick_age_seconds", "stage"), "{{stage}}"),
                    unit=Unit.SECONDS,
                    says="Points are traces of orders: a click opens them in Jaeger.",
                    width=12,
                    exemplars=True,
                ),
                graph(
                    "A stage's own step, p99",
                    (_quantile(0.99, "sextant_step_seconds", "stage"), "{{stage}}"),
                    unit=Unit.SECONDS,
                ),
                graph(
                    "The venue's reply, p99",
                    (_quantile(0.99, "sextant_execution_submit_seconds", "account"), "{{account}}"),
                    unit=Unit.SECONDS,
                    exemplars=True,
                ),
                graph(
                    "A write of the journal, p99",
                    (
                        "histogram_quantile(0.99, sum by (le) (rate(sextant_execution_journal_seconds_bucket[5m])))",
                        "journal",
                    ),
                    unit=Unit.SECONDS,
                ),
            ),
        ),
    ),
)
