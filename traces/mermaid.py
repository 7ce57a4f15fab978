"""Mermaid: the run as a sequence diagram, for Markdown on GitHub, GitLab and the like.

Mermaid draws every message as a horizontal line, so a copy appears where it ends and its label
says at which step it left.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator

from unsay.engines.run import Replay
from unsay.traces.lanes import Lane
from unsay.traces.printing import one_line, xml_text
from unsay.traces.story import Event, Story, tell, transit_words
from unsay.traces.transits import Outcome, Transit

_ARROWS = {"wire": "->>", "push": "->>", "ack": "-->>", "refusal": "-->>"}


def as_mermaid(replay: Replay) -> str:
    """The run as a Mermaid sequence diagram."""
    story = tell(replay)
    names = {lane: f"lane{i}" for i, lane in enumerate(story.lanes)}
    lines = ["sequenceDiagram"]
    for region, lanes in itertools.groupby(story.lanes, key=lambda lane: lane.region):
        # The colour must come first, or Mermaid takes a region called "red" for one.
        lines.append(f"  box transparent {_escaped(region or 'elsewhere')}")
        lines += [f"    participant {names[lane]} as {_title(lane)}" for lane in lanes]
        lines.append("  end")
    lines.append(f"  Note over {_all(story, names)}: {_broken(story.headline)}")
    for event in story.events:
        if event.number - 1 == replay.loop:
            lines.append("  loop again and again")
        lines += _event(story, event, names)
    lines += ["  end"] if any(event.again for event in story.events) else []
    for transit in story.transits:
        if transit.arrived is None:
            lines.append(_arrow(transit, names))
    for lane in story.lanes:
        held = "<br/>".join(_escaped(h.words) for h in story.held(lane, -1))
        if held:
            lines.append(f"  Note over {names[lane]}: at the end<br/>{held}")
    verdict = f"{story.verdict}: {story.blame}" if story.blame else story.verdict
    lines.append(f"  Note over {_all(story, names)}: {_broken(verdict)}")
    return "\n".join(lines) + "\n"


def _event(story: Story, event: Event, names: dict[Lane, str]) -> Iterator[str]:
    for transit in story.transits:
        if transit.arrived == event.number:
            yield _arrow(transit, names)
    words = [f"{event.number}. {event.words}"]
    words += [c.words for c in event.changes if c.lane == event.lane]
    words += ["BREAKS HERE"] if event.breaks else []
    note = f"  Note over {names[event.lane]}: {'<br/>'.join(map(_escaped, words))}"
    yield from ["  rect rgb(253, 238, 228)", f"  {note}", "  end"] if event.breaks else [note]
    for change in event.changes:
        if change.lane != event.lane:
            yield f"  Note over {names[change.lane]}: {_escaped(change.words)}"


def _arrow(transit: Transit, names: dict[Lane, str]) -> str:
    line = _ARROWS.get(transit.flow.name, "->>")
    dashed = line.startswith("--")
    if transit.outcome is Outcome.LOST:
        line = "--x" if dashed else "-x"
    elif transit.outcome is Outcome.IN_FLIGHT:
        line = "--)" if dashed else "-)"
    words = f"{transit_words(transit)} (left at step {transit.departed})"
    return f"  {names[transit.source]}{line}{names[transit.target]}: {_escaped(words)}"


def _all(story: Story, names: dict[Lane, str]) -> str:
    ends = list(dict.fromkeys([names[story.lanes[0]], names[story.lanes[-1]]]))
    return ",".join(ends)


def _title(lane: Lane) -> str:
    below = f"{lane.kind} of {lane.account}" if lane.account else lane.kind
    return f"{_escaped(lane.name)}<br/>{_escaped(below)}"


def _escaped(text: str) -> str:
    """``text`` with all that Mermaid, or the HTML it makes, could read as markup in its codes.

    Two names are markup of their own at the start of a text; a code for their first letter
    hides them.
    """
    special = {c: f"#{ord(c)};" for c in '#;<>"&%$\\`'}
    escaped = "".join(special.get(c, c) for c in one_line(xml_text(text)))
    if escaped.lower().startswith(("wrap:", "nowrap:")):
        escaped = f"#{ord(escaped[0])};{escaped[1:]}"
    return escaped


def _broken(text: str) -> str:
    """A long text in lines: a note over all lanes does not break by itself."""
    return "<br/>".join(_escaped(line) for line in textwrap.wrap(one_line(text), 76))
