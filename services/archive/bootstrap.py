"""Building the archive: the only module that names its adapters."""

from __future__ import annotations

from services.archive.adapters.parquet import ParquetArchive
from services.archive.service import ArchiveService
from sextant.core.errors import SettingsInvalid
from sextant.runtime.service import Resources, Service


def build(resources: Resources) -> Service:
    """Return the archive over a folder. Raises SettingsInvalid without one."""
    folder = resources.process.archive_folder
    if folder is None:
        raise SettingsInvalid("SEXTANT_ARCHIVE_FOLDER: expected a folder, was nothing")
    return ArchiveService(resources, ParquetArchive(folder))
