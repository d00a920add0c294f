"""The whole platform over Kafka, a process a service, each exporting its own spans to one collector of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from proofs.traced.edges import TOPICS
from proofs.traced.receiver import Receiver, serving
from sextant.bus.kafka import KafkaBus
from sextant.bus.port import Record
from sextant.demo.plan import Plan
from sextant.demo.platform_run import Run
from sextant.demo.report.reading import whole_topic
from sextant.telemetry.span import Span


def trade_over_kafka(
    folder: Path, seconds: float, seed: int, progress: Callable[[str], None]
) -> tuple[Mapping[str, Sequence[Record]], Sequence[Span]]:
    """Run the demo's platform; return what the log holds and what was received. Raises what Run.open() raises."""
    receiver = Receiver()
    with serving(receiver) as endpoint:
        run = Run(Plan(folder=folder, seconds=seconds, seed=seed, otlp_endpoint=endpoint), progress)
        try:
            run.open()
            run.watch(lambda gone: None)
            run.drain()
            run.stop_services()
            log = asyncio.run(_read(run.addresses.bootstrap))
        finally:
            run.close()
    return log, receiver.spans


async def _read(bootstrap: str) -> Mapping[str, Sequence[Record]]:
    bus = KafkaBus(bootstrap, client_id="sextant-proof")
    await bus.start()
    try:
        return {topic: [each async for each in whole_topic(bus, topic)] for topic in TOPICS}
    finally:
        await bus.stop()
