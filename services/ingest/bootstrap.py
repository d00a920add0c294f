"""Composes ingest from the platform's settings."""

from __future__ import annotations

from services.ingest.domain.recorded_clock import RecordedClock
from services.ingest.metrics import IngestMetrics
from services.ingest.service import IngestService
from services.ingest.session import Tuning, VenueSession
from sextant.runtime.service import Resources
from sextant.venues.native import choose


def build(resources: Resources) -> IngestService:
    """Return the service for every venue of the platform."""
    return build_tuned(resources, None)


def build_tuned(resources: Resources, tuning: Tuning | None) -> IngestService:
    """As build(), with other waiting times. Raises SettingsInvalid where the native path is asked for and not installed."""
    path = choose(resources.process.market_path)
    resources.log.info("market path chosen", path=path.name)
    metrics = IngestMetrics(resources.metrics)
    recorded = RecordedClock()
    sessions = [
        VenueSession(name, venue, resources, metrics, recorded, path, tuning)
        for name, venue in resources.platform.venues.items()
    ]
    return IngestService(sessions, resources.health)
