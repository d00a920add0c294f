"""One fused run as a process; prints its state, its speed and what it did as one line of JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sextant.demo.plan import Plan
from sextant.demo.report.ledger_books import state_hash
from topologies.fused import run_fused
from topologies.fused.evidence import tables_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m proofs.market.fused_run", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--recording", type=Path, default=None)
    options = parser.parse_args()
    plan = Plan(Path("unused"), seconds=options.seconds, seed=options.seed, recording=options.recording)
    result = run_fused(plan, lambda line: None)
    figures = {
        "state_hash": state_hash(tables_of(result.store.booked, result.books)),
        "log": result.log.digest(),
        "fills": result.log.count("execution.fills.v1"),
        "frames": result.frames,
        "market_s": round(result.virtual_s, 1),
        "core_s": round(result.cpu_s, 2),
        "times_real_time": round(result.virtual_s / result.cpu_s, 1),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
