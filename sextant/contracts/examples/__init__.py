"""Canonical messages of every topic: what producers write and every consumer must read.

`EXAMPLES[topic][name]` builds one; its bytes are stored in `data/` and never change, so that later versions are tested against them.
All examples tell one story: a quote of BTC at venue alpha becomes an order, and the books.
"""

from sextant.contracts.examples.catalogue import EXAMPLES
from sextant.contracts.examples.values import Example

__all__ = ["EXAMPLES", "Example"]
