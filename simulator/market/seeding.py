"""Random numbers named by text, so that a name gives the same numbers in every process and on every run.

`hash()` depends on PYTHONHASHSEED and a shared generator depends on who drew before; a digest of the name does neither.
"""

import hashlib

import numpy as np


def generator(*name: object) -> np.random.Generator:
    """Return a fresh generator that depends on nothing but the text of `name`."""
    digest = hashlib.sha256("|".join(str(part) for part in name).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def uniform(low: float, high: float, *name: object) -> float:
    """Return one number in [low, high) that depends on nothing but the text of `name`."""
    return float(generator(*name).uniform(low, high))
