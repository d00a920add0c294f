"""The audit chain of operators' commands: each is a link, and each link reaches the log, whatever dies in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.ledger.domain.audit import Act
from services.ledger.marks import Marks
from services.ledger.messages import command_act
from services.ledger.metrics import LedgerMetrics
from services.ledger.statements import Statements
from services.ledger.store import Audited, Claim, Deed, LedgerStore
from sextant.bus.port import TopicPartition
from sextant.runtime.service import Resources
from sextant.runtime.stage import Input

COMMANDS: Final = "control.commands.v1"


class Auditing:
    """The `Work` of commands. `key` verifies them; without one none counts as given by the operator that it names."""

    def __init__(
        self, resources: Resources, store: LedgerStore, metrics: LedgerMetrics, key: bytes | None
    ) -> None:
        self._resources, self._store, self._metrics, self._key = resources, store, metrics, key
        self._statements = Statements(resources.platform, resources.stamper, Marks())
        self._producer = resources.bus.producer()

    async def open(self, claim: Claim) -> None:
        await self._say(await self._store.unpublished_audit())

    def close(self, at: TopicPartition) -> None:
        return None

    def read(self, record: Input) -> tuple[Act, Input]:
        return command_act(record.value, self._key), record

    async def apply(
        self, claim: Claim, items: Sequence[tuple[Act, Input]], next_offset: int, in_ns: int
    ) -> Claim:
        stamper = self._resources.stamper
        deeds = [
            Deed(_source(act, record), act, record.lineage.with_hop(stamper.hop(in_ns, record.position)).raw)
            for act, record in items
        ]
        for deed in deeds:
            self._metrics.audited.labels(deed.act.action).inc()
        await self._say(await self._store.append_audit(claim, deeds, next_offset))
        return claim.at(next_offset)

    async def _say(self, audited: Sequence[Audited]) -> None:
        if audited:
            await self._producer.send([self._statements.audit(each) for each in audited])
            await self._store.audit_published(audited)


def _source(act: Act, record: Input) -> str:
    """Return what makes the act one: a proven command's id, however often it is sent; every record that nobody has signed by itself."""
    if act.is_proven:
        return f"{act.action}/{act.detail['command_id']}"
    return f"{record.position.topic}/{record.position.partition}@{record.position.offset}"
