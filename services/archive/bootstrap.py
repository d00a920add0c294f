"""Building the archive: the only module that names its adapters."""

from __future__ import annotations

from services.archive.adapters.parquet import ParquetArchive
from services.archive.service import ArchiveService
from sextant.runtime.service import Resources, Service
from sextant.runtime.settings.needs import require_archive_folder


def build(resources: Resources) -> Service:
    """Return the archive over a folder. Raises SettingsInvalid without one."""
    folder = require_archive_folder(resources.process)
    return ArchiveService(resources, ParquetArchive(folder))
