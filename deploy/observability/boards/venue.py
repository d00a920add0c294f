"""One venue: its streams, its books, what is held of it, our orders there."""

from __future__ import annotations

from deploy.observability.board import Board, Row, Unit, graph, number


def board(venue: str) -> Board:
    """Return the dashboard of a venue. Its accounts are those whose name begins with the venue's."""
    own, accounts = f'{{venue="{venue}"}}', f'{{account=~"{venue}-.+"}}'
    return Board(
        f"sextant-venue-{venue}",
        f"Sextant / Venue {venue}",
        f"Streams, books and verdicts of {venue}, and our orders there.",
        (
            Row(
                "State",
                (
                    number("Connections open", f"sextant_ingest_connections_open{own}"),
                    number(
                        "Time since the newest frame",
                        f"time() - sextant_ingest_last_frame_timestamp_seconds{own}",
                        unit=Unit.SECONDS,
                        bad_above=5,
                    ),
                    number(
                        "Books whole",
                        f"sextant_ingest_books_whole{own} / sextant_ingest_books{own}",
                        unit=Unit.RATIO,
                    ),
                    number("Clock less ours", f"sextant_ingest_clock_offset_seconds{own}", unit=Unit.SECONDS),
                    number("Gaps", f"sextant_ingest_gaps_total{own}"),
                    number("Frames refused", f"sextant_ingest_refused_total{own}", bad_above=0),
                ),
            ),
            Row(
                "Market data",
                (
                    graph("Instruments by verdict", (f"sextant_venue_instruments{own}", "{{verdict}}")),
                    graph(
                        "Frames, a second",
                        (f"rate(sextant_ingest_frames_total{own}[1m])", "frames"),
                        unit=Unit.PER_SECOND,
                    ),
                    graph(
                        "Uptime of streams",
                        (f"sextant_ingest_stream_uptime_seconds{own}", "{{connection}}"),
                        unit=Unit.SECONDS,
                    ),
                ),
            ),
            Row(
                "Our orders",
                (
                    graph(
                        "Fills, a minute",
                        (f"60 * rate(sextant_execution_fills_total{accounts}[5m])", "{{account}}"),
                    ),
                    graph(
                        "Reply, p99",
                        (
                            f"histogram_quantile(0.99, sum by (account, le) (rate(sextant_execution_submit_seconds_bucket{accounts}[5m])))",
                            "{{account}}",
                        ),
                        unit=Unit.SECONDS,
                        exemplars=True,
                    ),
                    graph("Drift", (f"sextant_execution_drift{accounts}", "{{account}} {{asset}}")),
                    graph(
                        "Reconciled",
                        (f"sextant_execution_reconciled{accounts}", "{{account}}"),
                        unit=Unit.FLAG,
                    ),
                    graph(
                        "Balances", (f"sextant_ledger_balance{accounts}", "{{account}} {{asset}}"), width=16
                    ),
                ),
            ),
        ),
    )
