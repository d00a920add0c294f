"""Holding execution with SIGSTOP until another instance has taken over, then letting it go on: it must not write as the owner it was."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from sextant.bus.kafka.log import KafkaLog
from sextant.cli.group_reading import read_groups
from sextant.demo.loopback import get
from sextant.demo.platform_run import Run

_OLD: Final = "execution"
_NEW: Final = "execution-1"
_GROUP: Final = "execution"
#: The two instances' names in the journal and in the group.
_OLD_OWNER: Final = "execution-0"
_NEW_OWNER: Final = "execution-1"
_FENCED: Final = "sextant_execution_fenced_total"
#: Time for the old owner to try whatever it has in hand, s.
_GRACE_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Writer:
    """Who may write a portfolio's orders, as the journal says."""

    owner: str
    epoch: int


@dataclass(slots=True)
class Takeover:
    """One takeover. `refusals`: how often the journal refused the woken owner a write. `has_rejoined`: it has become a member anew.

    Only who has found out that it is no member any more joins again: the group had given it up before it was woken.
    """

    run: Run
    before: dict[str, Writer] = field(default_factory=dict)
    taken: dict[str, Writer] = field(default_factory=dict)
    refusals: int = 0
    has_rejoined: bool = False
    _released: float = 0.0

    def instances(self) -> list[str]:
        """Return the two instances, as the run names them."""
        return [_OLD, _NEW]

    def prepare(self) -> None:
        """Remember who writes now, so that the owner can be stopped without delay once an order is on its way."""
        self.before = self._writers()

    def hold(self) -> None:
        """Stop the owner in its tracks."""
        self.run.children.pause(_OLD)

    def replace(self) -> None:
        """Start the other instance."""
        self.run.start_service("execution", "1")

    def has_taken_over(self) -> bool:
        """Return whether the other instance writes every portfolio and is ready, and the held one is no member any more."""
        if self.run.health(_NEW)[0] != 200:
            return False
        self.taken = self._writers()
        return all(writer.owner == _NEW_OWNER for writer in self.taken.values()) and not self._is_member()

    def release(self) -> None:
        """Let the old owner go on, in the belief that nothing has happened."""
        self.run.children.resume(_OLD)
        self._released = time.monotonic()

    def has_noticed(self) -> bool:
        """Return whether the old owner had time to try what it had in hand, answers again, and has become a member anew."""
        if time.monotonic() - self._released < _GRACE_S or self.run.health(_OLD)[0] == 0:
            return False
        self.refusals = self._fenced()
        self.has_rejoined = self._is_member()
        return self.has_rejoined

    def end(self) -> None:
        """Let the other instance leave in good order."""
        self.run.unclean += self.run.children.stop([_NEW])

    def is_handed_back(self) -> bool:
        """Return whether the old instance has become the owner anew, in a later epoch, and is ready."""
        now = self._writers()
        return self.run.health(_OLD)[0] == 200 and all(
            writer.owner == _OLD_OWNER and writer.epoch > self.before[name].epoch + 1
            for name, writer in now.items()
        )

    def _writers(self) -> dict[str, Writer]:
        return asyncio.run(read_writers(self.run.addresses.postgres_dsn))

    def _is_member(self) -> bool:
        return _OLD_OWNER in asyncio.run(read_members(self.run.addresses.bootstrap))

    def _fenced(self) -> int:
        status, body = get(self.run.health_port(_OLD), "/metrics")
        if status != 200:
            return 0
        lines = (line.split() for line in body.decode().splitlines())
        return sum(int(float(words[1])) for words in lines if words and words[0] == _FENCED)


async def read_members(bootstrap: str) -> set[str]:
    """Return who is in execution's group. Raises BusUnavailable."""
    async with KafkaLog(bootstrap, "sextant-proof") as log:
        groups = await read_groups(log)
    return {member.name for group in groups if group.name == _GROUP for member in group.members}


async def read_writers(dsn: str) -> dict[str, Writer]:
    """Return the writer of each portfolio. Raises OSError or PostgresError when the database does not answer."""
    db = await asyncpg.connect(dsn)
    try:
        rows = await db.fetch("select portfolio, owner, epoch from execution.writers")
        return {row["portfolio"]: Writer(row["owner"], row["epoch"]) for row in rows}
    finally:
        await db.close()
