"""The body of the picture: the events, the arrows between them, and the break."""

from __future__ import annotations

from collections.abc import Sequence

from unsay.traces.diagram import icons
from unsay.traces.diagram.arrows import DOT, Arrow
from unsay.traces.diagram.blocks import WORDS, WORDS_LINE, Block
from unsay.traces.diagram.chips import GAP, draw_chip
from unsay.traces.diagram.columns import LEFT_COLUMN, MARGIN
from unsay.traces.diagram.frame import SMALL
from unsay.traces.diagram.naming import NAME, Name
from unsay.traces.diagram.rows import NOTE_LINE, Row, Rows
from unsay.traces.diagram.scene import Box, Circle, Layer, Path, Rect, Scene, Text, baseline
from unsay.traces.diagram.styles import flow_stroke
from unsay.traces.palette import BLUSH, DARK_GREY, GREY, LINE_GREY, VERMILION, WHITE, paler
from unsay.traces.story import Event, Story
from unsay.traces.transits import Outcome

STEP = 12.0


def draw_events(scene: Scene, story: Story, layout: Rows) -> None:
    """Each event in its row: number, dot, words, chips; and the bands behind some of them."""
    again = [row for event, row in zip(story.events, layout.rows, strict=True) if event.again]
    if again:
        _draw_again(scene, again)
    for event, row in zip(story.events, layout.rows, strict=True):
        if event.breaks:
            _draw_band(scene, *band_of(row, row))
        else:
            line = ((MARGIN + LEFT_COLUMN - 26, row.y), (scene.width - MARGIN, row.y))
            scene.add(Layer.BACK, Path(line, LINE_GREY, 0.8, "1 4"))
        number = Text(
            str(event.number),
            (MARGIN + LEFT_COLUMN - 34, baseline(row.y, STEP)),
            STEP,
            event.breaks,
            VERMILION if event.breaks else DARK_GREY,
            "end",
        )
        scene.add(Layer.TEXT, number)
        for i, words in enumerate(row.note, start=1):
            at = (MARGIN + 10, baseline(row.y + 2 + NOTE_LINE * i, SMALL))
            scene.add(Layer.TEXT, Text(words, at, SMALL, True, VERMILION))
        _draw_dots(scene, event, row, layout)
        for block in row.blocks:
            _draw_block(scene, story, block, row, layout)


def _draw_band(scene: Scene, top: float, bottom: float) -> None:
    band = Box(MARGIN, top, scene.width - MARGIN, bottom)
    scene.add(Layer.BACK, Rect(band, BLUSH, VERMILION, 1.2))
    scene.add(Layer.BACK, Rect(Box(band.left, band.top, band.left + 5, band.bottom), VERMILION))


def _draw_again(scene: Scene, rows: Sequence[Row]) -> None:
    """A band behind what happens again and again, and at its side the way back to its first row."""
    top, bottom = band_of(rows[0], rows[-1])
    _draw_band(scene, top, bottom)
    x, first, last = MARGIN - 11, rows[0].y, max(rows[-1].y, rows[0].y + 12)
    back = ((MARGIN, last), (x, last), (x, first), (MARGIN - 1, first))
    scene.add(Layer.ARROW, Path(back, VERMILION, 1.8))
    scene.add(Layer.ARROW, icons.head(back[2], back[3], VERMILION))


def _draw_dots(scene: Scene, event: Event, row: Row, layout: Rows) -> None:
    at = (layout.columns.x[event.lane], row.y)
    if event.breaks:
        scene.add(Layer.DOT, Circle(at, DOT + 5, WHITE, VERMILION, 3.0))
    tip = f"step {event.number}: {event.call}\n{event.rule.says}"
    scene.add(Layer.DOT, icons.dot(event.kind, at, tip))
    for block in row.blocks[1:]:
        # Changed from afar: no event of its own, but the place where to look.
        y = row.y + block.drop
        scene.add(Layer.DOT, Circle((layout.columns.x[block.lane], y), 3.0, WHITE, DARK_GREY, 1.4))


def _draw_block(scene: Scene, story: Story, block: Block, row: Row, layout: Rows) -> None:
    box = block.box(layout.columns, row.y)
    y = box.top
    for line in block.lines:
        # Against the lane, so that words on the left end where those on the right begin.
        anchor_x = box.left if block.spot.side > 0 else box.right
        text = Text(
            line,
            (anchor_x, baseline(y + WORDS_LINE / 2, WORDS)),
            WORDS,
            anchor="start" if block.spot.side > 0 else "end",
        )
        backing = _backing(layout, story, y)
        scene.add(Layer.PLATE, Rect(text.box.grown(2, 0), backing, radius=3))
        scene.add(Layer.TEXT, text)
        y += WORDS_LINE
    y += 1.0 if block.lines else 0.0
    for what in block.chips:
        left = box.left if block.spot.side > 0 else box.right - what.width
        y = draw_chip(scene, what, left, y) + GAP


def _backing(layout: Rows, story: Story, y: float) -> str:
    """The colour that a plate behind text must have to be invisible at height ``y``."""
    marked = [
        row
        for row, event in zip(layout.rows, story.events, strict=True)
        if event.breaks or event.again
    ]
    if not marked:
        return WHITE
    top, bottom = band_of(marked[0], marked[-1])
    return BLUSH if top < y < bottom else WHITE


def band_of(first: Row, last: Row) -> tuple[float, float]:
    """Where the band across some rows begins and ends."""
    return first.top - 4, last.bottom + 5


def draw_arrows(
    scene: Scene, story: Story, layout: Rows, arrows: Sequence[Arrow], names: Sequence[Name]
) -> None:
    """The ways of all copies, with heads, crosses and names."""
    for arrow in arrows:
        stroke = flow_stroke(arrow.transit.flow.name, arrow.content)
        flying = arrow.transit.outcome is Outcome.IN_FLIGHT
        # What never arrived is no part of what went wrong so far: it stands back.
        colour = paler(stroke.colour, 0.4) if flying else stroke.colour
        scene.add(Layer.ARROW, Path(arrow.points, colour, stroke.width, stroke.dash))
        last = arrow.segments[-1]
        match arrow.transit.outcome:
            case Outcome.LOST:
                cause = story.events[(arrow.transit.arrived or 1) - 1]
                dot = (layout.columns.x[cause.lane], layout.y(cause.number))
                scene.add(Layer.ARROW, Path((dot, arrow.end), VERMILION, 1.3, "1.5 2.5"))
                scene.add(Layer.DOT, *icons.cross(arrow.end))
            case Outcome.IN_FLIGHT:
                scene.add(Layer.ARROW, icons.head(*last, colour, hollow=True))
            case _:
                scene.add(Layer.ARROW, icons.head(*last, colour))
    for name in names:
        lost = name.arrow.transit.outcome is Outcome.LOST
        colour = VERMILION if lost else flow_stroke("", name.arrow.content).colour
        backing = _backing(layout, story, name.centre[1])
        scene.add(Layer.PLATE, Rect(name.box.grown(2, 0), backing, radius=3))
        at = (name.centre[0], baseline(name.centre[1], NAME))
        scene.add(Layer.TEXT, Text(name.arrow.words, at, NAME, lost, colour, "middle"))


def draw_idle(scene: Scene, layout: Rows) -> None:
    """What to say of a run without steps."""
    at = (scene.width / 2, baseline((layout.top + layout.end) / 2, SMALL))
    scene.add(Layer.TEXT, Text("no step is needed", at, SMALL, False, GREY, "middle"))
