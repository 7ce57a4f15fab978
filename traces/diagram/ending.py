"""The band at the bottom: who holds what when the run ends, and at whom the property fails."""

from __future__ import annotations

from unsay.traces.diagram.chips import GAP, Chip, chip, draw_chip
from unsay.traces.diagram.columns import MARGIN, Columns
from unsay.traces.diagram.frame import HEADER_GAP, SMALL
from unsay.traces.diagram.metrics import elide
from unsay.traces.diagram.scene import Box, Layer, Rect, Scene, Text, baseline
from unsay.traces.lanes import Lane
from unsay.traces.palette import DARK_GREY, GREY, LINE_GREY, PALE_GREY, VERMILION, WHITE
from unsay.traces.story import Story

PAD = 8.0
NAME_LINE = SMALL * 1.6
WORDS_LINE = SMALL * 1.35


def draw_ending(scene: Scene, story: Story, columns: Columns, top: float) -> float:
    """A box for each lane with what it shows at the end; gives where the band ends."""
    half = (columns.spacing - HEADER_GAP) / 2
    cells = {lane: _chips(story, lane, 2 * half - 12) for lane in story.lanes}
    inside = max((sum(c.height + GAP for c in chips) for chips in cells.values()), default=0.0)
    words = _when(story)
    least = 2 * PAD + len(words) * WORDS_LINE + 8
    bottom = top + max(2 * PAD + 6 + NAME_LINE + inside + 4, least)
    band = Box(MARGIN, top, scene.width - MARGIN, bottom)
    scene.add(Layer.BACK, Rect(band, PALE_GREY, LINE_GREY, 1.0, radius=7))
    for i, word in enumerate(words):
        at = (MARGIN + 10, baseline(top + PAD + 14 + i * WORDS_LINE, SMALL))
        colour = VERMILION if story.for_ever and story.replay.broken else DARK_GREY
        scene.add(Layer.TEXT, Text(word, at, SMALL, bold=True, colour=colour))
    for lane, chips in cells.items():
        x = columns.x[lane]
        box = Box(x - half, top + PAD, x + half, bottom - PAD)
        _draw_cell(scene, story, lane, chips, box)
    return bottom


def _when(story: Story) -> tuple[str, ...]:
    """When it is that the lanes hold this, in short lines."""
    if not story.for_ever:
        return ("at the", "end")
    if any(event.again for event in story.events):
        return ("after each", "round")
    return ("for ever:", "nothing", "happens", "any more")


def _chips(story: Story, lane: Lane, room: float) -> list[Chip]:
    chips = [chip(h.words, room, h.showing) for h in story.held(lane, -1)]
    return [*chips, chip("offline", room, None)] if lane in story.offline[-1] else chips


def _draw_cell(scene: Scene, story: Story, lane: Lane, chips: list[Chip], box: Box) -> None:
    blamed = story.blamed(lane)
    stroke, width = (VERMILION, 3.0) if blamed else (GREY, 1.2)
    scene.add(Layer.PLATE, Rect(box, WHITE, stroke, width, radius=5))
    x = (box.left + box.right) / 2
    y = box.top + 6 + NAME_LINE / 2
    name = elide(lane.name, SMALL, box.width - 10, bold=True)
    at = (x, baseline(y, SMALL))
    scene.add(Layer.TEXT, Text(name, at, SMALL, True, anchor="middle"))
    y = box.top + 6 + NAME_LINE
    for what in chips:
        y = draw_chip(scene, what, x - what.width / 2, y) + GAP
