"""The event graph: what happened before what, and which copy went from which event to which.

It is the space-time picture without the space and the time, for tools that work on graphs.
"""

from __future__ import annotations

from typing import Any

import networkx

from unsay.engines.run import Replay
from unsay.traces.printing import xml_text
from unsay.traces.story import Story, carries_content, tell, transit_words
from unsay.traces.transits import Transit

PROGRAM_ORDER = "program order"
MESSAGE = "message"
AGAIN = "again"


def event_graph(replay: Replay) -> networkx.DiGraph[int]:
    """The events of a run as a graph, numbered from 1.

    Two copies may go from one event to the same other (a crash that loses two pushes), so it is
    a ``MultiDiGraph``, which is a ``DiGraph`` whose edges have keys.

    Node attributes: ``index`` (the node itself), ``rule``, ``call`` (rule and arguments), ``label``
    (in words), ``lane`` (a name), ``lane_kind`` (node or device), ``kind`` (act, progress, fault),
    ``changes`` (in words, separated by semicolons), ``breaks`` (whether the property fails right
    after it), ``again`` (whether it happens again and again, for ever). If copies are still in
    flight at the end, one more node of kind ``end``, numbered after the last event, stands for the
    end of the run and receives them; if something is in flight before the first event, node 0 of
    kind ``start`` sends it.

    Edge attributes: ``type`` is ``program order`` (consecutive events on one lane), ``again`` (from
    the last event of what happens again and again back to its first) or ``message`` (a copy put in
    flight by one event and ended by the other), and then ``kind`` (the flow's table), ``carries``
    (the command), ``label`` (in words), ``source`` and ``target`` (lanes), ``outcome`` (received,
    duplicated, lost, in flight), ``copy`` (2 for what a duplication left in flight, and so on) and
    ``content`` (whether the command shows content), where it is known.
    """
    return graph_of(tell(replay))


def graph_of(story: Story) -> networkx.DiGraph[int]:
    """The event graph of a story; see ``event_graph``."""
    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    graph.graph.update(
        title=xml_text(story.design_title),
        property=story.property_name,
        sentence=xml_text(story.headline),
        verdict=story.verdict,
        blame=story.blame,
        for_ever=story.for_ever,
    )
    for event in story.events:
        graph.add_node(
            event.number,
            index=event.number,
            rule=event.rule.name,
            call=event.call,
            label=event.words,
            lane=event.lane.name,
            lane_kind=event.lane.kind,
            kind=event.kind.value,
            changes="; ".join(f"{c.lane.name}: {c.words}" for c in event.changes),
            breaks=event.breaks,
            again=event.again,
        )
    _add_borders(graph, story)
    last: dict[str, int] = {}
    for event in story.events:
        if event.lane.key in last:
            graph.add_edge(last[event.lane.key], event.number, type=PROGRAM_ORDER)
        last[event.lane.key] = event.number
    for transit in story.transits:
        arrived = transit.arrived or len(story.events) + 1
        graph.add_edge(transit.departed, arrived, **_message(story, transit))
    again = [event.number for event in story.events if event.again]
    if again:
        graph.add_edge(again[-1], again[0], type=AGAIN)
    return graph


def _add_borders(graph: networkx.MultiDiGraph[int], story: Story) -> None:
    """The start and the end of the run, where copies cross them."""
    borders = {
        0: ("start", any(t.departed == 0 for t in story.transits)),
        len(story.events) + 1: ("end", any(t.arrived is None for t in story.transits)),
    }
    for number, (kind, needed) in borders.items():
        if needed:
            graph.add_node(
                number,
                index=number,
                rule="",
                call="",
                label=f"{kind} of the run",
                lane="",
                lane_kind="",
                kind=kind,
                changes="",
                breaks=False,
                again=False,
            )


def _message(story: Story, transit: Transit) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "type": MESSAGE,
        "kind": transit.flow.name,
        "carries": transit.carries,
        "label": transit_words(transit),
        "source": transit.source.name,
        "target": transit.target.name,
        "outcome": transit.outcome.value,
        "copy": transit.copy,
    }
    content = carries_content(story, transit)
    return attributes if content is None else {**attributes, "content": content}
