"""`python -m tests.cluster.quiet HOST:PORT`: waits until nothing moves in the topics of the line any more; fails when it still does."""

from __future__ import annotations

import asyncio
import sys

from sextant.demo.waiting import wait_quiet

if __name__ == "__main__":
    raise SystemExit(0 if asyncio.run(wait_quiet(sys.argv[1], lambda: None)) else 1)
