"""Small signs made of simple shapes: a server, a phone, the dots of events, crosses, heads."""

from __future__ import annotations

import math

from unsay.model.language import Kind
from unsay.traces.diagram.arrows import CROSS, DOT
from unsay.traces.diagram.scene import Box, Circle, Path, Point, Rect, Shape
from unsay.traces.palette import BLACK, DARK_GREY, ORANGE, VERMILION, WHITE


def server(centre: Point) -> list[Shape]:
    """A rack of three, 15 by 15: a node."""
    x, y = centre
    shapes: list[Shape] = []
    for row in (-1, 0, 1):
        box = Box(x - 7.5, y + 5 * row - 2.2, x + 7.5, y + 5 * row + 2.2)
        shapes.append(Rect(box, WHITE, DARK_GREY, 1.2, radius=1))
        shapes.append(Circle((x - 4.5, y + 5 * row), 0.9, DARK_GREY))
    return shapes


def phone(centre: Point) -> list[Shape]:
    """A phone, 10 by 16: a device."""
    x, y = centre
    return [
        Rect(Box(x - 5, y - 8, x + 5, y + 8), WHITE, DARK_GREY, 1.2, radius=2),
        Path(((x - 5, y + 4.5), (x + 5, y + 4.5)), DARK_GREY, 1.0),
        Circle((x, y + 6.2), 0.7, DARK_GREY),
    ]


def dot(kind: Kind, centre: Point, tip: str = "") -> Shape:
    """An event: a full dot is a user's act, a hollow one the system's, a diamond a fault."""
    x, y = centre
    match kind:
        case Kind.ACT:
            return Circle(centre, DOT - 0.5, BLACK, BLACK, 1.5, tip)
        case Kind.PROGRESS:
            return Circle(centre, DOT - 1, WHITE, BLACK, 2.0, tip)
    r = DOT + 1.5
    corners = ((x, y - r), (x + r, y), (x, y + r), (x - r, y))
    return Path(corners, BLACK, 1.5, fill=ORANGE, closed=True, tip=tip)


def cross(centre: Point) -> list[Shape]:
    """Where a copy is lost."""
    x, y = centre
    r = CROSS
    return [
        Path(((x - r, y - r), (x + r, y + r)), VERMILION, 3.0),
        Path(((x - r, y + r), (x + r, y - r)), VERMILION, 3.0),
    ]


def head(a: Point, b: Point, colour: str, hollow: bool = False, size: float = 9.0) -> Shape:
    """The head of an arrow from ``a`` that points at ``b``; hollow: it has not arrived."""
    angle = math.atan2(b[1] - a[1], b[0] - a[0])
    wings = []
    for turn in (2.7, -2.7):
        wings.append((b[0] + size * math.cos(angle + turn), b[1] + size * math.sin(angle + turn)))
    points = (wings[0], b, wings[1])
    if hollow:
        return Path(points, colour, 1.5)
    return Path(points, colour, 1.0, fill=colour, closed=True)
