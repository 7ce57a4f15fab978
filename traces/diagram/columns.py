"""Columns: where each lane runs, and how much room there is beside it."""

from __future__ import annotations

from dataclasses import dataclass

from unsay.traces.lanes import Lane
from unsay.traces.story import Story

MARGIN = 20.0
LEFT_COLUMN = 84.0
"""For step numbers, and the words that go with a whole row."""
WIDTH_WANTED = 1600.0
WIDTH_MIN = 760.0
SPACING_MAX = 218.0
ROOM_MIN = 80.0
"""For text between two lanes: the longest usual word ("acknowledges") fits."""
ROOM_MAX = 172.0
TRACK_GAP = 3.0
BESIDE = 13.0
"""From a lane's tracks to the text beside it: the dot of the event is in between."""


@dataclass(frozen=True)
class Columns:
    """The horizontal layout: lanes at ``x``, each with tracks ``half`` wide to either side."""

    x: dict[Lane, float]
    spacing: float
    half: float
    track: float
    room: float
    width: float

    def track_x(self, lane: Lane, number: int, count: int) -> float:
        """The middle of the ``number``-th of ``count`` tracks of ``lane``."""
        step = self.track + TRACK_GAP
        return self.x[lane] + (number - (count - 1) / 2) * step


def columns(story: Story) -> Columns:
    """Lanes spread over the wanted width; wider only where text would not fit between them."""
    count = max(len(story.lanes), 1)
    tracks = max([len(story.held(lane, 0)) for lane in story.lanes] or [1])
    track = 6.0 if tracks <= 3 else 4.0
    half = max((tracks * (track + TRACK_GAP) - TRACK_GAP) / 2, 3.0)
    used = 2 * half + BESIDE + 5
    least = ROOM_MIN + used
    # The outermost lanes have room for text on their outer sides, too.
    spacing = (WIDTH_WANTED - 2 * MARGIN - LEFT_COLUMN) / (count + 1)
    spacing = min(max(spacing, least), max(SPACING_MAX, least))
    room = min(spacing - used, ROOM_MAX)
    outer = max(spacing / 2, half + BESIDE + room + 4)
    width = MARGIN + LEFT_COLUMN + outer * 2 + spacing * (count - 1) + MARGIN
    spare = max(WIDTH_MIN - width, 0.0)
    first = MARGIN + LEFT_COLUMN + outer + spare / 2
    x = {lane: first + i * spacing for i, lane in enumerate(story.lanes)}
    return Columns(x, spacing, half, track, room, width + spare)
