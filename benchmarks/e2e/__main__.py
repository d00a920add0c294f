"""`python -m benchmarks.e2e`: latency from a tick to the decision on an order through five hops, against a bare five-hop chain."""

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
from benchmarks.chain.topics import STAGES, bare_hops, layouts, our_hops
from benchmarks.common.options import parse
from benchmarks.common.runs import median_ratio
from benchmarks.common.table import Cell, Table, publish, verdict
from sextant.bus.kafka import KafkaBus
from sextant.stack import StackError

GOAL: Final = 1.25
_HOPS: Final = len(STAGES)
_TICK: Final = quotes(1)
_LOADS: Final = (
    Load("100/s", _TICK, 1, 100, 200),
    Load("500/s", _TICK, 1, 500, 1_000),
    Load("593 at once", _TICK, 1, 0, 593),
)
_SAYS: Final = (
    f"Tick to decision through {_HOPS} worker processes, against a bare aiokafka chain of as many processes."
)


def main() -> int:
    options = parse("e2e", _SAYS)
    try:
        with local_broker() as broker:
            rows = asyncio.run(_measure(broker, options.runs))
    except StackError as error:
        print(f"peer absent: no broker can be started here: {error}")
        return 0
    columns = [
        "ticks",
        *("p50 ms", "bare", "ours / bare"),
        *("p99 ms", "bare", "ours / bare", "goal (p99)"),
        *("CPU us a tick", "bare", "ours / bare"),
    ]
    notes = [
        f"medians of {options.runs} interleaved runs after a warm-up; every tick came through once and in order",
        f"{_HOPS} hops, a process each: {', '.join(stage for stage, _ in STAGES)}; the driver is the venue and the last reader",
        "both: aiokafka, acks=all, idempotent, zstd, linger 0, commits every 200 ms; the bare hops decode nothing and send the bytes of ours",
    ]
    publish(Table("e2e: tick to decision over Kafka", columns, rows, notes), options.json)
    return 0


async def _measure(broker: Broker, runs: int) -> list[list[Cell]]:
    hops, twins = our_hops(_HOPS), bare_hops(_HOPS)
    bus = await KafkaBus(broker.bootstrap, client_id="bench").start()
    try:
        await bus.create_topics(layouts(_HOPS))
        async with Chain("worker", broker.bootstrap, hops, broker.folder) as chain:
            ours = our_side(chain, hops)
            async with Driver(broker.bootstrap, [ours]) as driver:
                templates = await capture(driver, bus, ours, hops, [_TICK])
            said = {twin.target: templates[hop.target] for hop, twin in zip(hops, twins, strict=True)}
            async with Chain("bare", broker.bootstrap, twins, broker.folder, said) as bare_chain:
                bare = bare_side(bare_chain, hops)
                async with Driver(broker.bootstrap, [ours, bare]) as driver:
                    await driver.warm_up(bare, _TICK)
                    return [_row(load, *(await turns(driver, ours, bare, load, runs))) for load in _LOADS]
    finally:
        await bus.stop()


def _row(load: Load, ours: Sequence[Outcome], bare: Sequence[Outcome]) -> list[Cell]:
    cells: list[Cell] = [load.name]
    ratio = 0.0
    for share in (0.5, 0.99):
        took, bare_took = ([outcome.latency(share) for outcome in side] for side in (ours, bare))
        ratio = median_ratio(took, bare_took)
        cells += [median(took), median(bare_took), ratio]
    cpu, bare_cpu = ([outcome.cpu_s / load.count * 1e6 for outcome in side] for side in (ours, bare))
    return [
        *cells,
        verdict(ratio, GOAL, at_least=False),
        median(cpu),
        median(bare_cpu),
        median_ratio(cpu, bare_cpu),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
