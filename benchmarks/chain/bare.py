"""A hop of the bare client: take, send the same bytes as ours would, await acknowledgements, commit; nothing is decoded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.chain.client import bare_member, bare_producer, header_of
from benchmarks.chain.topics import Hop
from sextant.runtime.stamp import LINEAGE

_POLL_MS = 100
_COMMIT_S = 0.2
_MAX_RECORDS = 2_000


@dataclass(frozen=True, slots=True)
class Template:
    """The record that our stage said, to be said again by the bare hop."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    partition: int

    def encode(self, answers: int) -> dict[str, Any]:
        """Return JSON values; `answers` is the length of the input's value."""
        headers = [[name, value.hex()] for name, value in self.headers]
        return {
            "answers": answers,
            "key": self.key.hex(),
            "value": self.value.hex(),
            "headers": headers,
            "partition": self.partition,
        }

    @classmethod
    def decode(cls, held: Mapping[str, Any]) -> Self:
        headers = tuple((name, bytes.fromhex(value)) for name, value in held["headers"])
        return cls(bytes.fromhex(held["key"]), bytes.fromhex(held["value"]), headers, held["partition"])


async def run_bare(bootstrap: str, hop: Hop, templates: Mapping[int, Template], stop: asyncio.Event) -> None:
    """Work until `stop`. The cadence of commits and the order of a step are those of our worker."""
    producer, consumer = bare_producer(bootstrap), bare_member(bootstrap, f"bare-{hop.stage}", hop.source)
    await producer.start()
    await consumer.start()
    try:
        await _work(producer, consumer, hop.target, templates, stop)
    finally:
        await consumer.stop()
        await producer.stop()


async def _work(
    producer: AIOKafkaProducer,
    consumer: AIOKafkaConsumer,
    target: str,
    templates: Mapping[int, Template],
    stop: asyncio.Event,
) -> None:
    committed = time.monotonic()
    is_ahead = False
    while not stop.is_set():
        batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_MAX_RECORDS)
        answers = []
        for records in batches.values():
            for record in records:
                template = templates[len(record.value)]
                headers = _with_lineage(template.headers, header_of(record.headers, LINEAGE))
                answers.append(
                    await producer.send(
                        target, template.value, template.key, template.partition, None, headers
                    )
                )
        for answer in answers:
            await answer
        is_ahead = is_ahead or bool(answers)
        if is_ahead and time.monotonic() - committed >= _COMMIT_S:
            committed, is_ahead = time.monotonic(), False
            await consumer.commit()


def _with_lineage(headers: tuple[tuple[str, bytes], ...], came: bytes) -> list[tuple[str, bytes]]:
    """Carry the way that the record came on, so that its first hop says when it was sent; the length is that of ours."""
    return [(name, came + value[len(came) :] if name == LINEAGE else value) for name, value in headers]
