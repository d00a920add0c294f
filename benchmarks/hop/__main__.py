"""`python -m benchmarks.hop`: CPU per event and latency of one hop, against the bare client with the same bytes and settings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import median
from typing import Final

from benchmarks.chain.batches import quotes
from benchmarks.chain.broker import Broker, local_broker
from benchmarks.chain.driver import Driver, Load, Outcome
from benchmarks.chain.processes import Chain
from benchmarks.chain.rounds import capture, turns
from benchmarks.chain.sides import bare_side, our_side
from benchmarks.chain.topics import FIRST, bare_hops, layouts, our_hops
from benchmarks.common.options import parse
from benchmarks.common.runs import median_ratio
from benchmarks.common.table import Cell, Table, publish, verdict
from sextant.bus.kafka import KafkaBus
from sextant.stack import StackError

GOAL_US: Final = 3.0
_SAYS: Final = (
    "One Kafka hop through our bus and our worker, against a bare aiokafka hop with the same bytes."
)
_LOADS: Final = (
    Load("1 event, 100/s", quotes(1), 1, 100, 150),
    Load("1 event, 500/s", quotes(1), 1, 500, 500),
    Load("64 events, flood", quotes(64), 64, 0, 500),
)


def main() -> int:
    options = parse("hop", _SAYS)
    try:
        with local_broker() as broker:
            rows = asyncio.run(_measure(broker, options.runs))
    except StackError as error:
        print(f"peer absent: no broker can be started here: {error}")
        return 0
    columns = [
        "hop, load",
        *("CPU us an event", "bare", "ours / bare"),
        *("p50 ms", "bare", "ours / bare"),
        *("p99 ms", "bare", "ours / bare"),
        "goal (CPU)",
    ]
    notes = [
        f"medians of {options.runs} interleaved runs after a warm-up; CPU of the hop's process; every record came once and in order",
        "both: aiokafka, acks=all, idempotent, zstd, linger 0, commits every 200 ms; the bare hop decodes nothing and sends the bytes of ours",
        "bus: opened, stamped and sent without the worker; worker: identity, journal, snapshots and metrics as well",
    ]
    publish(Table("hop: one Kafka hop", columns, rows, notes), options.json)
    return 0


async def _measure(broker: Broker, runs: int) -> list[list[Cell]]:
    """Measure the bus, then the worker, each in turns with a bare hop that says the same bytes."""
    rows: list[list[Cell]] = []
    bus = await KafkaBus(broker.bootstrap, client_id="bench").start()
    try:
        await bus.create_topics(layouts(1))
        for kind in ("bus", "worker"):
            rows += await _compare(broker, bus, kind, runs)
            # What the next kind would find of this one's records is no part of its measure.
            await bus.delete_before(dict(await bus.end_offsets(FIRST)))
    finally:
        await bus.stop()
    return rows


async def _compare(broker: Broker, bus: KafkaBus, kind: str, runs: int) -> list[list[Cell]]:
    hops, twins = our_hops(1), bare_hops(1)
    batches = list({load.events: load.batch for load in _LOADS}.values())
    async with Chain(kind, broker.bootstrap, hops, broker.folder) as chain:
        ours = our_side(chain, hops)
        async with Driver(broker.bootstrap, [ours]) as driver:
            templates = await capture(driver, bus, ours, hops, batches)
        said = {twin.target: templates[hop.target] for hop, twin in zip(hops, twins, strict=True)}
        async with Chain("bare", broker.bootstrap, twins, broker.folder, said) as bare_chain:
            bare = bare_side(bare_chain, hops)
            async with Driver(broker.bootstrap, [ours, bare]) as driver:
                await driver.warm_up(bare, batches[0])
                return [
                    _row(f"{kind}, {load.name}", load, *(await turns(driver, ours, bare, load, runs)))
                    for load in _LOADS
                ]


def _row(name: str, load: Load, ours: Sequence[Outcome], bare: Sequence[Outcome]) -> list[Cell]:
    events = load.count * load.events
    cpu, bare_cpu = ([outcome.cpu_s / events * 1e6 for outcome in side] for side in (ours, bare))
    cells: list[Cell] = [name, median(cpu), median(bare_cpu), median_ratio(cpu, bare_cpu)]
    for share in (0.5, 0.99):
        took, bare_took = ([outcome.latency(share) for outcome in side] for side in (ours, bare))
        cells += [median(took), median(bare_took), median_ratio(took, bare_took)]
    return [*cells, verdict(median(cpu), GOAL_US, at_least=False) if load.events > 1 else ""]


if __name__ == "__main__":
    raise SystemExit(main())
