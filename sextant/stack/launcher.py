"""Become a server: the small first program of every server process. Standard library only, run as a script.

It waits for one line of JSON on its standard input and then replaces itself with the server's program, so the
process id and start time that its starter has recorded meanwhile are the server's own. When the starter is killed
before it has sent the line, the input ends and so does this process: no server runs that nobody has recorded.

The line's keys: `argv`; `account` (null, or `uid` and `gid` to become) and `search` (whether that account must be
able to pass through folders that are closed to it); `input` (null, or the file that is its standard input); `at_end_of_starter` (null,
or the signal that it is sent when its starter ends, however that ends).
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_CAP_VERSION_3 = 0x20080522


def main() -> None:
    """Read the order, drop root where asked, and become the server."""
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        raise SystemExit(1)
    order: dict[str, Any] = json.loads(line)
    if order["account"] is not None:
        become(order["account"]["uid"], order["account"]["gid"], search=order["search"])
    os.dup2(os.open(order["input"] or os.devnull, os.O_RDONLY), 0)
    if order["at_end_of_starter"] is not None and sys.platform == "linux":
        end_with(order["starter"], order["at_end_of_starter"])
    os.execv(order["argv"][0], order["argv"])  # noqa: S606 (becoming the server is its purpose)


def end_with(starter: int, number: int) -> None:
    """Be sent the signal when the starter ends. Asked for after the account has changed, which would forget it."""
    _check(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number))
    if os.getppid() != starter:  # it ended before it could be asked for
        raise SystemExit(1)


def become(uid: int, gid: int, *, search: bool) -> None:
    """Stop being root. With `search`, keep the right to read and pass through every folder, and nothing else."""
    os.setgroups([])
    os.setgid(gid)
    if not search:
        os.setuid(uid)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setuid(uid)
    capability = _first_permitted(libc)
    _set_only(libc, capability)
    _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def _first_permitted(libc: ctypes.CDLL) -> int:
    """The weaker of the two capabilities that open closed folders, where the container has left it to root."""
    header = (ctypes.c_uint32 * 2)(_CAP_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()
    _check(libc.capget(header, data))
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if data[1] & (1 << capability):
            return capability
    raise SystemExit(
        "this container's root may not read folders of other users, so Postgres cannot reach its files"
    )


def _set_only(libc: ctypes.CDLL, capability: int) -> None:
    mask = 1 << capability
    header = (ctypes.c_uint32 * 2)(_CAP_VERSION_3, 0)
    # Effective, permitted and inheritable of capabilities 0 to 31, then the same of the rest.
    data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    _check(libc.capset(header, data))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main()
