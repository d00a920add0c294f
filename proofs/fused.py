"""The whole line in one process: one seed gives one state under any hash seed, and a recording runs at many times real time.

`make prove NAME=fused [SEED=7]` runs the simulated market twice under two hash seeds of the interpreter, and the recording twice on one
core; each run is a process of its own. The control runs another seed, which must give another state.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

RECORDING: Final = Path(__file__).resolve().parents[2] / "shared" / "market" / "ws_raw" / "binance_multi"
#: Times real time on one core: what is asked for now.
SPEED: Final = 50.0
_HASH_SEEDS: Final = ("1", "4242")


def run(hash_seed: str, seconds: float, seed: int, recording: Path | None) -> dict[str, Any]:
    """Return the figures of one run in a process of its own. Raises subprocess.CalledProcessError."""
    wanted = ["--seconds", str(seconds), "--seed", str(seed)]
    if recording is not None:
        wanted += ["--recording", str(recording)]
    done = subprocess.run(  # noqa: S603 (our own module, no shell)
        [sys.executable, "-m", "proofs.market.fused_run", *wanted],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def judge(
    simulated: list[dict[str, Any]], recorded: list[dict[str, Any]], control: dict[str, Any]
) -> list[str]:
    """Return what falls short of the promise."""
    short = []
    for name, runs in (("simulated market", simulated), ("recording", recorded)):
        if len({(each["state_hash"], each["log"]) for each in runs}) > 1:
            short.append(f"{name}: expected one state under any hash seed, was {len(runs)} different ones")
        if not runs[0]["fills"]:
            short.append(f"{name}: expected fills, was none: nothing is proven")
    speed = statistics.median(each["times_real_time"] for each in recorded)
    if speed < SPEED:
        short.append(f"recording: expected {SPEED:g} times real time on one core, was {speed:.1f}")
    if control["state_hash"] == simulated[0]["state_hash"]:
        short.append("control: another seed gave the same state")
    return short


def main(argv: Sequence[str] | None = None) -> int:
    """Run the proof of the command line; return the exit code."""
    arguments = _parser().parse_args(argv)
    if not arguments.recording.is_dir():
        print(f"no recording at {arguments.recording}: give --recording DIR", file=sys.stderr)
        return 2
    seconds = 60.0 if arguments.scale == "full" else 12.0
    print(
        f"proof fused, scale {arguments.scale}: {seconds:g} s of the simulated market with seed {arguments.seed}; "
        "the recording has no seed and is played whole at any scale",
        flush=True,
    )
    simulated, recorded = [], []
    try:
        for hash_seed in _HASH_SEEDS:
            print(f"simulated market, seed {arguments.seed}, hash seed {hash_seed}", flush=True)
            simulated.append(run(hash_seed, seconds, arguments.seed, None))
        print(f"the control: seed {arguments.seed + 1}", flush=True)
        control = run(_HASH_SEEDS[0], seconds, arguments.seed + 1, None)
        for hash_seed in _HASH_SEEDS:
            print(f"recording {arguments.recording.name}, hash seed {hash_seed}", flush=True)
            recorded.append(run(hash_seed, seconds, arguments.seed, arguments.recording))
    except subprocess.CalledProcessError as error:
        print(f"the proof has failed: a run ended with code {error.returncode}", file=sys.stderr)
        return 1
    shown = {"seed": arguments.seed, "simulated": simulated, "control": control, "recorded": recorded}
    print(json.dumps(shown, indent=1))
    short = judge(simulated, recorded, control)
    print("\n".join(short) if short else "the proof holds: one seed, one state")
    return 1 if short else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.fused",
        description=__doc__,
        epilog="example: python -m proofs.fused --scale small",
    )
    parser.add_argument(
        "--scale",
        choices=("small", "full"),
        default="full",
        help="12 s of the simulated market, or 60 (default: full)",
    )
    parser.add_argument("--seed", type=int, default=7, help="of the simulated market (default: %(default)s)")
    parser.add_argument("--recording", type=Path, default=RECORDING, help="folder of the recorded files")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
