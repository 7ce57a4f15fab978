"""The ways that a claim about steps compares: a heading over each, and where they part."""

from __future__ import annotations

from unsay.engines.run import Replay
from unsay.traces.compared import Compared, WayTaken
from unsay.traces.diagram.columns import MARGIN
from unsay.traces.diagram.ending import Shown
from unsay.traces.diagram.frame import SUBTITLE
from unsay.traces.diagram.metrics import wrap
from unsay.traces.diagram.scene import Box, Layer, Rect, Scene, Text
from unsay.traces.facts import Fact
from unsay.traces.lanes import lanes_of
from unsay.traces.palette import BLACK, BLUSH, PALE_GREY, VERMILION
from unsay.traces.supposition import difference_words

_PAD = 7.0
_LINE = SUBTITLE * 1.5


def heading_of(way: WayTaken) -> str:
    """Where a way begins, and what happens on it."""
    where = "Instead, from the state before the last step" if way.instead else "Then, suppose"
    return f"{where}: {way.says}"


def draw_heading(scene: Scene, words: str, top: float) -> float:
    """A heading over one way; gives where it ends."""
    return _draw_plate(scene, [words], top, PALE_GREY, BLACK)


def draw_differences(scene: Scene, replay: Replay, ways: Compared, top: float) -> float:
    """Where the ways end differently; gives where that ends."""
    said = [f"What differs: {words}" for words in difference_words(replay, ways)]
    return _draw_plate(scene, said, top, BLUSH, VERMILION)


def end_of(
    replay: Replay, ways: Compared, number: int, words: tuple[str, ...] = ("after", "that")
) -> Shown:
    """The band at the end of one way, with what differs there marked; ``words`` say when it is."""
    machine = replay.machine
    lanes = {(lane.sort.name, lane.position): lane for lane in lanes_of(machine)}
    found = []
    for d in ways.differences:
        pairs = list(zip(d.symbol.arguments, d.place, strict=True))
        lane = next((lanes[s.name, i] for s, i in pairs if (s.name, i) in lanes), None)
        names = [machine.structure.members(s)[i] for s, i in pairs]
        said = f"{d.symbol}[{', '.join(names)}] is {d.values[number]}"
        found.append(Fact(lane, d.symbol, said, True))
    return Shown(-1, words, tuple(found), frozenset(f.words for f in found))


def _draw_plate(scene: Scene, said: list[str], top: float, fill: str, colour: str) -> float:
    room = scene.width - 2 * MARGIN - 2 * _PAD
    lines = [line for words in said for line in wrap(words, SUBTITLE, room, bold=True)]
    bottom = top + len(lines) * _LINE + _PAD
    box = Box(MARGIN, top, scene.width - MARGIN, bottom)
    scene.add(Layer.BACK, Rect(box, fill, radius=5))
    y = top
    for line in lines:
        y += _LINE
        scene.add(Layer.TEXT, Text(line, (MARGIN + _PAD, y), SUBTITLE, True, colour))
    return bottom
