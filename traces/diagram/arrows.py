"""Arrows: the way of each copy over the page, before its name is put on it."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from unsay.traces.diagram.rows import Rows
from unsay.traces.diagram.scene import Box, Point
from unsay.traces.lanes import Lane
from unsay.traces.story import Story, carries_content, transit_words
from unsay.traces.transits import Outcome, Transit

DOT = 6.0
CROSS = 5.5


@dataclass(frozen=True)
class Arrow:
    """A transit drawn: straight from dot to dot, through ``points``."""

    transit: Transit
    points: tuple[Point, ...]
    words: str
    content: bool | None

    @property
    def end(self) -> Point:
        """Where it ends: at a dot, in a cross, or in the air."""
        return self.points[-1]

    @property
    def segments(self) -> list[tuple[Point, Point]]:
        """Its straight pieces."""
        return list(zip(self.points, self.points[1:], strict=False))

    @property
    def cross(self) -> Box | None:
        """The cross in which a lost copy ends."""
        if self.transit.outcome is not Outcome.LOST:
            return None
        x, y = self.end
        return Box(x - CROSS, y - CROSS, x + CROSS, y + CROSS)

    @property
    def weight(self) -> float:
        """How much it matters to see all of it: what ends somewhere, and what carries news."""
        weight = 0.6 if self.transit.outcome is Outcome.IN_FLIGHT else 1.0
        return weight * (1.0 if self.transit.flow.name in ("wire", "second_wire") else 0.8)

    @property
    def head(self) -> Box:
        """About where its head is: a name on it would hide where the arrow points."""
        x, y = self.at(1 - min(5 / max(self.length, 1.0), 1.0))
        return Box(x - 4, y - 4, x + 4, y + 4)

    def at(self, part: float) -> Point:
        """The point at a part of its length, 0 at the start."""
        lengths = [math.dist(a, b) for a, b in self.segments]
        left = part * sum(lengths)
        for (a, b), length in zip(self.segments, lengths, strict=True):
            if left <= length and length > 0:
                return _between(a, b, left / length)
            left -= length
        return self.end

    @property
    def length(self) -> float:
        """Its length in pixels."""
        return sum(math.dist(a, b) for a, b in self.segments)


def arrows(story: Story, layout: Rows) -> list[Arrow]:
    """All arrows of the story, where the rows are now."""
    # Copies that do not arrive end beside their target, at the same point: spread them.
    ends: dict[tuple[Lane, bool, int | None], list[Transit]] = defaultdict(list)
    for transit in story.transits:
        if not _arrives(transit):
            ends[_beside(layout, transit)].append(transit)
    found = []
    for transit in story.transits:
        same = [] if _arrives(transit) else ends[_beside(layout, transit)]
        place = same.index(transit) if same else 0
        points = _points(layout, transit, (place + 1) / (len(same) + 1))
        words = transit_words(transit)
        found.append(Arrow(transit, points, words, carries_content(story, transit)))
    return found


def _beside(layout: Rows, transit: Transit) -> tuple[Lane, bool, int | None]:
    """Where a copy ends that does not arrive: on which side of which lane, and when."""
    x = layout.columns.x
    return transit.target, x[transit.source] < x[transit.target], transit.arrived


def _arrives(transit: Transit) -> bool:
    return transit.outcome in (Outcome.RECEIVED, Outcome.DUPLICATED)


def _points(layout: Rows, transit: Transit, part: float) -> tuple[Point, ...]:
    """The way of a copy; ``part`` is where in the gap before its target it ends without arriving.

    Half way to a target far off, an end would be at some other lane, and look like an arrival.
    """
    columns = layout.columns
    start = (columns.x[transit.source], layout.y(transit.departed))
    end = (columns.x[transit.target], layout.y(transit.arrived))
    if not _arrives(transit):
        lost = transit.arrived is not None
        gap = columns.spacing * (0.25 + 0.5 * part if lost else 0.1 + 0.5 * part)
        y = layout.rows[transit.arrived - 1].top - 8 if transit.arrived else end[1] - 5
        end = (end[0] - gap if start[0] < end[0] else end[0] + gap, y)
    if transit.source == transit.target:
        bend = (start[0] + columns.spacing * 0.45, (start[1] + end[1]) / 2)
        return (_toward(start, bend, DOT), bend, end)
    start = _toward(start, end, DOT) if transit.departed else start
    return (start, _toward(end, start, DOT + 1.5) if _arrives(transit) else end)


def _toward(a: Point, b: Point, by: float) -> Point:
    """The point ``by`` pixels from ``a`` on the way to ``b``."""
    length = math.dist(a, b)
    return _between(a, b, min(by / length, 0.45)) if length else a


def _between(a: Point, b: Point, part: float) -> Point:
    return (a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]))
