"""Blocks: the words of one event at one lane, and the chips for what it changed there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from unsay.traces.changes import Change
from unsay.traces.diagram.chips import GAP, Chip, chip
from unsay.traces.diagram.columns import BESIDE, Columns
from unsay.traces.diagram.metrics import text_width, wrap
from unsay.traces.diagram.scene import Box
from unsay.traces.lanes import Lane
from unsay.traces.story import Event

WORDS = 11.5
WORDS_LINE = 14.5


class Level(Enum):
    """Where a block is in its row: arrows come to a dot from above and leave it downwards."""

    LEVEL = "level"
    """Its first line is beside the dot."""
    RAISED = "raised"
    """It ends just above the line of the row."""
    LOWERED = "lowered"
    """It begins just below the line of the row."""


@dataclass(frozen=True)
class Spot:
    """Which of the places beside its dot a block takes: to the right (1) or left (-1) of it."""

    side: int
    level: Level


@dataclass
class Block:
    """Words and chips beside a lane.

    ``drop`` is how far below its usual height it starts, to clear another block of the row.
    """

    lane: Lane
    lines: tuple[str, ...]
    chips: tuple[Chip, ...]
    spot: Spot = Spot(1, Level.LEVEL)
    drop: float = 0.0

    @property
    def width(self) -> float:
        """The widest of its lines and chips."""
        widths = [text_width(line, WORDS) for line in self.lines]
        return max([*widths, *(c.width for c in self.chips)])

    @property
    def height(self) -> float:
        """Its lines, and its chips below them."""
        chips = sum(c.height + GAP for c in self.chips)
        return WORDS_LINE * len(self.lines) + (1.0 + chips if self.lines else chips - GAP)

    def rise(self, spot: Spot | None = None) -> float:
        """How far the block reaches above the row's line, at its spot or at another."""
        level = (spot or self.spot).level
        if level is Level.RAISED:
            return self.height + 1.0
        if level is Level.LOWERED:
            return -2.0
        return WORDS_LINE / 2 if self.lines else self.chips[0].height / 2

    def box(self, columns: Columns, y: float, spot: Spot | None = None) -> Box:
        """The rectangle that it takes up in the row at ``y``, at its spot or at another."""
        inner = columns.half + BESIDE
        x = columns.x[self.lane]
        right = (spot or self.spot).side > 0
        left = x + inner if right else x - inner - self.width
        top = y + self.drop - self.rise(spot)
        return Box(left, top, left + self.width, top + self.height)


def event_blocks(event: Event, columns: Columns) -> list[Block]:
    """The block of the event itself, then one for each other lane where something changed."""
    words = tuple(wrap(event.words, WORDS, columns.room))
    own = [_chip(c, columns) for c in event.changes if c.lane == event.lane]
    blocks = [Block(event.lane, words, tuple(own))]
    others = dict.fromkeys(c.lane for c in event.changes if c.lane != event.lane)
    for lane in others:
        chips = tuple(_chip(c, columns) for c in event.changes if c.lane == lane)
        blocks.append(Block(lane, (), chips))
    return blocks


def _chip(change: Change, columns: Columns) -> Chip:
    what = change.holding.showing if change.holding else None
    return chip(change.words, columns.room, what)
