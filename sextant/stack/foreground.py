"""Run one server in the foreground, as a container's main process does."""

from __future__ import annotations

import signal
import subprocess
from types import FrameType

from sextant.stack.launch import Launch, start


def serve(launch: Launch) -> int:
    """Run the server until it ends; return its exit code (128 plus the signal's number when a signal ended it).

    SIGTERM and SIGINT become the server's own way of being asked to stop. The server is collected by this process,
    so it also works as process 1 of a container.
    """
    child: subprocess.Popen[bytes] | None = None
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        if child is not None:
            child.send_signal(launch.stop_signal)

    # Handlers first: a signal that comes while the server starts must not leave it running.
    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        child = start(launch, foreground=True)
        if asked:
            child.send_signal(launch.stop_signal)
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    stopped = code == 0 or code == -launch.stop_signal or code == 128 + launch.stop_signal
    if asked and stopped:
        return 0
    return code if code >= 0 else 128 - code
