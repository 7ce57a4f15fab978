"""A scene: the shapes of a drawing in layers, before any file format.

Tests look at scenes: every text knows the box that it takes up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from unsay.traces.diagram.metrics import ASCENT, DESCENT, text_width
from unsay.traces.palette import BLACK

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


class Layer(IntEnum):
    """From the back to the front."""

    BACK = 0
    TRACK = 1
    ARROW = 2
    DOT = 3
    PLATE = 4
    """Behind a text, over the arrows."""
    TEXT = 5


@dataclass(frozen=True)
class Box:
    """A rectangle with sides along the axes."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    def grown(self, by: float, down: float | None = None) -> Box:
        """The box with a margin around it; ``down`` is the margin above and below."""
        y = by if down is None else down
        return Box(self.left - by, self.top - y, self.right + by, self.bottom + y)

    def overlaps(self, other: Box) -> bool:
        """Whether they share more than an edge."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def crossed_by(self, a: Point, b: Point) -> bool:
        """Whether the straight line from ``a`` to ``b`` runs through it (Liang and Barsky)."""
        enter, leave = 0.0, 1.0
        for start, end, low, high in (
            (a[0], b[0], self.left, self.right),
            (a[1], b[1], self.top, self.bottom),
        ):
            if start == end:
                if not low < start < high:
                    return False
                continue
            first, second = sorted(((low - start) / (end - start), (high - start) / (end - start)))
            enter, leave = max(enter, first), min(leave, second)
        return enter < leave


@dataclass(frozen=True)
class Rect:
    """A filled or outlined box; ``tip`` is what a browser shows on hovering."""

    box: Box
    fill: str = "none"
    stroke: str = "none"
    stroke_width: float = 1.0
    dash: str = ""
    radius: float = 0.0
    tip: str = ""


@dataclass(frozen=True)
class Path:
    """Straight lines through ``points``."""

    points: tuple[Point, ...]
    stroke: str = "none"
    stroke_width: float = 1.0
    dash: str = ""
    fill: str = "none"
    closed: bool = False
    tip: str = ""


@dataclass(frozen=True)
class Circle:
    """A dot or a ring."""

    centre: Point
    radius: float
    fill: str = "none"
    stroke: str = "none"
    stroke_width: float = 1.0
    tip: str = ""


@dataclass(frozen=True)
class Text:
    """One line of text; ``at`` is on its baseline."""

    text: str
    at: Point
    size: float
    bold: bool = False
    colour: str = BLACK
    anchor: Anchor = "start"

    @property
    def width(self) -> float:
        """How wide it is, measured."""
        return text_width(self.text, self.size, self.bold)

    @property
    def box(self) -> Box:
        """The box that it takes up, from the tallest accent to the lowest tail."""
        x, y = self.at
        left = x - {"start": 0.0, "middle": self.width / 2, "end": self.width}[self.anchor]
        return Box(left, y - ASCENT * self.size, left + self.width, y + DESCENT * self.size)


Shape = Rect | Path | Circle | Text


@dataclass
class Scene:
    """A drawing under construction."""

    width: float = 0.0
    height: float = 0.0
    title: str = ""
    description: str = ""
    layers: dict[Layer, list[Shape]] = field(default_factory=lambda: {layer: [] for layer in Layer})

    def add(self, layer: Layer, *shapes: Shape) -> None:
        """Put ``shapes`` on top of what is in ``layer`` already."""
        self.layers[layer] += shapes

    @property
    def texts(self) -> list[Text]:
        """Every text, in the order in which it was added."""
        return [shape for shape in self.layers[Layer.TEXT] if isinstance(shape, Text)]


def baseline(middle: float, size: float) -> float:
    """The baseline of a line of text whose small letters are centred at ``middle``."""
    return middle + 0.36 * size


def bounds(boxes: Iterable[Box]) -> Box:
    """The smallest box around ``boxes`` (at least one)."""
    every = list(boxes)
    return Box(
        min(b.left for b in every),
        min(b.top for b in every),
        max(b.right for b in every),
        max(b.bottom for b in every),
    )
