"""One hop as a process: `python -m benchmarks.chain.process KIND ...`. It says its CPU time on SIGUSR1 and ends on SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.chain.bare import Template, run_bare
from benchmarks.chain.ours import run_bus, run_worker
from benchmarks.chain.topics import Hop

KINDS = ("bare", "bus", "worker")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chain.process", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--hop", nargs=3, required=True, metavar=("STAGE", "SOURCE", "TARGET"))
    parser.add_argument("--templates", type=Path, default=None, help="what the bare hop says, as JSON")
    chosen = parser.parse_args(argv)
    work = _serve(chosen.kind, chosen.bootstrap, Hop(*chosen.hop), chosen.templates)
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.run(work)
        return 0
    asyncio.run(work)
    return 0


async def _serve(kind: str, bootstrap: str, hop: Hop, templates: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, _say_cpu)
    _say_cpu()  # from here on it may be asked
    if kind == "bare":
        await run_bare(bootstrap, hop, _read(templates), stop)
    elif kind == "bus":
        await run_bus(bootstrap, hop, stop)
    else:
        await run_worker(bootstrap, hop, stop)


def _say_cpu() -> None:
    print(time.process_time_ns(), flush=True)


def _read(path: Path | None) -> dict[int, Template]:
    held = json.loads(path.read_text(encoding="utf-8")) if path else []
    return {each["answers"]: Template.decode(each) for each in held}


if __name__ == "__main__":
    raise SystemExit(main())
