"""`python -m simulator.replay`: play a recording to whoever connects, until told to stop."""

import argparse
import asyncio
import gc
import json
import signal
import sys
from pathlib import Path

import uvloop

from simulator.replay.recording import RecordingError
from simulator.replay.server import KINDS, ReplayOptions, ReplayServer, Start


def main() -> int:
    arguments = _parser().parse_args()
    options = ReplayOptions(
        recording=arguments.recording,
        speed=arguments.speed,
        port=arguments.port,
        start=Start(arguments.start),
        expected_kinds=tuple(arguments.expect.split(",")),
    )
    try:
        uvloop.run(_run(options, arguments.port_file))
    except (RecordingError, ValueError, OSError) as error:
        print(f"simulator.replay: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(options: ReplayOptions, port_file: Path | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    server = ReplayServer(options, on_read_ahead=_keep_for_good)
    try:
        _announce(await server.start(), port_file)
        await _until(stopped, server)
    finally:
        await server.stop()


def _keep_for_good() -> None:
    """What was read ahead is looked at by no later collection: it is hundreds of thousands of frames."""
    gc.collect()
    gc.freeze()


async def _until(stopped: asyncio.Event, server: ReplayServer) -> None:
    """Wait for the signal; the end of the recording is only reported, because status is asked for afterwards."""
    stop, finish = asyncio.create_task(stopped.wait()), asyncio.create_task(server.finished())
    await asyncio.wait((stop, finish), return_when=asyncio.FIRST_COMPLETED)
    if finish.done():
        await finish
        print(json.dumps({"ended": server.status()}), flush=True)
        await stop
    finish.cancel()


def _announce(ports: dict[str, int], port_file: Path | None) -> None:
    text = json.dumps(ports)
    print(text, flush=True)
    if port_file is not None:
        # Renamed into place, so that nobody reads half a file.
        draft = port_file.with_suffix(port_file.suffix + ".part")
        draft.write_text(text)
        draft.replace(port_file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator.replay",
        description=__doc__,
        epilog="example: python -m simulator.replay --recording DIR --speed 10",
    )
    parser.add_argument("--recording", type=Path, required=True, help="directory of the recorded files")
    parser.add_argument(
        "--port", type=int, default=0, help="first of the ports, one per venue; 0 takes free ones"
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, help="times the original; 0 is as fast as readers take it"
    )
    parser.add_argument("--port-file", type=Path, help="write the ports here as JSON, by venue")
    parser.add_argument(
        "--start",
        choices=[start.value for start in Start],
        default=Start.SUBSCRIBED.value,
        help="begin when all expected streams are subscribed to, at the first subscription, or when told by POST /_replay/start "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--expect", default=",".join(KINDS), help="kinds of stream to wait for (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
