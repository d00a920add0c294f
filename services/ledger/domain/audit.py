"""The audit chain: each link holds the hash of the one before, so that nothing is changed or left out unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did, before it has its place in the chain."""

    actor: str
    action: str
    detail: Mapping[str, str]
    time_ns: int
    #: Whether the actor is known to have done it.
    is_proven: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """One thing that was done. `detail` is canonical JSON."""

    number: int
    actor: str
    action: str
    detail: str
    action_time_ns: int
    previous_hash: bytes
    hash: bytes = b""

    def sealed(self) -> Link:
        """Return the link with its own hash."""
        return replace(self, hash=self.digest())

    def digest(self) -> bytes:
        """Return SHA-256 over the other fields in canonical JSON."""
        fields = [
            self.number,
            self.actor,
            self.action,
            self.detail,
            self.action_time_ns,
            self.previous_hash.hex(),
        ]
        return hashlib.sha256(json.dumps(fields, separators=(",", ":"), ensure_ascii=True).encode()).digest()


def append(tail: Link | None, act: Act) -> Link:
    """Return the link after `tail`."""
    text = json.dumps(dict(act.detail), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    number, previous = (tail.number + 1, tail.hash) if tail else (1, GENESIS)
    return Link(number, act.actor, act.action, text, act.time_ns, previous).sealed()


def first_broken(links: Iterable[Link]) -> int | None:
    """Return the number of the first link that does not follow from the one before it; None when the chain is whole."""
    previous = GENESIS
    for number, link in enumerate(links, start=1):
        if link.number != number or link.previous_hash != previous or link.hash != link.digest():
            return number
        previous = link.hash
    return None
