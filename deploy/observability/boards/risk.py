"""What is refused, and what stops us?"""

from __future__ import annotations

from deploy.observability.board import Board, Row, Unit, graph, number, or_zero

BOARD = Board(
    "sextant-risk",
    "Sextant / Risk and breakers",
    "What is approved and refused, what stops new risk, how much is at stake.",
    (
        Row(
            "Decisions",
            (
                graph(
                    "Approved and refused, a minute",
                    (
                        or_zero("60 * sum by (portfolio) (rate(sextant_risk_approved_total[5m]))"),
                        "{{portfolio}} approved",
                    ),
                    (
                        or_zero("60 * sum by (portfolio) (rate(sextant_risk_refused_total[5m]))"),
                        "{{portfolio}} refused",
                    ),
                    width=12,
                ),
                graph(
                    "Refusals by code, a minute",
                    (or_zero("60 * sum by (code) (rate(sextant_risk_refused_total[5m]))"), "{{code}}"),
                    width=12,
                ),
            ),
        ),
        Row(
            "Breakers and commands",
            (
                graph(
                    "State of breakers", ("sextant_breaker_state == 1", "{{scope}} {{state}}"), unit=Unit.FLAG
                ),
                graph("Epochs", ("sextant_breaker_epoch", "{{scope}}")),
                number(
                    "Silence of the breakers at execution",
                    "max(sextant_execution_breakers_silence_seconds)",
                    unit=Unit.SECONDS,
                    bad_above=2,
                ),
                number("Commands not obeyed", "sum(sextant_refused_commands)", bad_above=0),
                graph(
                    "Orders that the gate stopped, a minute",
                    (
                        '60 * sum by (result) (rate(sextant_execution_ways_total{result=~"halted|breaker|expired|silent|unknown|unreconciled"}[5m]))',
                        "{{result}}",
                    ),
                ),
            ),
        ),
        Row(
            "At stake",
            (
                graph(
                    "Exposure",
                    ("sextant_ledger_gross_exposure", "{{portfolio}} gross"),
                    ("sextant_ledger_net_exposure", "{{portfolio}} net"),
                    unit=Unit.MONEY,
                ),
                graph("Profit and loss today", ("sextant_ledger_day_pnl", "{{portfolio}}"), unit=Unit.MONEY),
                graph(
                    "Signals and intents, a minute",
                    (
                        "60 * sum by (strategy, side) (rate(sextant_strategies_signals_total[5m]))",
                        "{{strategy}} {{side}}",
                    ),
                    (
                        "60 * sum by (portfolio, side) (rate(sextant_ensemble_intents_total[5m]))",
                        "{{portfolio}} {{side}}",
                    ),
                ),
            ),
        ),
    ),
)
