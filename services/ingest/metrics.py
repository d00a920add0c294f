"""Metrics of ingest: counters are read from the feeds when they are scraped, so that a frame pays nothing for them."""

from __future__ import annotations

import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sextant.core.time import SECOND
from sextant.telemetry.latency import TickAge
from sextant.venues.binance.feed import VenueFeed

_BATCHES = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89)


class IngestMetrics(Collector):
    """Everything that ingest shows, by venue."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._feeds: dict[str, VenueFeed] = {}
        self._newest_ns: dict[str, int] = {}
        self._batches = Histogram(
            "sextant_ingest_flush_batches",
            "Batches per flush.",
            ["venue"],
            registry=registry,
            buckets=_BATCHES,
        )
        self._sent = Counter(
            "sextant_ingest_sent_bytes", "Bytes of records given to the log.", ["venue"], registry=registry
        )
        self._tick_age = TickAge(registry, "ingest")
        registry.register(self)

    def watch(self, feed: VenueFeed) -> None:
        """Show a feed's counters from now on."""
        self._feeds[feed.venue] = feed

    def flushed(self, venue: str, batches: int, size: int) -> None:
        """Take what a flush holds."""
        self._batches.labels(venue).observe(batches)
        self._sent.labels(venue).inc(size)

    def acknowledged(self, venue: str, received_ns: int, now_ns: int) -> None:
        """Take that a flush is in the log, and when the newest frame came by our wall clock, ns; 0 where there was none."""
        if received_ns > self._newest_ns.get(venue, 0):  # a second without a frame is told of too
            self._newest_ns[venue] = received_ns
            self._tick_age.observe(received_ns, now_ns)

    def collect(self) -> Iterable[Metric]:
        families = {
            name: CounterMetricFamily(f"sextant_ingest_{name}", text, labels=["venue"])
            for name, text in (
                ("frames", "Frames received."),
                ("bytes", "Bytes of frames received."),
                ("events", "Rows normalised, statuses not counted."),
                ("gaps", "Sequence gaps of order books."),
                ("reconnects", "Connections opened again."),
                ("refused", "Frames that could not be normalised."),
                (
                    "fallbacks",
                    "Frames of a usual stream that native code left to Python; stays 0 where the pure path runs.",
                ),
                ("batches", "Columnar batches written."),
            )
        }
        whole = GaugeMetricFamily(
            "sextant_ingest_books_whole", "Order books that are whole.", labels=["venue"]
        )
        books = GaugeMetricFamily("sextant_ingest_books", "Order books that are kept.", labels=["venue"])
        opened = GaugeMetricFamily("sextant_ingest_connections_open", "Open connections.", labels=["venue"])
        wanted = GaugeMetricFamily(
            "sextant_ingest_connections", "Connections that should be open.", labels=["venue"]
        )
        uptime = GaugeMetricFamily(
            "sextant_ingest_stream_uptime_seconds",
            "How long a connection has been open; 0 while it is not.",
            labels=["venue", "connection"],
        )
        newest = GaugeMetricFamily(
            "sextant_ingest_last_frame_timestamp_seconds",
            "When the newest frame came that is in the log, by our wall clock.",
            labels=["venue"],
        )
        offset = GaugeMetricFamily(
            "sextant_ingest_clock_offset_seconds", "Venue clock minus ours.", labels=["venue"]
        )
        pending = GaugeMetricFamily(
            "sextant_ingest_pending_bytes", "Raw bytes not yet sent.", labels=["venue"]
        )
        for venue, feed in self._feeds.items():
            counts = feed.counts
            for name, family in families.items():
                held = {"events": feed.events, "gaps": feed.gaps, "fallbacks": counts.left}.get(name)
                family.add_metric([venue], getattr(counts, name) if held is None else held)
            whole.add_metric([venue], sum(book.sync.is_whole for book in feed.books.values()))
            books.add_metric([venue], len(feed.books))
            opened.add_metric([venue], feed.open_connections)
            wanted.add_metric([venue], len(feed.connections))
            for connection, since_ns in feed.open_since_ns.items():
                up_s = max(0.0, time.time() - since_ns / SECOND) if since_ns else 0.0
                uptime.add_metric([venue, connection], up_s)
            offset.add_metric([venue], feed.clock.offset_ns / 1e9)
            pending.add_metric([venue], feed.pending_bytes)
        for venue, newest_ns in self._newest_ns.items():
            newest.add_metric([venue], newest_ns / SECOND)
        return [*families.values(), whole, books, opened, wanted, uptime, newest, offset, pending]
