"""Can the prices be trusted? Venues, fixes, gaps, clocks."""

from __future__ import annotations

from deploy.observability.board import Board, Row, Unit, graph, number, or_zero

BOARD = Board(
    "sextant-market",
    "Sextant / Market data",
    "Whether prices can be trusted: venues, fixes, gaps, clocks.",
    (
        Row(
            "Fixes",
            (
                number("Fixes with their quorum", "avg(sextant_fix_good)", unit=Unit.RATIO),
                number("Fixes degraded", "sum(sextant_fix_good == bool 0)", bad_above=0),
                graph("Venues in the newest fix", ("sextant_fix_venues", "{{asset}}")),
                graph(
                    "Deviation of fixes, basis points",
                    ("sextant_fix_deviation_bp", "{{asset}}"),
                    unit=Unit.BASIS_POINTS,
                ),
            ),
        ),
        Row(
            "Venues",
            (
                graph(
                    "Instruments that are not valid",
                    (
                        'sum by (venue, verdict) (sextant_venue_instruments{verdict!="VALID"})',
                        "{{venue}} {{verdict}}",
                    ),
                ),
                graph(
                    "Anomalies, a minute",
                    (
                        or_zero("60 * sum by (venue, verdict) (rate(sextant_anomalies_total[5m]))"),
                        "{{venue}} {{verdict}}",
                    ),
                ),
                graph(
                    "Time since the newest frame",
                    ("time() - sextant_ingest_last_frame_timestamp_seconds", "{{venue}}"),
                    unit=Unit.SECONDS,
                ),
                graph(
                    "Clock less ours", ("sextant_ingest_clock_offset_seconds", "{{venue}}"), unit=Unit.SECONDS
                ),
                graph(
                    "Gaps and reconnects, a minute",
                    ("60 * rate(sextant_ingest_gaps_total[5m])", "{{venue}} gaps"),
                    ("60 * rate(sextant_ingest_reconnects_total[5m])", "{{venue}} reconnects"),
                ),
                graph(
                    "Books that are not whole",
                    ("sextant_ingest_books - sextant_ingest_books_whole", "{{venue}}"),
                ),
                graph(
                    "Uptime of streams",
                    ("sextant_ingest_stream_uptime_seconds", "{{venue}} {{connection}}"),
                    unit=Unit.SECONDS,
                ),
                graph(
                    "Frames, a second",
                    ("rate(sextant_ingest_frames_total[1m])", "{{venue}}"),
                    unit=Unit.PER_SECOND,
                ),
                graph(
                    "Bytes received, a second",
                    ("rate(sextant_ingest_bytes_total[1m])", "{{venue}}"),
                    unit=Unit.BYTES,
                ),
            ),
        ),
        Row(
            "How late it is",
            (
                graph(
                    "Age of the newest event",
                    (
                        'max by (stage) (sextant_event_age_seconds{stage=~"triangulation|features|strategies"})',
                        "{{stage}}",
                    ),
                    unit=Unit.SECONDS,
                ),
                graph(
                    "Frame to acknowledgement, p99",
                    (
                        'stage:sextant_tick_age_seconds:p99_5m{stage=~"ingest|triangulation|features|strategies"}',
                        "{{stage}}",
                    ),
                    unit=Unit.SECONDS,
                ),
                graph(
                    "Trades that came too late, a minute",
                    ("60 * rate(sextant_trades_late_total[5m])", "late"),
                ),
            ),
        ),
    ),
)
