"""The whole picture of a run, from its story to a scene."""

from __future__ import annotations

from unsay.engines.run import Replay
from unsay.traces.compared import compared
from unsay.traces.diagram.body import draw_arrows, draw_events, draw_idle
from unsay.traces.diagram.columns import MARGIN, Columns, columns
from unsay.traces.diagram.ending import END, Shown, draw_ending
from unsay.traces.diagram.frame import draw_headers, draw_title
from unsay.traces.diagram.legend import draw_legend
from unsay.traces.diagram.naming import name_arrows
from unsay.traces.diagram.rows import lay_out
from unsay.traces.diagram.scene import Scene
from unsay.traces.diagram.supposed import draw_claim, draw_meanings, draw_network
from unsay.traces.diagram.tracks import draw_tracks
from unsay.traces.diagram.ways import draw_differences, draw_heading, end_of, heading_of
from unsay.traces.story import Story, tell
from unsay.traces.supposition import supposed

_BEFORE = ("before", "the step")


def draw(replay: Replay) -> Scene:
    """The space-time diagram of ``replay``: the same run gives the same scene.

    Of a step from a supposed state, also that state is drawn; and of a claim that compares several
    ways on from a state, each of these.
    """
    story, ways = tell(replay), compared(replay)
    spelt = supposed(replay)
    across = columns(story)
    scene = Scene(width=across.width, title=f"{story.headline} ({story.verdict})")
    scene.description = "; ".join(f"{e.number}. {e.lane.name} {e.words}" for e in story.events)
    y = draw_title(scene, story, MARGIN - 6)
    if spelt is not None:
        y = draw_claim(scene, story, y - 16)
    y = draw_headers(scene, story, across, y)
    ends = [w for w in range(len(ways.ways)) if not ways.ways[w].run.steps] if ways else []
    end = end_of(replay, ways, ends[0], ()) if ways is not None and ends else END
    if spelt is not None:
        if replay.steps:
            y = draw_ending(scene, story, across, y + 10, Shown(0, _BEFORE, spelt.before))
        y = draw_network(scene, spelt, y)
        end = Shown(facts=(*spelt.after, *end.facts), marked=spelt.marked | end.marked)
    y = _draw_body(scene, story, across, y, end)
    stories = [story]
    if ways is not None:
        for number, way in enumerate(ways.ways):
            if number not in ends:
                stories.append(tell(way.run))
                y = draw_heading(scene, heading_of(way), y + 14)
                y = _draw_body(scene, stories[-1], across, y, end_of(replay, ways, number))
        y = draw_differences(scene, replay, ways, y + 8)
    y = draw_legend(scene, stories, y + 10)
    if spelt is not None:
        y = draw_meanings(scene, spelt, y)
    scene.height = y + MARGIN - 6
    return scene


def _draw_body(scene: Scene, story: Story, across: Columns, top: float, end: Shown) -> float:
    """Events, arrows and tracks from ``top`` on, and the band below them; gives where it ends."""
    layout = lay_out(story, across, top)
    drawn, names = name_arrows(story, layout, scene.width)
    draw_tracks(scene, story, layout)
    draw_arrows(scene, story, layout, drawn, names)
    draw_events(scene, story, layout)
    if not story.events and not story.replay.supposed:
        draw_idle(scene, layout)
    return draw_ending(scene, story, across, layout.end, end)
