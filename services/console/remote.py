"""The dashboard of a console elsewhere: its picture comes over the operator API, and the screen is the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from services.console.domain.panels import Cell, Screen, Tone
from services.console.domain.screen import build_screen, status_line
from services.console.domain.summary import Summary
from services.console.received import summary_of
from services.console.service import Canvas
from sextant.core.errors import OutcomeUnknown
from sextant.operator.calls import CallFailed
from sextant.operator.client import OperatorClient

_FRAME_S: Final = 1.0
_LINE_S: Final = 5.0


class RemoteView:
    """Asks for the picture and shows it. A console that does not answer is asked again, and the last picture says that it is old."""

    def __init__(
        self,
        client: OperatorClient,
        canvas: Canvas | None,
        say: Callable[[str], None],
        every_s: float | None = None,
    ) -> None:
        self._client, self._canvas, self._say = client, canvas, say
        self._every_s = every_s or (_LINE_S if canvas is None else _FRAME_S)
        self._last: Summary | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Show until `stop`. Raises CallFailed when nobody answers the first time, CallRefused for another secret."""
        self._last = summary_of(await self._client.status())
        if self._canvas is not None:
            self._canvas.open()
        try:
            await self._show("")
            while not await _is_set(stop, self._every_s):
                await self._show(await self._ask())
        finally:
            if self._canvas is not None:
                self._canvas.close()

    async def _ask(self) -> str:
        """Look again; return what was wrong with that."""
        try:
            self._last = summary_of(await self._client.status())
        except (CallFailed, OutcomeUnknown) as error:
            return str(error)
        return ""

    async def _show(self, problem: str) -> None:
        assert self._last is not None
        if self._canvas is None:
            self._say(problem or status_line(self._last))
            return
        screen = build_screen(self._last)
        self._canvas.draw(_warned(screen, problem) if problem else screen)


def _warned(screen: Screen, problem: str) -> Screen:
    """Return the old screen with what is wrong in front of everything."""
    return replace(screen, top=(Cell(f"OLD: {problem}", Tone.ALARM), *screen.top))


async def _is_set(stop: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
