"""Tests of feeds over both paths of market frames."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sextant.venues.native import PURE
from tests.support import binance_feeds


@pytest.fixture(scope="module", params=["pure", "native"])
def each_path(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a module's tests once with each path; skips the native one where it is not built."""
    binance_feeds.default_path = PURE if request.param == "pure" else binance_feeds.native_path()
    yield
    binance_feeds.default_path = None
