"""Chips: small plates with a few words, about what a lane shows or what it noted."""

from __future__ import annotations

from dataclasses import dataclass

from unsay.traces.diagram.metrics import text_width, wrap
from unsay.traces.diagram.scene import Box, Layer, Rect, Scene, Text, baseline
from unsay.traces.diagram.styles import plate
from unsay.traces.palette import VERMILION
from unsay.traces.words import Showing

SIZE = 10.5
LINE = 13.0
PAD = 5.0
GAP = 3.0
LINES_MAX = 3


@dataclass(frozen=True)
class Chip:
    """``showing`` is what the words say of a message, and ``None`` for a note.

    ``marked`` stands out: a look at the picture should find it.
    """

    lines: tuple[str, ...]
    width: float
    showing: Showing | None
    marked: bool = False

    @property
    def height(self) -> float:
        """How high it is, for its lines."""
        return LINE * len(self.lines) + 4.0


def chip(
    words: str,
    room: float,
    showing: Showing | None,
    marked: bool = False,
    lines_max: int = LINES_MAX,
) -> Chip:
    """A chip of ``words`` no wider than ``room``."""
    lines = tuple(wrap(words, SIZE, room - 2 * PAD, lines_max=lines_max))
    width = max(text_width(line, SIZE) for line in lines) + 2 * PAD
    return Chip(lines, width, showing, marked)


def draw_chip(scene: Scene, what: Chip, left: float, top: float) -> float:
    """Put a chip on the scene; gives where it ends."""
    style = plate(what.showing)
    bottom = top + what.height
    box = Box(left, top, left + what.width, bottom)
    stroke, wide = (VERMILION, 2.2) if what.marked else (style.stroke, 1.2)
    dash = "" if what.marked else style.dash
    scene.add(Layer.PLATE, Rect(box, style.fill, stroke, wide, dash, radius=4))
    for i, line in enumerate(what.lines):
        at = (left + PAD, baseline(top + 2 + LINE * (i + 0.5), SIZE))
        scene.add(Layer.TEXT, Text(line, at, SIZE, colour=style.colour))
    return bottom
