"""The log in memory: for tests, fused runs and replay. Nothing waits unless there is nothing to return."""

from sextant.bus.memory.bus import MemoryBus
from sextant.bus.memory.log import MemoryLog

__all__ = ["MemoryBus", "MemoryLog"]
