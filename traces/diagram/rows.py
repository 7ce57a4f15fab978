"""Rows: one for each event, as high as its words need, and where beside the dot these are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from unsay.traces.diagram.blocks import Block, Level, Spot, event_blocks
from unsay.traces.diagram.columns import Columns
from unsay.traces.diagram.scene import Box, Point
from unsay.traces.story import Event, Story
from unsay.traces.transits import Outcome

RISE = 10.0
"""From the top of a row to its line at least: half a dot and a little."""
NOTE_LINE = 15.0
"""Below some step numbers there are words, too; the height of a line of them."""
NOTE_BREAK = ("breaks here",)
NOTE_AGAIN = ("again and", "again")
GUTTER = 22.0
"""Between two rows at least; it grows where the names on arrows need more."""
GUTTER_FLYING = 44.0
"""Above the end, if copies are still in flight: room to see where they were going."""

SPOTS = tuple(Spot(side, level) for level, side in itertools.product(Level, (1, -1)))


@dataclass(frozen=True)
class Segment:
    """A straight piece of an arrow; ``weight`` is how much it matters to see all of it."""

    start: Point
    end: Point
    weight: float = 1.0


@dataclass
class Row:
    """An event's row; ``y`` is the height of its dot."""

    blocks: list[Block]
    y: float = 0.0
    extra: float = 0.0
    """What the gutter above it has grown by."""
    note: tuple[str, ...] = ()
    """Words below the step's number."""

    @property
    def rise(self) -> float:
        """How far the row reaches above its line."""
        return max([RISE, *(b.rise() - b.drop for b in self.blocks)])

    @property
    def top(self) -> float:
        """Where its words, or its dot, begin."""
        return self.y - self.rise

    @property
    def bottom(self) -> float:
        """Where its words, or its dot, end."""
        least = RISE + NOTE_LINE * len(self.note)
        return self.y + max([least, *(b.drop - b.rise() + b.height for b in self.blocks)])


@dataclass
class Rows:
    """All rows from ``top`` (the lane headers) to ``end`` (the band about the end)."""

    columns: Columns
    rows: list[Row]
    top: float
    flying: bool = False
    end: float = 0.0
    end_extra: float = 0.0

    def settle(self) -> None:
        """Put every row below the one before it."""
        bottom = self.top
        for row in self.rows:
            row.y = bottom + GUTTER + row.extra + row.rise
            bottom = row.bottom
        self.end = bottom + (GUTTER_FLYING if self.flying else GUTTER) + self.end_extra

    def y(self, event: int | None) -> float:
        """The height of an event; 0 is the top, ``None`` the end."""
        if event is None:
            return self.end
        return self.rows[event - 1].y if event else self.top

    def grow(self, departed: int, arrived: int | None, by: float) -> None:
        """Make the gutters between two events higher, together by ``by``."""
        last = len(self.rows) + 1 if arrived is None else arrived
        # Near the arrival arrows have fanned out the most: room there is worth the most.
        gutters = list(range(departed + 1, last + 1))[-3:]
        for event in gutters:
            if event > len(self.rows):
                self.end_extra += by / len(gutters)
            else:
                self.rows[event - 1].extra += by / len(gutters)

    def boxes(self) -> list[Box]:
        """The rectangles of all words beside lanes."""
        return [b.box(self.columns, row.y) for row in self.rows for b in row.blocks]


def lay_out(story: Story, columns: Columns, top: float) -> Rows:
    """The rows of a story, every block to the right of its lane if that is free."""
    rows = [Row(event_blocks(event, columns), note=_note(story, event)) for event in story.events]
    for row in rows:
        for i, block in enumerate(row.blocks):
            _clear(block, row.blocks[:i], columns)
    flying = any(t.outcome is Outcome.IN_FLIGHT for t in story.transits)
    layout = Rows(columns, rows, top, flying)
    layout.settle()
    return layout


def _note(story: Story, event: Event) -> tuple[str, ...]:
    if event.breaks:
        return NOTE_BREAK
    return NOTE_AGAIN if event.number - 1 == story.replay.loop else ()


def _clear(block: Block, others: Sequence[Block], columns: Columns) -> None:
    """Take a side that no other block of the row is on; if none is free, go below them."""
    taken = [other.box(columns, 0.0).grown(4) for other in others]
    for side in (1, -1):
        spot = Spot(side, Level.LEVEL)
        if not any(block.box(columns, 0.0, spot).overlaps(t) for t in taken):
            block.spot = spot
            return
    box = block.box(columns, 0.0)
    below = max(t.bottom for t in taken if t.left < box.right and box.left < t.right)
    block.drop = below - box.top


def turn_from_arrows(layout: Rows, segments: Sequence[Segment], crosses: Sequence[Box]) -> bool:
    """Move blocks to where the fewest arrows run through them; gives whether any moved."""
    moved = False
    for row in layout.rows:
        for block in row.blocks:
            if block.drop:
                continue
            others = [b.box(layout.columns, row.y).grown(4) for b in row.blocks if b is not block]
            prices = []
            for rank, spot in enumerate(SPOTS):
                box = block.box(layout.columns, row.y, spot)
                if any(box.overlaps(o) for o in others):
                    continue
                stay = 0 if spot == block.spot else 1
                prices.append((_price(box, spot, segments, crosses), stay, rank))
            best = SPOTS[min(prices)[2]] if prices else block.spot
            moved |= best != block.spot
            block.spot = best
    return moved


def _price(box: Box, spot: Spot, segments: Sequence[Segment], crosses: Sequence[Box]) -> float:
    around = box.grown(1.5)
    crossed = sum(s.weight for s in segments if around.crossed_by(s.start, s.end))
    hidden = sum(box.grown(3).overlaps(c) for c in crosses)
    # Beside the dot is where one looks first: leave it only for a reason.
    return 10.0 * crossed + 15.0 * hidden + (0.0 if spot.level is Level.LEVEL else 4.0)
