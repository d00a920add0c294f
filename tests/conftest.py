"""What every test has: the local stack's fixtures, and properties that judge results, never speed."""

from __future__ import annotations

import os

from hypothesis import settings

pytest_plugins = ["tests.support.stack"]

# Machines are shared, so no example is judged by its time; continuous integration tries the same examples every time.
settings.register_profile("shared", deadline=None)
settings.register_profile("ci", parent=settings.get_profile("shared"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "shared")
