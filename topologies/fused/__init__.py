"""The fused topology: all stages in one process, hops in memory, a virtual clock; for backtests, replay and embedded use."""

from topologies.fused.run import FusedResult, run_fused

__all__ = ["FusedResult", "run_fused"]
