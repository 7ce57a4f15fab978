"""The event graph: exactly which copy went from which event to which, and how it ended."""

from __future__ import annotations

from dataclasses import replace as with_fields
from typing import Any

import networkx
import pytest
from hypothesis import given, settings

from tests.traces.files import SLOW
from tests.traces.samples import EXAMPLES, example, runs, steps, two_nodes
from unsay.engines.run import Replay, Step, replay
from unsay.model.language import Flow, Kind, Machine
from unsay.model.recall.machine import build_machine
from unsay.traces import event_graph

Edge = tuple[int, int, str, str, str]


def messages(run: Replay) -> list[Edge]:
    """The message edges: from, to, table, command, outcome."""
    edges = event_graph(run).edges(data=True)
    return [
        (u, v, a["kind"], a["carries"], a["outcome"]) for u, v, a in edges if a["type"] == "message"
    ]


def order(run: Replay) -> list[tuple[int, int]]:
    edges = event_graph(run).edges(data=True)
    return [(u, v) for u, v, a in edges if a["type"] == "program order"]


def test_overtaking_recall() -> None:
    assert messages(example("last-arrival")) == [
        (1, 4, "wire", "m1.send", "received"),
        (1, 5, "push", "m1.send", "in flight"),
        (2, 3, "wire", "m1.recall", "received"),
        (2, 5, "push", "m1.recall", "in flight"),
        (3, 5, "push", "m1.recall", "in flight"),
        (4, 5, "push", "m1.send", "in flight"),
    ]
    assert order(example("last-arrival")) == [(1, 2), (3, 4)]


def test_lost_copies() -> None:
    assert messages(example("no-retry")) == [
        (1, 4, "wire", "m1.send", "received"),
        (1, 5, "push", "m1.send", "received"),
        (2, 6, "push", "m1.recall", "received"),
        (2, 7, "wire", "m1.recall", "lost"),
        (4, 8, "push", "m1.send", "lost"),
    ]
    assert order(example("no-retry")) == [(1, 2), (2, 3), (3, 7), (4, 8), (5, 6)]


def test_push_lost_by_going_offline_and_ack_to_the_origin() -> None:
    edges = messages(example("push-only"))
    assert (2, 4, "push", "m1.send", "lost") in edges
    assert (5, 6, "ack", "m1.send", "received") in edges
    lanes = [
        (a["source"], a["target"])
        for _, _, a in event_graph(example("push-only")).edges(data=True)
        if a.get("kind") == "ack"
    ]
    assert lanes == [("china", "singapore")]


def test_duplicate_stays_in_flight_and_arrives_again() -> None:
    graph = event_graph(example("note-used-up"))
    legs = [
        (u, v, a["outcome"], a["copy"], a["label"])
        for u, v, a in graph.edges(data=True)
        if a.get("kind") == "wire" and a["carries"] == "m1.send"
    ]
    assert legs == [
        (1, 4, "duplicated", 1, "m1.send x2"),
        (1, 5, "received", 2, "m1.send again"),
    ]


def test_refusal_goes_to_the_origin() -> None:
    assert (4, 5, "refusal", "m1.recall", "received") in messages(example("error-answer"))


def test_crash_that_loses_two_pushes_has_two_edges() -> None:
    run = replay(
        build_machine(two_nodes()),
        steps("issue(m1.send, singapore); issue(m1.recall, singapore); crash(singapore, 1)"),
    )
    lost = [e for e in messages(run) if e[4] == "lost"]
    assert lost == [(1, 3, "push", "m1.send", "lost"), (2, 3, "push", "m1.recall", "lost")]


def test_node_attributes() -> None:
    graph = event_graph(example("no-retry"))
    assert isinstance(graph, networkx.DiGraph)
    assert graph.nodes[7] == {
        "index": 7,
        "rule": "lose",
        "call": "lose(m1.recall, singapore, china, 1)",
        "label": "m1.recall to china is lost",
        "lane": "singapore",
        "lane_kind": "node",
        "kind": "fault",
        "changes": "",
        "breaks": False,
        "again": False,
    }
    assert graph.nodes[8]["changes"] == "bob-phone: offline"
    assert graph.nodes[9]["breaks"]
    assert graph.nodes[9]["lane_kind"] == "device"
    assert [n for n, a in graph.nodes(data=True) if a["breaks"]] == [9]
    assert graph.graph["blame"] == "node china, message m1"


def test_end_of_the_run_is_there_only_if_something_is_in_flight() -> None:
    assert 5 in event_graph(example("last-arrival"))
    assert event_graph(example("last-arrival")).nodes[5]["kind"] == "end"
    assert list(event_graph(example("no-retry"))) == list(range(1, 10))


def test_content_is_told_from_recalls() -> None:
    edges = event_graph(example("last-arrival")).edges(data=True)
    told = {a["carries"]: a["content"] for _, _, a in edges if a["type"] == "message"}
    assert told == {"m1.send": True, "m1.recall": False}


def altered(machine: Machine, rule: str, **changes: Any) -> Machine:
    rules = [with_fields(r, **changes) if r.name == rule else r for r in machine.rules]
    return machine.with_rules(rules)


@pytest.mark.parametrize(("kind", "outcome"), [(Kind.PROGRESS, "received"), (Kind.FAULT, "lost")])
def test_what_a_fault_takes_is_lost_whatever_it_is_called(kind: Kind, outcome: str) -> None:
    machine = altered(build_machine(two_nodes()), "deliver", name="teleport", kind=kind)
    run = replay(
        machine,
        [
            Step("issue", ("m1.send", "singapore")),
            Step("teleport", ("m1.send", "singapore", "china")),
        ],
    )
    assert (1, 2, "wire", "m1.send", outcome) in messages(run)
    assert event_graph(run).nodes[2]["label"] == "teleport m1.send, singapore"


def test_what_a_rule_elsewhere_takes_is_lost() -> None:
    machine = altered(build_machine(two_nodes()), "deliver", at="u")
    run = replay(machine, steps("issue(m1.send, singapore); deliver(m1.send, singapore, china)"))
    assert (1, 2, "wire", "m1.send", "lost") in messages(run)


def test_no_rule_is_a_duplication_unless_it_is_a_fault() -> None:
    machine = altered(build_machine(two_nodes()), "duplicate", kind=Kind.PROGRESS)
    run = replay(
        machine, steps("issue(m1.send, singapore); duplicate(m1.send, singapore, china, 1)")
    )
    assert (1, 3, "wire", "m1.send", "in flight") in messages(run)


def test_machine_without_flows() -> None:
    machine = with_fields(build_machine(two_nodes()), flows=())
    assert messages(replay(machine, steps("issue(m1.send, singapore)"))) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_edges_follow_time(name: str) -> None:
    assert networkx.is_directed_acyclic_graph(event_graph(example(name)))


@settings(SLOW)
@given(runs())
def test_any_run(run: Replay) -> None:
    graph = event_graph(run)
    assert set(range(1, len(run.steps) + 1)) <= set(graph) <= set(range(len(run.steps) + 2))
    assert all(u < v for u, v in graph.edges())
    # Every copy in flight after step i is on an edge that passes over i, and the other way round.
    for i, state in enumerate(run.states):
        flying = sum(state[f.symbol, p] for f in run.machine.flows for p in cells(run, f))
        passing = {
            (a["kind"], a["carries"], a["source"], a["target"])
            for u, v, a in graph.edges(data=True)
            if a["type"] == "message" and u <= i < v
        }
        assert len(passing) == flying


def cells(run: Replay, flow: Flow) -> list[tuple[int, ...]]:
    return run.machine.structure.cells(flow.symbol)
