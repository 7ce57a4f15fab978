"""The frame of the picture: title above, lane headers, legend below."""

from __future__ import annotations

import itertools

from unsay.traces.diagram import icons
from unsay.traces.diagram.columns import MARGIN, Columns
from unsay.traces.diagram.metrics import text_width, wrap
from unsay.traces.diagram.scene import Box, Layer, Rect, Scene, Text, baseline
from unsay.traces.lanes import Lane
from unsay.traces.palette import (
    DARK_GREY,
    GREEN,
    GREY,
    LINE_GREY,
    PALE_GREY,
    VERMILION,
    WHITE,
)
from unsay.traces.story import Story

TITLE = 19.0
SUBTITLE = 12.0
NAME = 12.0
SMALL = 10.5
HEADER_GAP = 10.0


def draw_title(scene: Scene, story: Story, top: float) -> float:
    """The property's sentence, the verdict, and which design it is; gives where they end."""
    room = scene.width - 2 * MARGIN
    y = top
    for line in wrap(story.headline, TITLE, room, bold=True):
        y += TITLE * 1.32
        scene.add(Layer.TEXT, Text(line, (MARGIN, y), TITLE, bold=True))
    y = _draw_verdict(scene, story, y + 14, room)
    # A run without a property has the design's title as its headline already.
    named = f"Design: {story.design_title}  ·  Property: {story.property_name}"
    for line in wrap(named, SUBTITLE, room) if story.property_name else []:
        y += SUBTITLE * 1.5
        scene.add(Layer.TEXT, Text(line, (MARGIN, y), SUBTITLE, colour=DARK_GREY))
    return y + 16


def _draw_verdict(scene: Scene, story: Story, top: float, room: float) -> float:
    """A pill with the verdict, and beside or below it at whom the property fails."""
    broken = story.replay.broken
    colour = VERMILION if broken else GREEN if story.property_name else GREY
    width = text_width(story.verdict, SUBTITLE, bold=True) + 20
    pill = Box(MARGIN, top, MARGIN + width, top + 22)
    scene.add(Layer.PLATE, Rect(pill, colour, radius=11))
    at = (MARGIN + 10, baseline(top + 11, SUBTITLE))
    scene.add(Layer.TEXT, Text(story.verdict, at, SUBTITLE, bold=True, colour=WHITE))
    if not story.blame:
        return pill.bottom + 2
    lines = wrap(f"at {story.blame}", SUBTITLE, room - width - 12, bold=True)
    y = pill.top + 11
    for line in lines:
        at = (pill.right + 12, baseline(y, SUBTITLE))
        scene.add(Layer.TEXT, Text(line, at, SUBTITLE, bold=True))
        y += SUBTITLE * 1.4
    return max(pill.bottom, y - SUBTITLE * 0.7) + 2


def draw_headers(scene: Scene, story: Story, columns: Columns, top: float) -> float:
    """A band for each region and in it a box for each lane; gives where they end."""
    half = (columns.spacing - HEADER_GAP) / 2
    groups = [(r, list(g)) for r, g in itertools.groupby(story.lanes, lambda lane: lane.region)]
    names = {
        region: wrap(region, NAME, 2 * half + (len(lanes) - 1) * columns.spacing - 12, True, 2)
        for region, lanes in groups
    }
    band = max((len(lines) for lines in names.values()), default=1) * NAME * 1.3 + 10
    titles = {lane: _lane_title(lane, 2 * half - 10) for lane in story.lanes}
    below = max((len(lines) for lines in titles.values()), default=1) * SMALL * 1.35 + 34
    bottom = top + band + below + 4
    for region, lanes in groups:
        left, right = columns.x[lanes[0]] - half, columns.x[lanes[-1]] + half
        if region:
            box = Box(left - 3, top, right + 3, bottom + 3)
            scene.add(Layer.BACK, Rect(box, PALE_GREY, LINE_GREY, 1.0, radius=7))
        middle = top + 5 + NAME * 0.65 + (band - 10 - len(names[region]) * NAME * 1.3) / 2
        for i, line in enumerate(names[region]):
            at = ((left + right) / 2, baseline(middle + i * NAME * 1.3, NAME))
            scene.add(Layer.TEXT, Text(line, at, NAME, True, DARK_GREY, "middle"))
    for lane, lines in titles.items():
        x = columns.x[lane]
        _draw_header(scene, lane, lines, Box(x - half, top + band, x + half, bottom))
    return bottom


def _lane_title(lane: Lane, room: float) -> list[tuple[str, bool]]:
    """The lines of a lane header, each with whether it is bold."""
    name = [(line, True) for line in wrap(lane.name, SMALL, room, True, 2)]
    of = lane.account or lane.home
    what = f"device of {of}" if of else lane.kind
    return [*name, *((line, False) for line in wrap(what, SMALL, room, False, 2))]


def _draw_header(scene: Scene, lane: Lane, lines: list[tuple[str, bool]], box: Box) -> None:
    scene.add(Layer.PLATE, Rect(box, WHITE, GREY, 1.2, radius=5))
    x = (box.left + box.right) / 2
    icon = icons.phone if lane.home else icons.server
    scene.add(Layer.PLATE, *icon((x, box.top + 15)))
    y = box.top + 28 + SMALL * 0.5
    for line, bold in lines:
        colour = "#1a1a1a" if bold else DARK_GREY
        at = (x, baseline(y, SMALL))
        scene.add(Layer.TEXT, Text(line, at, SMALL, bold, colour, "middle"))
        y += SMALL * 1.35
