"""What every test has: the local stack's fixtures, and properties that judge results, never speed."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.stack"]

# Machines are shared, so no example is judged by its time; continuous integration tries the same examples every time.
settings.register_profile("shared", deadline=None)
settings.register_profile("ci", parent=settings.get_profile("shared"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "shared")


# A job that a shell started in the background ignores Ctrl-C, and its children inherit that: tests of Ctrl-C would wait in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first: another process works off the short ones meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
