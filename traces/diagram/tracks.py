"""Tracks: the lines that run down a lane, one for each message, and what they say.

Thick and full: content is shown. Thick and hollow: it is hidden. Thin: there is nothing of it.
Broken: the lane is offline. A look down a lane tells what its owner showed, and when.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeVar

from unsay.traces.diagram.rows import Rows
from unsay.traces.diagram.scene import Layer, Path, Scene, Shape
from unsay.traces.lanes import Lane
from unsay.traces.palette import BLUE, DARK_GREY, GREY, LILAC, WHITE
from unsay.traces.story import Story
from unsay.traces.words import Showing

Value = TypeVar("Value")
OFFLINE_DASH = "5 5"


def track_shapes(
    x: float, top: float, bottom: float, width: float, what: Showing, offline: bool
) -> list[Shape]:
    """A piece of a track, from ``top`` to ``bottom``."""
    line = ((x, top), (x, bottom))
    dash = OFFLINE_DASH if offline else ""
    match what:
        case Showing.SHOWN:
            return [Path(line, GREY if offline else BLUE, width, dash)]
        case Showing.HIDDEN:
            outer: Shape = Path(line, GREY if offline else LILAC, width, dash)
            return [outer, Path(line, WHITE, width - 2.6)]
        case Showing.NOTHING:
            return [Path(line, GREY, 1.4, "3 4" if offline else "")]
    return [Path(line, DARK_GREY, width - 2, dash)]


def draw_tracks(scene: Scene, story: Story, layout: Rows) -> None:
    """The line of every lane, from its header to the band about the end, and on it its tracks."""
    for lane in story.lanes:
        x = layout.columns.x[lane]
        for first, last, offline in _runs([lane in off for off in story.offline]):
            top, bottom = _extent(layout, story, first, last)
            scene.add(Layer.TRACK, *track_shapes(x, top, bottom, 2.0, Showing.NOTHING, offline))
        count = len(story.held(lane, 0))
        for number in range(count):
            _draw_track(scene, story, layout, lane, number)


def _draw_track(scene: Scene, story: Story, layout: Rows, lane: Lane, number: int) -> None:
    x = layout.columns.track_x(lane, number, len(story.held(lane, 0)))
    held = [story.held(lane, i)[number] for i in range(len(story.holdings))]
    offline = [lane in off for off in story.offline]
    for first, last, (holding, off) in _runs(list(zip(held, offline, strict=True))):
        what = holding.showing
        if what is Showing.NOTHING:
            continue  # The line of the lane says so.
        top, bottom = _extent(layout, story, first, last)
        scene.add(Layer.TRACK, *track_shapes(x, top, bottom, layout.columns.track, what, off))
        # Another version of shown content (an edit) leaves the track full: mark the change.
        before = held[first - 1] if first else holding
        if before != holding and before.showing == what:
            half = layout.columns.track / 2 + 1.5
            scene.add(Layer.TRACK, Path(((x - half, top), (x + half, top)), WHITE, 2.0))


def _runs(values: Sequence[Value]) -> list[tuple[int, int, Value]]:
    """Stretches of equal values: the first index, the last one, and the value."""
    found = []
    for value, group in itertools.groupby(enumerate(values), key=lambda pair: pair[1]):
        indices = [i for i, _ in group]
        found.append((indices[0], indices[-1], value))
    return found


def _extent(layout: Rows, story: Story, first: int, last: int) -> tuple[float, float]:
    """From event ``first`` (0: the top) to the event after state ``last``, or the end."""
    bottom = layout.y(last + 1) if last < len(story.events) else layout.end
    return layout.y(first), bottom
