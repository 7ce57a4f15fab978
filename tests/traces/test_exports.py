"""DOT, GraphML, Mermaid and plain text: from one event graph, safe for any name."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path

import networkx
import pytest
from hypothesis import given, settings

from tests.traces.files import SLOW
from tests.traces.samples import EXAMPLES, example, runs, steps, two_nodes
from unsay.engines.run import Replay, replay
from unsay.model.design import design_from_data
from unsay.model.recall.machine import build_machine
from unsay.traces import Format, as_text, event_graph, render

GOLDEN = Path(__file__).with_name("golden")


def hostile() -> Replay:
    """A run whose names mean something in every format."""
    data = two_nodes().resolved()
    data["title"] = 'wrap: "quotes" \\ back; #hash <b>&amp;</b> %% `tick` $$x$$ | end'
    data["nodes"] = {"end": {"region": "red"}, "graph": {"region": '"; } <end> %%'}}
    data["links"] = [{"between": ["end", "graph"]}]
    data["devices"] = {"subgraph": {"account": "alice", "home": "end"}}
    return replay(build_machine(design_from_data(data)), steps("issue(m1.send, end)"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_graphml_reads_back_as_the_same_graph(name: str) -> None:
    text = render(example(name), "graphml")
    assert isinstance(text, str)
    graph = networkx.read_graphml(io.BytesIO(text.encode()), node_type=int)
    expected = event_graph(example(name))
    assert list(graph.nodes(data=True)) == list(expected.nodes(data=True))
    assert sorted(graph.edges(data="label", default="")) == sorted(
        expected.edges(data="label", default="")
    )


@pytest.mark.parametrize("format", ["dot", "mermaid", "text"])
def test_golden(format: Format) -> None:
    """What readers see, word for word. Change a file only if you like the change."""
    expected = (GOLDEN / f"no-retry.{format}").read_text(encoding="utf-8")
    assert render(example("no-retry"), format) == expected


def test_dot_quotes_every_name() -> None:
    text = str(render(hostile(), "dot"))
    bare = re.sub(r'"(\\.|[^"\\])*"', '""', text)
    assert '"' not in bare.replace('""', "")
    assert re.findall(r"[^\s\w\[\]{};=,>.-]", bare.replace('""', "")) == []
    assert r"wrap: \"quotes\" \\ back; #hash" in text


def test_dot_marks_the_break_and_keeps_idle_lanes() -> None:
    text = str(render(example("last-arrival"), "dot"))
    assert text.count("breaks here") == 1
    assert "alice-phone" in text
    assert "bob-phone" in text


def test_mermaid_escapes_what_it_would_read() -> None:
    lines = str(render(hostile(), "mermaid")).splitlines()
    assert lines[0] == "sequenceDiagram"
    assert "  box transparent red" in lines
    assert "  box transparent #34;#59; } #60;end#62; #37;#37;" in lines
    title = next(line for line in lines if "Note over lane0,lane2" in line)
    assert title.startswith("  Note over lane0,lane2: #119;rap: #34;quotes#34; #92; back#59; #35;")
    codes = re.sub(r"#\d+;", "", "".join(lines).replace("<br/>", ""))
    assert not set(codes) & set('#;<"&%`$')


@pytest.mark.parametrize("name", EXAMPLES)
def test_mermaid_has_every_copy_and_step(name: str) -> None:
    text = str(render(example(name), "mermaid"))
    arrows = re.findall(r"^  lane\d(?:->>|-->>|-x|--x|-\)|--\))lane\d: ", text, re.MULTILINE)
    graph = event_graph(example(name))
    assert len(arrows) == sum(a["type"] == "message" for _, _, a in graph.edges(data=True))
    assert text.count("BREAKS HERE") == 1
    assert all(f": {i}. " in text for i in range(1, len(example(name).steps) + 1))


def columns(line: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in line
    )


@settings(SLOW, max_examples=12)
@given(runs())
def test_text_of_any_run_fits(run: Replay) -> None:
    for width in (40, 80, 120):
        for line in as_text(run, width).splitlines():
            assert columns(line) <= width
            assert line == line.rstrip()
            assert line.isprintable()


def test_text_has_every_step_change_and_loss() -> None:
    text = as_text(example("no-retry"))
    for words in (
        "Broken for: node china, message m1",
        "- m1.send leaves for china, alice-phone",
        "- lost: m1.recall to china, sent by singapore at step 2",
        "- sender told: m1.recall failed",
        "<<< BREAKS HERE: node china, message m1",
    ):
        assert words in text


def test_text_of_a_run_without_property() -> None:
    run = replay(build_machine(two_nodes()), steps("crash(china, 1)"))
    text = as_text(run)
    assert "A run of 1 step" in text
    assert "Property" not in text
    assert "bob-phone: offline" in text
    assert "has no m1, offline" in text


@settings(SLOW, max_examples=8)
@given(runs())
def test_any_run_in_any_format(run: Replay) -> None:
    formats: tuple[Format, ...] = ("dot", "graphml", "mermaid", "text", "itf")
    for format in formats:
        assert render(run, format) == render(run, format)
