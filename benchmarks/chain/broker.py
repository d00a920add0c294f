"""A real broker in a temporary folder, for as long as a benchmark runs."""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sextant.stack import Stack


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker answers and where its files lie."""

    bootstrap: str
    folder: Path

    def appended_bytes(self, topic: str) -> int:
        """Return how many bytes the log segments of a topic hold."""
        return sum(path.stat().st_size for path in self.folder.glob(f"kafka/**/{topic}-*/*.log"))


@contextmanager
def local_broker() -> Iterator[Broker]:
    """Start a broker, and stop it and remove its folder at the end. Raises StackError where it cannot be started."""
    # New topics have no leader for a moment, of which the client complains once a try.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="sextant-bench-") as folder:
        root = Path(folder)
        stack = Stack(
            root, services=["kafka"], disk_cap_mb=2048, progress=lambda line: print(line, file=sys.stderr)
        )
        try:
            yield Broker(stack.up().bootstrap, root)
        finally:
            stack.down()
