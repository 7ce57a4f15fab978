"""The event graph for other tools: GraphML (yEd, Gephi, networkx) and DOT (Graphviz)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import networkx

from unsay.engines.run import Replay
from unsay.traces.graph import AGAIN, PROGRAM_ORDER, graph_of
from unsay.traces.palette import BLUE, GREY, LILAC, VERMILION
from unsay.traces.printing import one_line, xml_text
from unsay.traces.story import Story, tell

SHAPES = {"act": "box", "progress": "ellipse", "fault": "diamond"}
STYLES = {"push": "dotted", "ack": "dashed", "refusal": "dashed"}


def as_graphml(replay: Replay) -> str:
    """The event graph in GraphML, with all its attributes."""
    file = io.BytesIO()
    # The XML writer of the standard library: with lxml installed the bytes would differ.
    networkx.write_graphml_xml(graph_of(tell(replay)), file, encoding="utf-8", prettyprint=True)
    return file.getvalue().decode("utf-8")


def as_dot(replay: Replay) -> str:
    """The event graph in Graphviz's DOT: one cluster for each lane, time downwards."""
    story = tell(replay)
    graph = graph_of(story)
    label = [story.headline, f"{story.design_title}: {story.verdict}"]
    lines = [
        "digraph run {",
        f"  graph [label={_quoted(label)}, labelloc=t, rankdir=TB, newrank=true,"
        ' fontname="Helvetica"];',
        '  node [fontname="Helvetica", fontsize=11];',
        '  edge [fontname="Helvetica", fontsize=10];',
    ]
    for i, lane in enumerate(story.lanes):
        mine = [e.number for e in story.events if e.lane == lane]
        title = [lane.name, f"{lane.kind}, {lane.region}" if lane.region else lane.kind]
        lines.append(f"  subgraph cluster_{i} {{")
        lines.append(f"    label={_quoted(title)}; style=rounded; color={_quoted([GREY])};")
        # An empty cluster would not be drawn, and this lane may be the one that matters.
        empty = [f'    lane{i} [style=invis, label=""];']
        lines += [f"    e{number};" for number in mine] or empty
        lines.append("  }")
    lines += [_dot_node(story, number, a) for number, a in graph.nodes(data=True)]
    lines += [_dot_edge(u, v, a) for u, v, a in graph.edges(data=True)]
    return "\n".join([*lines, "}"]) + "\n"


def _dot_node(story: Story, number: int, attributes: dict[str, Any]) -> str:
    if not attributes["rule"]:
        return f"  e{number} [shape=plaintext, label={_quoted([attributes['label']])}];"
    words = [f"{number}. {attributes['label']}"]
    words += [one_line(c) for c in attributes["changes"].split("; ") if c]
    options = [f"shape={SHAPES[attributes['kind']]}"]
    if attributes["breaks"]:
        words.append("breaks here")
        options += [f"color={_quoted([VERMILION])}", "penwidth=3"]
    options += [f"label={_quoted(words)}", f"tooltip={_quoted([attributes['call']])}"]
    return f"  e{number} [{', '.join(options)}];"


def _dot_edge(source: int, target: int, attributes: dict[str, Any]) -> str:
    if attributes["type"] == PROGRAM_ORDER:
        return f"  e{source} -> e{target} [color={_quoted([GREY])}, arrowhead=none, weight=8];"
    if attributes["type"] == AGAIN:
        words = _quoted(["again and again"])
        red = _quoted([VERMILION])
        return (
            f"  e{source} -> e{target} [label={words}, color={red}, fontcolor={red},"
            " style=bold, constraint=false];"
        )
    colour = BLUE if attributes.get("content", True) else LILAC
    options = [
        f"label={_quoted([attributes['label']])}",
        f"color={_quoted([colour])}",
        f"style={STYLES.get(attributes['kind'], 'solid')}",
    ]
    if attributes["outcome"] == "lost":
        options += [f"fontcolor={_quoted([VERMILION])}", "arrowhead=tee"]
    elif attributes["outcome"] == "in flight":
        options.append("arrowhead=empty")
    return f"  e{source} -> e{target} [{', '.join(options)}];"


def _quoted(lines: Iterable[str]) -> str:
    """A DOT string of several lines. Only quotes and backslashes mean anything inside one."""
    escaped = (xml_text(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
