"""The legend: what each sign means, and only the signs that this picture has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unsay.model.language import Kind
from unsay.traces.diagram import icons
from unsay.traces.diagram.columns import LEFT_COLUMN, MARGIN
from unsay.traces.diagram.metrics import elide, text_width
from unsay.traces.diagram.scene import Layer, Path, Scene, Shape, Text, baseline
from unsay.traces.diagram.styles import flow_stroke
from unsay.traces.diagram.tracks import track_shapes
from unsay.traces.palette import DARK_GREY
from unsay.traces.story import Story, carries_content
from unsay.traces.transits import Outcome
from unsay.traces.words import Showing, flow_words

SIZE = 10.5
LINE = 21.0
ARROW = 34.0
SIGN = 16.0
BETWEEN = 22.0

KINDS = {
    Kind.ACT: "a user acts",
    Kind.PROGRESS: "the system acts",
    Kind.FAULT: "a fault strikes",
}
SHOWINGS = {
    Showing.SHOWN: "shows the message",
    Showing.HIDDEN: "hides it",
    Showing.NOTHING: "has nothing of it",
    Showing.OTHER: "holds the message",
}


@dataclass(frozen=True)
class _Item:
    """A sign, drawn from a left end at a height, ``width`` wide, and what it means."""

    words: str
    width: float
    sample: Callable[[float, float], list[Shape]]


def draw_legend(scene: Scene, stories: Sequence[Story], top: float) -> float:
    """Put the legend on the scene, below ``top``; gives where it ends.

    Args:
        scene: The drawing.
        stories: What it tells, all about the same lanes.
        top: Where the legend may begin.
    """
    first = MARGIN + LEFT_COLUMN
    x, y = first, top + LINE / 2
    head = Text("legend", (MARGIN + 10, baseline(y, SIZE)), SIZE, bold=True, colour=DARK_GREY)
    scene.add(Layer.TEXT, head)
    right = scene.width - MARGIN
    for item in _items(stories):
        words = elide(item.words, SIZE, right - first - item.width - 6)
        width = item.width + 6 + text_width(words, SIZE)
        if x + width > right and x > first:
            x, y = first, y + LINE
        scene.add(Layer.PLATE, *item.sample(x, y))
        at = (x + item.width + 6, baseline(y, SIZE))
        scene.add(Layer.TEXT, Text(words, at, SIZE, colour=DARK_GREY))
        x += width + BETWEEN
    return y + LINE


def _items(stories: Sequence[Story]) -> list[_Item]:
    kinds = {event.kind for story in stories for event in story.events}
    items = [_dot(kind, words) for kind, words in KINDS.items() if kind in kinds]
    items += _arrow_items(stories)
    shown = {h.showing for story in stories for state in story.holdings for h in state}
    items += [_track(what, words, False) for what, words in SHOWINGS.items() if what in shown]
    story = stories[0]
    if any(offline for one in stories for offline in one.offline):
        items.append(_track(Showing.NOTHING, "offline", True))
    held = [h.subject for h in story.held(story.lanes[0], 0)] if story.lanes else []
    if len(held) > 1:
        items.append(_Item(f"lines of a lane, from the left: {', '.join(held)}", 0.0, _nothing))
    return items


def _arrow_items(stories: Sequence[Story]) -> list[_Item]:
    """One entry for each kind of arrow in the picture, then for how arrows end."""
    transits = [(story, t) for story in stories for t in story.transits]
    kinds = dict.fromkeys((t.flow.name, carries_content(story, t)) for story, t in transits)
    flows = [flow.symbol.name for flow in stories[0].replay.machine.flows]
    ranked = sorted(kinds, key=lambda kind: (flows.index(kind[0]), kind[1] is False))
    items = [_arrow(table, content) for table, content in ranked]
    outcomes = {t.outcome for _, t in transits}
    if Outcome.LOST in outcomes:
        items.append(_Item("lost", SIGN, lambda x, y: icons.cross((x + SIGN / 2, y))))
    if Outcome.IN_FLIGHT in outcomes:
        items.append(_Item("still in flight", ARROW, _flying))
    if Outcome.DUPLICATED in outcomes:
        words = "x2: arrives, and a second copy stays in flight, to come “again”"
        items.append(_Item(words, 0.0, _nothing))
    return items


def _nothing(x: float, y: float) -> list[Shape]:
    return []


def _dot(kind: Kind, words: str) -> _Item:
    return _Item(words, SIGN, lambda x, y: [icons.dot(kind, (x + SIGN / 2, y))])


def _track(what: Showing, words: str, offline: bool) -> _Item:
    def shapes(x: float, y: float) -> list[Shape]:
        return track_shapes(x + SIGN / 2, y - 8, y + 8, 6.0, what, offline)

    return _Item(words, SIGN, shapes)


def _arrow(table: str, content: bool | None) -> _Item:
    stroke = flow_stroke(table, content)

    def shapes(x: float, y: float) -> list[Shape]:
        line = ((x, y), (x + ARROW - 5, y))
        end = icons.head(line[0], (x + ARROW, y), stroke.colour)
        return [Path(line, stroke.colour, stroke.width, stroke.dash), end]

    return _Item(flow_words(table, content), ARROW, shapes)


def _flying(x: float, y: float) -> list[Shape]:
    line = ((x, y), (x + ARROW, y))
    return [Path(line, DARK_GREY, 1.5), icons.head(*line, DARK_GREY, hollow=True)]
