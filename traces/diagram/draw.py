"""The whole picture of a run, from its story to a scene."""

from __future__ import annotations

from unsay.engines.run import Replay
from unsay.traces.diagram.body import draw_arrows, draw_events, draw_idle
from unsay.traces.diagram.columns import MARGIN, columns
from unsay.traces.diagram.ending import draw_ending
from unsay.traces.diagram.frame import draw_headers, draw_title
from unsay.traces.diagram.legend import draw_legend
from unsay.traces.diagram.naming import name_arrows
from unsay.traces.diagram.rows import lay_out
from unsay.traces.diagram.scene import Scene
from unsay.traces.diagram.tracks import draw_tracks
from unsay.traces.story import tell


def draw(replay: Replay) -> Scene:
    """The space-time diagram of ``replay``: the same run gives the same scene."""
    story = tell(replay)
    across = columns(story)
    scene = Scene(width=across.width, title=f"{story.headline} ({story.verdict})")
    scene.description = "; ".join(f"{e.number}. {e.lane.name} {e.words}" for e in story.events)
    y = draw_title(scene, story, MARGIN - 6)
    y = draw_headers(scene, story, across, y)
    layout = lay_out(story, across, y)
    drawn, names = name_arrows(story, layout, scene.width)
    draw_tracks(scene, story, layout)
    draw_arrows(scene, story, layout, drawn, names)
    draw_events(scene, story, layout)
    if not story.events:
        draw_idle(scene, layout)
    y = draw_ending(scene, story, across, layout.end)
    scene.height = draw_legend(scene, story, y + 10) + MARGIN - 6
    return scene
