"""Sides of a comparison: our chain first, so that the bare one can say the same bytes."""

from __future__ import annotations

from benchmarks.chain.driver import Side
from benchmarks.chain.processes import Chain
from benchmarks.chain.stages import BASE, PORTFOLIO
from benchmarks.chain.topics import FIRST, Hop, bare_topic
from sextant.contracts.topics import TOPICS
from sextant.core.partitions import PORTFOLIO_PARTITIONS, market_partition, portfolio_partition


def partition_at_end(target: str) -> int:
    """Return the partition in which one of our topics gets the benchmark's records."""
    is_portfolio = TOPICS[target].partitions == PORTFOLIO_PARTITIONS
    return portfolio_partition(PORTFOLIO) if is_portfolio else market_partition(BASE)


def our_side(chain: Chain, hops: list[Hop]) -> Side:
    """Return our chain from its first topic to its last."""
    return Side(FIRST, hops[-1].target, partition_at_end(hops[-1].target), chain)


def bare_side(chain: Chain, hops: list[Hop]) -> Side:
    """Return the twin of our chain of these (our) hops."""
    target = hops[-1].target
    return Side(bare_topic(FIRST), bare_topic(target), partition_at_end(target), chain)
