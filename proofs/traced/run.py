"""One run of the busy market in one process: the stages, execution and the ledger as services have them, spans to whoever takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from proofs.traced.edges import TOPICS
from proofs.traced.turns import Turns, write_config
from services.strategies.plugins import BUILT_IN
from sextant.bus.port import Record
from sextant.demo.plan import Plan
from sextant.demo.report.reading import whole_topic
from sextant.sdk.plugins import Plugins
from sextant.telemetry.spans import SpanSink
from topologies.fused import run_fused
from topologies.fused.run import FusedResult


def trade(
    folder: Path, seconds: float, seed: int, spans: SpanSink, progress: Callable[[str], None]
) -> FusedResult:
    """Trade for so many seconds of the market's time."""
    config = folder / "busy.yaml"
    write_config(config)
    plan = Plan(folder=folder, seconds=seconds, seed=seed, config=config)
    return run_fused(plan, progress, plugins=Plugins((*BUILT_IN, Turns)), spans=spans)


def told(result: FusedResult, topics: Sequence[str] = TOPICS) -> Mapping[str, Sequence[Record]]:
    """Return what the log holds of some topics."""

    async def read() -> Mapping[str, Sequence[Record]]:
        bus = result.log.to_bus(topics)
        return {topic: [each async for each in whole_topic(bus, topic)] for topic in topics}

    return asyncio.run(read())
