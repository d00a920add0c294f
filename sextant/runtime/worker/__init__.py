"""The one worker loop: runs a pure stage over any bus, recovers it bit-equal, drains it on revocation."""

from sextant.runtime.worker.worker import Worker

__all__ = ["Worker"]
