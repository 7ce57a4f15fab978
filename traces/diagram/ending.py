"""Bands: who holds what in a state, mostly when the run ends, and at whom the property fails."""

from __future__ import annotations

from dataclasses import dataclass

from unsay.traces.diagram.chips import GAP, Chip, chip, draw_chip
from unsay.traces.diagram.columns import LEFT_COLUMN, MARGIN, Columns
from unsay.traces.diagram.frame import HEADER_GAP, SMALL
from unsay.traces.diagram.metrics import elide, wrap
from unsay.traces.diagram.scene import Box, Layer, Rect, Scene, Text, baseline
from unsay.traces.facts import Fact
from unsay.traces.lanes import Lane
from unsay.traces.palette import DARK_GREY, GREY, LINE_GREY, PALE_GREY, VERMILION, WHITE
from unsay.traces.story import Story
from unsay.traces.words import Showing

PAD = 8.0
NAME_LINE = SMALL * 1.6
WORDS_LINE = SMALL * 1.35


@dataclass(frozen=True)
class Shown:
    """What a band shows.

    Attributes:
        state: The number of the state; -1 is the last.
        words: When that is, in short lines; empty for the usual words about the end.
        facts: What else holds in it.
        marked: Words of facts that stand out.
    """

    state: int = -1
    words: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    marked: frozenset[str] = frozenset()


END = Shown()
"""The usual band, about the end of a run."""


def draw_ending(
    scene: Scene, story: Story, columns: Columns, top: float, shown: Shown = END
) -> float:
    """A box for each lane with what it shows in a state; gives where the band ends."""
    half = (columns.spacing - HEADER_GAP) / 2
    cells = {lane: _chips(story, lane, 2 * half - 12, shown) for lane in story.lanes}
    inside = max((sum(c.height + GAP for c in chips) for chips in cells.values()), default=0.0)
    words = shown.words or _when(story)
    least = 2 * PAD + len(words) * WORDS_LINE + 8
    room = scene.width - MARGIN - MARGIN + LEFT_COLUMN - PAD
    above = [f.words for f in shown.facts if f.lane is None]
    common = wrap("  ·  ".join(above), SMALL, room) if above else []
    boxes = 2 * PAD + 6 + NAME_LINE + inside + 4
    end = top + boxes
    bottom = max(end + len(common) * WORDS_LINE + (PAD if common else 0), top + least)
    for i, line in enumerate(common):
        at = (MARGIN + LEFT_COLUMN, baseline(end + WORDS_LINE * (i + 0.4), SMALL))
        scene.add(Layer.TEXT, Text(line, at, SMALL))
    band = Box(MARGIN, top, scene.width - MARGIN, bottom)
    scene.add(Layer.BACK, Rect(band, PALE_GREY, LINE_GREY, 1.0, radius=7))
    for i, word in enumerate(words):
        at = (MARGIN + 10, baseline(top + PAD + 14 + i * WORDS_LINE, SMALL))
        colour = VERMILION if story.for_ever and story.replay.broken else DARK_GREY
        scene.add(Layer.TEXT, Text(word, at, SMALL, bold=True, colour=colour))
    for lane, chips in cells.items():
        x = columns.x[lane]
        box = Box(x - half, top + PAD, x + half, (end if common else bottom) - PAD)
        blamed = any(c.marked for c in chips) or (bool(shown.state) and story.blamed(lane))
        _draw_cell(scene, lane, chips, box, blamed)
    return bottom


def _when(story: Story) -> tuple[str, ...]:
    """When it is that the lanes hold this, in short lines."""
    if story.replay.supposed:
        return ("after", "the step") if story.replay.steps else ("in this", "state")
    if not story.for_ever:
        return ("at the", "end")
    if any(event.again for event in story.events):
        return ("after each", "round")
    return ("for ever:", "nothing", "happens", "any more")


def _chips(story: Story, lane: Lane, room: float, shown: Shown) -> list[Chip]:
    chips = [chip(h.words, room, h.showing) for h in story.held(lane, shown.state)]
    if lane in story.offline[shown.state]:
        chips.append(chip("offline", room, None))
    aside = [words for at, words in story.asides[shown.state] if at == lane]
    chips += [chip(words, room, Showing.SHOWN, lines_max=2) for words in aside]
    mine = [f.words for f in shown.facts if f.lane == lane]
    return chips + [chip(w, room, None, w in shown.marked, lines_max=9) for w in mine]


def _draw_cell(scene: Scene, lane: Lane, chips: list[Chip], box: Box, blamed: bool) -> None:
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
