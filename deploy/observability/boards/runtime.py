"""Kafka and the processes: lag, rebalances, loops, memory, disks, spans."""

from __future__ import annotations

from deploy.observability.board import Board, Row, Unit, graph, number, or_zero

BOARD = Board(
    "sextant-runtime",
    "Sextant / Kafka and runtime",
    "How far services are behind, and what their processes use.",
    (
        Row(
            "Log",
            (
                graph("Lag, records", ("sum by (group) (sextant_log_lag_records)", "{{group}}")),
                graph("Partitions held", ("sum by (group) (sextant_log_partitions)", "{{group}}")),
                graph("Rebalances", ("sum by (group) (sextant_log_rebalances_total)", "{{group}}")),
                graph(
                    "Records read, a second",
                    ("stage:sextant_records_in:rate1m", "{{stage}}"),
                    unit=Unit.PER_SECOND,
                ),
                graph(
                    "Records written, a second",
                    ("sum by (topic) (rate(sextant_records_out_total[1m]))", "{{topic}}"),
                    unit=Unit.PER_SECOND,
                ),
                graph(
                    "Dead letters",
                    ("sum by (stage, topic) (sextant_dead_letters_total)", "{{stage}} {{topic}}"),
                ),
                graph("Duplicates dropped", ("sum by (stage) (sextant_duplicates_dropped)", "{{stage}}")),
                graph(
                    "Age of the oldest snapshot",
                    ("max by (stage) (sextant_snapshot_age_seconds)", "{{stage}}"),
                    unit=Unit.SECONDS,
                ),
                graph(
                    "Archived, a second",
                    ("sum(rate(sextant_archive_rows_total[1m]))", "records"),
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
        Row(
            "Processes",
            (
                graph("Ready", ("min by (stage) (sextant_ready)", "{{stage}}"), unit=Unit.FLAG),
                graph("Processor, cores", ("stage:process_cpu_seconds:rate1m", "{{stage}}")),
                graph("Memory", ("stage:process_resident_memory_bytes:max", "{{stage}}"), unit=Unit.BYTES),
                graph(
                    "Loop lag, p99", ("stage:sextant_loop_lag_seconds:p99_2m", "{{stage}}"), unit=Unit.SECONDS
                ),
                graph(
                    "Up for",
                    ("time() - stage:process_start_time_seconds:max", "{{stage}}"),
                    unit=Unit.SECONDS,
                ),
                graph(
                    "Disk that is left",
                    ("sextant_disk_free_bytes / sextant_disk_size_bytes", "{{stage}} {{folder}}"),
                    unit=Unit.RATIO,
                ),
                number(
                    "Certificate that ends first, days",
                    or_zero("min((sextant_certificate_expiry_timestamp_seconds - time()) / 86400)"),
                    says="0 where no certificate is used.",
                ),
            ),
        ),
        Row(
            "Spans",
            (
                graph(
                    "Exported, a second",
                    ("sum(rate(sextant_spans_exported_total[1m]))", "spans"),
                    unit=Unit.PER_SECOND,
                ),
                graph(
                    "Not exported",
                    ("sum(sextant_spans_dropped_total)", "dropped"),
                    ("sum(sextant_spans_refused_total)", "refused"),
                    ("sum(sextant_spans_late_total)", "late"),
                ),
            ),
        ),
    ),
)
