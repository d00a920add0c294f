"""`python -m benchmarks.explain`: `sextant explain` as a command, in a log of hundreds of thousands of records: by the index, and by searching."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.chain.broker import local_broker
from benchmarks.common.options import parse
from benchmarks.common.table import Cell, Table, publish, verdict
from benchmarks.explain.history import History, write
from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka.lag import KafkaGroupOffsets
from sextant.bus.port import TopicPartition
from sextant.demo.plan import SHIPPED_CONFIG
from sextant.explaining.gather import DECISIONS, ENTRIES, FILLS, INTENTS, ORDERS
from sextant.stack import StackError

GOAL_S: Final = 2.0
_ORDERS: Final = 40_000
_INDEXED: Final = (INTENTS, DECISIONS, ORDERS, FILLS, ENTRIES)
_PATIENCE_S: Final = 600.0
_SAYS: Final = "sextant explain in a large log, by the archive's index, against a search of the topics."


def main() -> int:
    options = parse("explain", _SAYS)
    try:
        with local_broker() as broker:
            history = History()
            asyncio.run(write(broker.bootstrap, history, _ORDERS))
            with _archive(broker.bootstrap, broker.folder):
                took_s = asyncio.run(_indexed(broker.bootstrap))
            rows = list(_measure(broker.bootstrap, history, options.runs))
    except StackError as error:
        print(f"peer absent: no broker can be started here: {error}")
        return 0
    columns = [
        *("asked for", "median s", "slowest s", "CPU s"),
        *("by searching s", "CPU s of it", "times less CPU", "goal (slowest)"),
    ]
    notes = [
        f"{history.records} records of {_ORDERS} intents, of which nine in ten were ordered, filled and booked; written and indexed "
        f"by the archive, which had indexed all after {took_s:.0f} s",
        "a whole process each: start of Python, imports, connection, look-up, the tree printed",
    ]
    publish(Table("explain: an order in a large log", columns, rows, notes), options.json)
    return 0


def _measure(bootstrap: str, history: History, runs: int) -> Iterator[list[Cell]]:
    for name, number in (("oldest", 10), ("in the middle", _ORDERS // 2), ("newest", _ORDERS - 10)):
        asked = history.asked(number)
        for kind, sought in (("order", asked.order), ("refused intent", asked.refused)):
            found = [_explain(bootstrap, sought) for _ in range(runs + 1)][1:]
            searched = _explain(bootstrap, sought, "--scan")
            slowest, cpu_s = max(each.wall_s for each in found), median(each.cpu_s for each in found)
            yield [
                f"{kind}, {name}",
                median(each.wall_s for each in found),
                slowest,
                cpu_s,
                searched.wall_s,
                searched.cpu_s,
                searched.cpu_s / cpu_s,
                verdict(slowest, GOAL_S, at_least=False),
            ]


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one command took, from its start to its end, s; processor time says the same on a machine that others use as well."""

    wall_s: float
    cpu_s: float


def _explain(bootstrap: str, name: str, *more: str) -> _Taken:
    """Run the command. Raises CalledProcessError when it fails."""
    command = [str(Path(sys.executable).with_name("sextant")), "explain", name, "--kafka", bootstrap, *more]
    began_s, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 (our own command, no shell)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _Taken(time.perf_counter() - began_s, cpu_s)


@contextmanager
def _archive(bootstrap: str, folder: Path) -> Iterator[None]:
    """Run the archive as a process; stop it as an operator would, which commits what it has read."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SEXTANT_")}
    settings = {
        "SEXTANT_CONFIG": str(SHIPPED_CONFIG),
        "SEXTANT_KAFKA": bootstrap,
        "SEXTANT_ARCHIVE_FOLDER": str(folder / "archive"),
        "SEXTANT_PORT_FILE": str(folder / "archive.json"),
    }
    process = subprocess.Popen(  # our own module, no shell
        [sys.executable, "-m", "services.archive"], env=inherited | settings, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


async def _indexed(bootstrap: str) -> float:
    """Wait until the archive has committed everything there is; return how long that took, s. Raises TimeoutError."""
    began = time.monotonic()
    bus = KafkaBus(bootstrap, client_id="sextant-bench")
    await bus.start()
    try:
        ends: dict[TopicPartition, int] = {}
        for topic in _INDEXED:
            ends |= {at: end for at, end in (await bus.end_offsets(topic)).items() if end}
        async with asyncio.timeout(_PATIENCE_S), KafkaGroupOffsets(bootstrap) as offsets:
            while True:
                committed = await offsets.committed("archive")
                if all(committed.get(at, 0) >= end for at, end in ends.items()):
                    return time.monotonic() - began
                await asyncio.sleep(1.0)
    finally:
        await bus.stop()


if __name__ == "__main__":
    raise SystemExit(main())
