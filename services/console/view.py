"""Drawing on a terminal with Rich: segments straight from the layout, so that a frame costs little."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final

from rich.console import Console, ConsoleOptions
from rich.live import Live
from rich.segment import Segment
from rich.style import Style

from services.console.domain.layout import lay_out
from services.console.domain.panels import Screen, Tone

_STYLES: Final = {
    Tone.PLAIN: Style(),
    Tone.TITLE: Style(bold=True, color="cyan"),
    Tone.DIM: Style(dim=True),
    Tone.GOOD: Style(color="green"),
    Tone.WARN: Style(color="yellow"),
    Tone.BAD: Style(color="red", bold=True),
    Tone.ALARM: Style(color="white", bgcolor="red", bold=True),
}
_SMALLEST: Final = (20, 3)


class Frame:
    """One screen as Rich draws it: as wide as the terminal, one line shorter, so that the cursor has its own."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        width = max(options.max_width, _SMALLEST[0])
        height = max(console.size.height - 1, _SMALLEST[1])
        for line in lay_out(self._screen, width, height):
            for cell in line:
                yield Segment(cell.text, _STYLES[cell.tone])
            yield Segment.line()


class Terminal:
    """A live display on the normal screen; the last frame stays when it is closed."""

    def __init__(self, file: IO[str] | None = None) -> None:
        self._live = Live(
            console=Console(file=file, highlight=False),
            auto_refresh=False,
            vertical_overflow="crop",
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def open(self) -> None:
        self._live.start()

    def draw(self, screen: Screen) -> None:
        self._live.update(Frame(screen), refresh=True)

    def close(self) -> None:
        """Give the terminal back with the last frame on it. Calling twice is safe."""
        self._live.stop()
