"""Naming: a place for the name of every arrow, on its own line and on nothing else.

Each arrow offers places along its way, best first; names are put down one after another, the
arrows with the least choice first. Where one finds no free place, the rows that the arrow
passes are moved apart and everything is laid out again. Longer gutters mean more places along
each arrow, so this ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unsay.traces.diagram.arrows import DOT, Arrow, arrows
from unsay.traces.diagram.metrics import ASCENT, DESCENT, text_width
from unsay.traces.diagram.rows import Rows, Segment, turn_from_arrows
from unsay.traces.diagram.scene import Box, Point
from unsay.traces.story import Story
from unsay.traces.transits import Outcome

NAME = 10.0
STEP = 4.0
"""Pixels between two places that are tried along an arrow."""
ROUNDS = 40
GROWTH = 14.0
TURNS = 6


@dataclass(frozen=True)
class Name:
    """The name of an arrow, centred at a point of it."""

    arrow: Arrow
    centre: Point

    @property
    def box(self) -> Box:
        """The box that it takes up."""
        return name_box(self.arrow, self.centre)


def name_width(arrow: Arrow) -> float:
    """How wide the name of ``arrow`` is; that of a lost copy is bold."""
    return text_width(arrow.words, NAME, arrow.transit.outcome is Outcome.LOST)


def name_box(arrow: Arrow, centre: Point) -> Box:
    """The box that the name of ``arrow`` takes up around ``centre``."""
    half = name_width(arrow) / 2
    x, y = centre
    above, below = (ASCENT - 0.36) * NAME, (DESCENT + 0.36) * NAME
    return Box(x - half, y - above, x + half, y + below)


def name_arrows(story: Story, layout: Rows, across: float) -> tuple[list[Arrow], list[Name]]:
    """The arrows and their names; ``across`` is the width of the page. Rows may move apart.

    Should names still be in each other's way after many rounds, those are left out: an arrow
    without a name is better than one that cannot be read, and its events tell it anyway.
    """
    for attempt in range(1, ROUNDS + 1):
        drawn = arrows(story, layout)
        # Words move at first only: later on they would run in circles with the growing rows.
        if attempt <= TURNS and _turn(layout, drawn):
            layout.settle()
            continue
        names, failed = _place_all(story, layout, drawn, across)
        if not failed or attempt == ROUNDS:
            break
        for arrow in failed:
            layout.grow(arrow.transit.departed, arrow.transit.arrived, GROWTH)
        layout.settle()
    return drawn, names


def _turn(layout: Rows, drawn: Sequence[Arrow]) -> bool:
    segments = [Segment(*s, a.weight) for a in drawn for s in a.segments]
    return turn_from_arrows(layout, segments, [a.cross for a in drawn if a.cross])


def _place_all(
    story: Story, layout: Rows, drawn: Sequence[Arrow], across: float
) -> tuple[list[Name], list[Arrow]]:
    taken = [box.grown(3, 1.5) for box in layout.boxes()]
    taken += [a.cross.grown(2) for a in drawn if a.cross]
    taken += [a.head.grown(2) for a in drawn if not a.cross]
    x = layout.columns.x
    for event in story.events:
        centre = (x[event.lane], layout.y(event.number))
        taken.append(Box(centre[0], centre[1], centre[0], centre[1]).grown(DOT + 1.5))
    page = Box(0.0, layout.top + 1, across, layout.end - 1)
    names: list[Name] = []
    failed: list[Arrow] = []
    for arrow in sorted(drawn, key=lambda a: (a.length, a.transit.departed)):
        box = _best(arrow, taken, page, _costs(arrow, drawn, names, layout))
        if box is None:
            failed.append(arrow)
            continue
        names.append(Name(arrow, box))
        taken.append(name_box(arrow, box).grown(2, 1))
    return names, failed


@dataclass(frozen=True)
class _Costs:
    """What a name should rather not lie on."""

    segments: list[tuple[Point, Point]]
    lanes: list[float]
    half: float
    names: list[Box]

    def of(self, box: Box) -> float:
        """The price of lying in ``box``."""
        crossed = sum(box.crossed_by(a, b) for a, b in self.segments)
        on_lane = sum(box.left < x + self.half and x - self.half < box.right for x in self.lanes)
        near = sum(box.grown(4, 9).overlaps(other) for other in self.names)
        return 40.0 * crossed + 70.0 * on_lane + 12.0 * near


def _costs(arrow: Arrow, drawn: Sequence[Arrow], names: Sequence[Name], layout: Rows) -> _Costs:
    others = [s for a in drawn if a is not arrow for s in a.segments]
    placed = [name.box for name in names]
    return _Costs(others, list(layout.columns.x.values()), layout.columns.half, placed)


def _best(arrow: Arrow, taken: list[Box], page: Box, costs: _Costs) -> Point | None:
    """The cheapest free place; ``None`` if there is none."""
    best: tuple[float, Point] | None = None
    for centre, price in _places(arrow):
        box = name_box(arrow, centre)
        if box.left < page.left or box.right > page.right:
            continue
        if box.top < page.top or box.bottom > page.bottom:
            continue
        if best is not None and price >= best[0]:
            continue
        if any(box.overlaps(t) for t in taken):
            continue
        price += costs.of(box)
        if best is None or price < best[0]:
            best = (price, centre)
    return best[1] if best else None


def _places(arrow: Arrow) -> Iterable[tuple[Point, float]]:
    """Centres for the name with their prices: distance from where one would look for it."""
    if arrow.cross:
        x, y = arrow.end
        half = name_width(arrow) / 2
        yield (x + half + 12, y), 0.0
        yield (x - half - 12, y), 1.0
        yield (x, y - 14), 4.0
        yield (x, y + 14), 6.0
    wanted = 0.85 if arrow.transit.outcome is not Outcome.RECEIVED else 0.5
    if arrow.transit.outcome is Outcome.DUPLICATED:
        wanted = 0.5
    count = max(int(arrow.length / STEP), 2)
    for i in range(1, count):
        part = i / count
        yield arrow.at(part), 10 + abs(part - wanted) * 60
