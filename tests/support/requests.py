"""What a client asks of the broker, noted on its way."""

from __future__ import annotations

from typing import Any

import pytest

from sextant.bus.kafka.sockets import Socket


def requests_of(monkeypatch: pytest.MonkeyPatch, kind: type) -> list[Any]:
    """Return a list that takes in every request of this kind which is sent from now on."""
    asked: list[Any] = []
    send = Socket.send

    def watched(self: Socket, request: Any, expect_response: bool = True) -> Any:
        if isinstance(request, kind):
            asked.append(request)
        return send(self, request, expect_response)

    monkeypatch.setattr(Socket, "send", watched)
    return asked
