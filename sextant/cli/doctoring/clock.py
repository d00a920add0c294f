"""The machine's clock: whether anything keeps it, and how far it is off, as far as that can be known here.

Linux: adjtimex(2), which says what the kernel was told by whoever keeps the clock. In a container it is the host's.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sextant.cli.doctoring.findings import Finding, ok, warn

#: Of a kept clock; approvals live for two seconds, and events are told apart by milliseconds, ms.
LARGEST_MS: Final = 100.0
_UNSYNCHRONISED, _NANO = 0x0040, 0x2000
_HOW: Final = "start a time service such as chrony or systemd-timesyncd (timedatectl set-ntp true)"


class _Timex(ctypes.Structure):
    """struct timex of <sys/timex.h>, as far as it is read; the padding behind is larger than what the kernel adds."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("padding", ctypes.c_byte * 256),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What the kernel knows of its clock: whether somebody keeps it, how far it was off, and how far it may be off at most, ms."""

    is_synchronised: bool
    offset_ms: float
    at_most_ms: float


def clock(look: Callable[[], Kept | None] | None = None) -> Finding:
    """Return whether the clock is kept."""
    kept = (look or _kernel)()
    if kept is None:
        return warn(
            "clock", "whether it is kept cannot be known on this system", "see that a time service runs"
        )
    if not kept.is_synchronised:
        return warn("clock", "the kernel says that nothing keeps it", _HOW)
    says = f"kept, {kept.offset_ms:+.3f} ms off when last set, at most {kept.at_most_ms:.1f} ms"
    if abs(kept.offset_ms) > LARGEST_MS:
        return warn(
            "clock", says, f"it should be within {LARGEST_MS:g} ms: look at the time service's sources"
        )
    return ok("clock", says)


def _kernel() -> Kept | None:
    if sys.platform != "linux":
        return None
    told = _Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told)) < 0:
        return None
    unit_ms = 1e-6 if told.status & _NANO else 1e-3
    return Kept(not told.status & _UNSYNCHRONISED, told.offset * unit_ms, told.maxerror / 1_000)
