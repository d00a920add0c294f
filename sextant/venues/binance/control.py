"""Frames that are not market data: acknowledgements, errors, the announcement of a shutdown."""

from __future__ import annotations

from typing import Final

from sextant.core.errors import Refused
from sextant.venues.binance.links import Link
from sextant.venues.binance.messages import Envelope

#: Announced since 2026-05, bare or wrapped: open a new connection at once.
_SHUTDOWN: Final = "serverShutdown"


class VenueSaidError(Refused):
    """The venue refused something that was asked on the socket."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"the venue answered with an error: {detail}")
        self.detail = detail


def is_control(envelope: Envelope, link: Link) -> bool:
    """Return whether the frame was an answer or announcement, and do what it asks. Raises VenueSaidError for an error."""
    if envelope.stream == f"!{_SHUTDOWN}" or envelope.e == _SHUTDOWN:
        link.must_reconnect = True
        return True
    if envelope.stream is not None or envelope.e is not None:
        return False
    if error := bytes(envelope.error):
        raise VenueSaidError(error.decode(errors="replace")[:200])
    if code := bytes(envelope.code):
        raise VenueSaidError(f"{code.decode(errors='replace')[:20]} {(envelope.msg or '')[:180]}")
    return bool(bytes(envelope.id)) and envelope.s is None
