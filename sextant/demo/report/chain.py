"""Whether the audit chain in the log is whole: every link follows from the one before it, and says what was hashed."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from sextant.bus.port import Bus
from sextant.contracts.control.v1 import control_pb2
from sextant.demo.report.reading import Sieve, messages

AUDIT: Final = "control.audit.v1"


async def chain_problems(bus: Bus) -> list[str]:
    """Return what is wrong with the chain; a run in which nobody ordered anything has none."""
    sieve, found = Sieve(AUDIT, compares=True), list[str]()
    previous, number = bytes(32), 0
    async for _, _, link in messages(bus, sieve, control_pb2.AuditEntry):
        if link.number != number + 1:
            found.append(f"{AUDIT}: link {link.number} follows link {number}")
        elif link.previous_hash != previous:
            found.append(f"{AUDIT}: link {link.number} does not follow from the one before")
        if link.hash != _digest(link):
            found.append(f"{AUDIT}: link {link.number} does not say what was hashed")
        previous, number = link.hash, link.number
    return [*found, *sieve.problems, *sieve.contradictions]


def _digest(link: control_pb2.AuditEntry) -> bytes:
    """Return SHA-256 over the other fields in canonical JSON, as the message's definition says."""
    time_ns = link.action_time.ToNanoseconds()
    fields = [link.number, link.actor, link.action, link.detail, time_ns, link.previous_hash.hex()]
    return hashlib.sha256(json.dumps(fields, separators=(",", ":"), ensure_ascii=True).encode()).digest()
