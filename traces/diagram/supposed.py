"""What goes around a state that may not be reachable, and a step: claim, network, words."""

from __future__ import annotations

from collections.abc import Iterable

from unsay.traces.diagram.columns import LEFT_COLUMN, MARGIN
from unsay.traces.diagram.frame import SMALL, SUBTITLE
from unsay.traces.diagram.metrics import text_width, wrap
from unsay.traces.diagram.scene import Layer, Scene, Text, baseline
from unsay.traces.palette import BLACK, DARK_GREY, VERMILION
from unsay.traces.story import Story
from unsay.traces.supposition import BROKEN_LABELS, Supposition, broken_words, caption

_LINE = SMALL * 1.5


def draw_claim(scene: Scene, story: Story, top: float) -> float:
    """What the state stands against, and which part of it is broken; gives where that ends."""
    room = scene.width - 2 * MARGIN
    claim = story.replay.property
    said = [(f"The claim: {claim.sentence}", BLACK, False)] if claim is not None else []
    broken = zip(BROKEN_LABELS, broken_words(story.replay), strict=False)
    said += [(f"{label}: {words}", VERMILION, True) for label, words in broken]
    said.append((caption(story.replay), DARK_GREY, False))
    y = top + 4
    for words, colour, bold in said:
        for line in wrap(words, SUBTITLE, room, bold):
            y += SUBTITLE * 1.45
            scene.add(Layer.TEXT, Text(line, (MARGIN, y), SUBTITLE, bold, colour))
        y += 3
    return y + 16


def draw_network(scene: Scene, spelt: Supposition, top: float) -> float:
    """What the network is like, as far as it matters; gives where that ends."""
    words = "  ·  ".join(spelt.network)
    return _draw_lines(scene, "network", [words] if words else [], top + 6) + 4


def draw_meanings(scene: Scene, spelt: Supposition, top: float) -> float:
    """What the words for tables mean; gives where that ends."""
    return _draw_lines(scene, "words", [f"{n}: {s}" for n, s in spelt.means.items()], top)


def _draw_lines(scene: Scene, label: str, said: Iterable[str], top: float) -> float:
    first, y = MARGIN + LEFT_COLUMN, top
    lines = [line for words in said for line in wrap(words, SMALL, scene.width - MARGIN - first)]
    if lines:
        at = (MARGIN + 10, baseline(y + _LINE / 2, SMALL))
        assert text_width(label, SMALL, bold=True) < LEFT_COLUMN - 10
        scene.add(Layer.TEXT, Text(label, at, SMALL, bold=True, colour=DARK_GREY))
    for line in lines:
        at = (first, baseline(y + _LINE / 2, SMALL))
        scene.add(Layer.TEXT, Text(line, at, SMALL, colour=DARK_GREY))
        y += _LINE
    return y
