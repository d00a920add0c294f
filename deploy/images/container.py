"""Run a program in an image's root file system as a pod does: read-only, as an ordinary user, with no network but the loopback. Linux, as root.

For tests of images, and to see what one would do; it is no container runtime.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

_PATH: Final = "/opt/sextant/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Interfaces are down in a new network namespace, the loopback too.
_LOOPBACK_UP: Final = (
    "import fcntl, socket, struct; s = socket.socket(); name = b'lo'.ljust(16, b'\\0'); "
    "fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', name, 0x1 | 0x40))"
)
VOLUME: Final = "/mnt"
_TMP: Final = "/tmp"  # noqa: S108 (the container's own)


@dataclass(frozen=True)
class Pod:
    """How it is run. What the user may write: /tmp, which is new each time, and the volume, which lies under /mnt."""

    root: Path
    user: int = 10001
    volume: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def start(
    pod: Pod, command: Sequence[str], *, output: IO[bytes] | int | None = None
) -> subprocess.Popen[bytes]:
    """Start the program and return the process that stands for the pod: it ends with the pod. To end the pod, use end()."""
    root = shlex.quote(str(pod.root))
    lines = [
        "set -eu",
        f"mount --bind {root} {root}",
        f"mount -t proc proc {root}/proc",
        f"mount --rbind /dev {root}/dev",
        f"mount -t tmpfs -o mode=1777 tmpfs {root}{_TMP}",
    ]
    if pod.volume is not None:
        lines.append(f"mount --bind {shlex.quote(str(pod.volume))} {root}{VOLUME}")
    lines.append(f"mount -o remount,bind,ro {root}")
    lines.append(f"chroot {root} python3 -c {shlex.quote(_LOOPBACK_UP)}")
    dropped = [
        f"--reuid={pod.user}",
        f"--regid={pod.user}",
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
    ]
    lines.append(f"cd {root}{_TMP} && exec chroot {root} setpriv {shlex.join(dropped)} {shlex.join(command)}")
    alone = ("unshare", "--mount", "--net", "--ipc", "--uts", "--pid", "--fork")
    environment = {
        "PATH": _PATH,
        "HOME": _TMP,
        "XDG_CACHE_HOME": "/opt/sextant/cache",
        "PYTHONUNBUFFERED": "1",
    }
    return subprocess.Popen(  # noqa: S603 (our own program and arguments)
        [*alone, "sh", "-c", "\n".join(lines)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=environment | dict(pod.environment),
        start_new_session=True,
    )


def first_process(pod: subprocess.Popen[bytes]) -> int:
    """Return the number, on this machine, of the process that is the pod's first: the one that a cluster asks to end."""
    children = Path(f"/proc/{pod.pid}/task/{pod.pid}/children").read_text().split()
    return int(children[0])


def end(pod: subprocess.Popen[bytes]) -> None:
    """End the pod at once, as a crash of its machine would: with the first process goes everything inside. None left is no error."""
    # Not by a signal to who started it: that the first process is to die with its starter is forgotten when it becomes an ordinary user.
    with contextlib.suppress(FileNotFoundError, IndexError, ProcessLookupError):
        os.kill(first_process(pod), signal.SIGKILL)
    pod.wait()


def run(pod: Pod, command: Sequence[str], *, seconds: float = 120.0) -> tuple[int, str]:
    """Run the program to its end; return its exit code and everything that it said."""
    process = start(pod, command, output=subprocess.PIPE)
    try:
        said, _ = process.communicate(timeout=seconds)
    except BaseException:
        end(process)
        raise
    return process.returncode, said.decode(errors="replace")
