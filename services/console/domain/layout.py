"""Fitting panels into a terminal: which rows are shown, how wide columns are, what is cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.console.domain.panels import NOTHING, Cell, Panel, Row, Screen, Tone

#: From this width on panels stand in two columns.
WIDE: Final = 112
_GAP: Final = 2
_NARROW_GAP: Final = 1
_BETWEEN: Final = Cell("  ")

Line = tuple[Cell, ...]


def lay_out(screen: Screen, width: int, height: int) -> list[Line]:
    """Return at most `height` lines of exactly `width` characters."""
    if width < WIDE:
        body = _stack(screen.panels, width, height - 1)
    else:
        left_width = (width - len(_BETWEEN.text)) // 2
        right_width = width - len(_BETWEEN.text) - left_width
        left = _stack([panel for panel in screen.panels if panel.side == 0], left_width, height - 1)
        right = _stack([panel for panel in screen.panels if panel.side == 1], right_width, height - 1)
        body = _beside(left, left_width, right, right_width)
    return [_fit(_spaced(screen.top), width), *body][:height]


def _beside(left: list[Line], left_width: int, right: list[Line], right_width: int) -> list[Line]:
    rows = max(len(left), len(right))
    left += [_fit((), left_width)] * (rows - len(left))
    right += [_fit((), right_width)] * (rows - len(right))
    return [(*one, _BETWEEN, *other) for one, other in zip(left, right, strict=True)]


def _stack(panels: Sequence[Panel], width: int, height: int) -> list[Line]:
    lines: list[Line] = []
    for panel, rows in _allot(panels, height):
        lines += _table(panel, rows, width)
    return lines


def _allot(panels: Sequence[Panel], height: int) -> list[tuple[Panel, int]]:
    """Return the panels that fit with the number of their rows: the least of each, then what is left in turns."""
    shown = sorted(panels, key=lambda panel: panel.rank)
    while shown and sum(1 + _least(panel) for panel in shown) > height:
        shown.pop()
    rows = {id(panel): _least(panel) for panel in shown}
    left = height - sum(1 + count for count in rows.values())
    while left > 0:
        growing = [panel for panel in shown if rows[id(panel)] < len(panel.rows)][:left]
        if not growing:
            break
        for panel in growing:
            rows[id(panel)] += 1
        left -= len(growing)
    return [(panel, rows[id(panel)]) for panel in panels if id(panel) in rows]


def _least(panel: Panel) -> int:
    return max(1, min(panel.least, len(panel.rows)))


def _table(panel: Panel, count: int, width: int) -> list[Line]:
    rows = panel.rows[:count] or (NOTHING,)
    title = panel.headings[0]
    if count < len(panel.rows):
        title = f"{title} {count} of {len(panel.rows)}"
    headings = (Cell(title, Tone.TITLE), *(Cell(text, Tone.DIM) for text in panel.headings[1:]))
    whole = [headings, *rows] if panel.rows else [headings]
    widths = [
        max((len(row[place].text) for row in whole if place < len(row)), default=0)
        for place in range(len(headings))
    ]
    gap = _GAP if sum(widths) + _GAP * (len(widths) - 1) <= width else _NARROW_GAP
    return [_fit(_aligned(row, panel.align, widths, gap), width) for row in (headings, *rows)]


def _aligned(row: Row, align: str, widths: Sequence[int], gap: int) -> Line:
    cells: list[Cell] = []
    for place, cell in enumerate(row):
        wide = widths[place] if place < len(widths) else 0
        text = cell.text.rjust(wide) if align[place : place + 1] == "r" else cell.text.ljust(wide)
        between = " " * gap if place < len(row) - 1 else ""
        cells.append(Cell(text + between, cell.tone))
    return tuple(cells)


def _spaced(row: Row) -> Line:
    return tuple(Cell(f"{cell.text}{' ' * _GAP}", cell.tone) for cell in row)


def _fit(line: Line, width: int) -> Line:
    """Cut or fill a line to exactly `width` characters; neighbours of one tone become one cell, because each costs when it is drawn."""
    cells: list[Cell] = []
    texts: list[str] = []
    tone, room = Tone.PLAIN, width
    for cell in line:
        if cell.tone is not tone and texts:
            cells.append(Cell("".join(texts), tone))
            texts = []
        tone = cell.tone
        texts.append(cell.text[:room])
        room -= len(texts[-1])
        if not room:
            break
    if room and tone is not Tone.PLAIN:
        cells.append(Cell("".join(texts), tone))
        texts, tone = [], Tone.PLAIN
    cells.append(Cell("".join(texts) + " " * room, tone))
    return tuple(cells)
