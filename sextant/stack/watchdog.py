"""Stop a stack's servers when the process that owns them is gone, however it ended.

Run as `python -m sextant.stack.watchdog ROOT OWNER_PID OWNER_IDENTITY`, in a session of its own so that neither
Ctrl-C nor a signal to the owner's process group reaches it. It ends by itself once the owner has.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import sextant
from sextant.stack.records import Owner, Records
from sextant.stack.stopping import stop

_POLL_SECONDS = 0.5
_STOP_SECONDS = 10.0


def spawn(root: Path, owner: Owner) -> subprocess.Popen[bytes]:
    """Start a watchdog over the owner's servers in `root`."""
    packages = str(Path(sextant.__file__).resolve().parent.parent)
    path = os.environ.get("PYTHONPATH")
    return subprocess.Popen(  # noqa: S603 (our own program and arguments, no shell)
        [sys.executable, "-m", "sextant.stack.watchdog", str(root), str(owner.pid), owner.identity],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=os.environ | {"PYTHONPATH": f"{packages}{os.pathsep}{path}" if path else packages},
        start_new_session=True,
    )


def watch(root: Path, owner: Owner) -> None:
    """Wait for the owner's end, then stop what still runs in its name."""
    while owner.is_alive():
        time.sleep(_POLL_SECONDS)
    records = Records(root)
    orphans = [record for record in records.all() if record.owner == owner]
    stop(orphans, seconds=_STOP_SECONDS)
    for orphan in orphans:
        if records.read(orphan.name) == orphan:
            records.remove(orphan.name)


if __name__ == "__main__":
    watch(Path(sys.argv[1]), Owner(int(sys.argv[2]), sys.argv[3]))
