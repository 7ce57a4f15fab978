"""Lanes, words, changes and blame: what a run is told with."""

from __future__ import annotations

from dataclasses import replace as with_fields

import pytest
from hypothesis import given, settings

from tests.traces.files import SLOW
from tests.traces.samples import designs, example, steps, two_nodes
from unsay.engines.run import replay
from unsay.model.design import Design, design_from_data
from unsay.model.language import Bool, Machine, after_step, forall
from unsay.model.recall.machine import build_machine
from unsay.model.recall.storage import newest
from unsay.properties import PROPERTIES, Property, PropertyKind
from unsay.properties.vocabulary import m, v
from unsay.traces.lanes import lanes_of
from unsay.traces.story import tell
from unsay.traces.words import ANY, EVENTS, NOTES, TRAVELS, Showing, event_words


def test_no_words_are_left_over() -> None:
    """A rule, table or flow without words is drawn under its name; words for none are stale."""
    data = two_nodes(
        {"tombstone": "1h", "tracking_row": "1h", "window": "1h", "retry_horizon": "1h"}
        | {"message": "1h", "backfill": "1h"},
        backfill="content",
        buffer="kept",
        carrier="measured",
        early_recall="remember-until-first-send",
        patience="limited",
        quotes="kept",
        repeat_answer="error",
        retry="limited",
        request_record="expires",
        storage="tiered",
        side_copies="later",
        window="each-receiver",
        sync="gappy",
    ).resolved()
    data["faults"] |= {"wipe": 1, "partition": 1, "forgery": 1}
    data["nodes"]["china"]["fetches"] = True
    data["links"][0]["carriers"] = 2
    every = build_machine(design_from_data(data))
    data["policies"]["sync"] = "any-node"
    by_any_node = build_machine(design_from_data(data))
    assert set(EVENTS) == {rule.name for m in (every, by_any_node) for rule in m.rules}
    assert set(TRAVELS) <= {flow.symbol.name for flow in every.flows}
    tables = {symbol.name: symbol for symbol in every.symbols}
    for table, value in NOTES:
        assert value in (ANY, *tables[table].value.literals)
    for rule in every.rules:
        names = [f"<{p.name}>" for p in rule.parameters]
        words = event_words(rule, names)
        at = next(f"<{p.name}>" for p in rule.parameters if p.name == rule.at)
        assert at not in words


def test_new_rule_is_told_by_its_name_and_arguments() -> None:
    lose = build_machine(two_nodes()).rule("lose")
    renamed = with_fields(lose, name="drop_in_transit")
    names = ["m1.send", "singapore", "china", "2"]
    assert event_words(renamed, names) == "drop in transit m1.send, china"
    # A rule that keeps its name but changes its parameters is no reason to fail either.
    crash = build_machine(two_nodes()).rule("crash")
    assert event_words(with_fields(crash, name="lose"), ["china", "1"]) == "lose"


def test_devices_stand_beside_their_home_and_regions_together() -> None:
    design = design_from_data(
        {
            "title": "Three",
            "nodes": {"a": {"region": "EU"}, "b": {"region": "US"}, "c": {"region": "EU"}},
            "links": [{"between": ["a", "c"]}, {"between": ["c", "b"]}],
            "devices": {
                "a-phone": {"account": "x", "home": "a"},
                "b-phone": {"account": "y", "home": "b"},
                "c-phone": {"account": "z", "home": "c"},
            },
        }
    )
    names = [lane.name for lane in lanes_of(build_machine(design))]
    assert names == ["a-phone", "a", "c", "c-phone", "b", "b-phone"]


@settings(SLOW, max_examples=60)
@given(designs())
def test_lanes_of_any_design(design: Design) -> None:
    lanes = lanes_of(build_machine(design))
    assert sorted(lane.key for lane in lanes) == sorted(
        [*(f"node:{n}" for n in design.nodes), *(f"device:{d}" for d in design.devices)]
    )
    # One stretch of lanes for each node with its devices, one for each region.
    for stretches in ([x.home or x.name for x in lanes], [x.region for x in lanes]):
        starts = [b for a, b in zip(["", *stretches], stretches, strict=False) if a != b]
        assert len(starts) == len(set(starts))


def test_node_and_device_of_one_name_are_two_lanes() -> None:
    data = two_nodes().resolved()
    data["devices"]["china"] = data["devices"].pop("bob-phone")
    machine = build_machine(design_from_data(data))
    run = replay(machine, steps("issue(m1.send, singapore); disconnect(china, 1)"))
    story = tell(run)
    assert story.events[1].lane.kind == "device"
    assert [lane.key for lane in story.lanes].count("node:china") == 1


def test_changes_are_told_in_words() -> None:
    told = [
        [(change.lane.name, change.words) for change in event.changes]
        for event in tell(example("no-retry")).events
    ]
    assert told == [
        [("singapore", "shows m1 (v1)")],
        [("singapore", "hides m1 (v2)")],
        [("singapore", "sender told: m1.recall failed")],
        [("china", "shows m1 (v1)")],
        [("alice-phone", "shows m1 (v1)")],
        [("alice-phone", "hides m1 (v2)")],
        [],
        [("bob-phone", "offline")],
        [("bob-phone", "shows m1 (v1)")],
    ]


def test_note_that_a_recall_came_early() -> None:
    told = [[c.words for c in e.changes] for e in tell(example("note-used-up")).events]
    assert told[2] == ["notes early recall of m1"]
    assert told[3] == ["early-recall note of m1 gone"]


def test_offline_lanes() -> None:
    story = tell(example("push-only"))
    offline = [sorted(lane.name for lane in lanes) for lanes in story.offline]
    assert offline == [[], [], [], [], ["bob-phone"], ["bob-phone"], ["bob-phone"], []]


def test_message_that_nobody_ever_had_is_left_out() -> None:
    data = two_nodes().resolved()
    data["scope"]["messages"] = 2
    machine = build_machine(design_from_data(data))
    story = tell(replay(machine, steps("issue(m2.send, singapore)")))
    assert [h.words for h in story.held(story.lanes[1], -1)] == ["shows m2 (v1)"]
    idle = tell(replay(machine, []))
    assert [h.showing for h in idle.held(idle.lanes[0], 0)] == [Showing.NOTHING] * 2


@pytest.mark.parametrize(
    ("name", "blame", "lanes"),
    [
        ("last-arrival", "node china, command m1.recall", ["china"]),
        ("push-only", "device bob-phone, message m1", ["bob-phone"]),
        ("no-retry", "node china, message m1", ["china"]),
        ("note-used-up", "node china, command m1.recall", ["china"]),
        ("error-answer", "command m1.recall", []),
    ],
)
def test_blame(name: str, blame: str, lanes: list[str]) -> None:
    story = tell(example(name))
    assert story.blame == blame
    assert [lane.name for lane in story.lanes if story.blamed(lane)] == lanes


def never_changes(machine: Machine) -> Bool:
    return forall((v, m), after_step(newest[v, m]) == newest[v, m])


def test_step_property_is_blamed_where_the_step_is() -> None:
    claim = Property(
        "frozen", "Nothing changes.", PropertyKind.STEP, never_changes, never_changes, ""
    )
    run = replay(
        build_machine(two_nodes()),
        steps("issue(m1.send, singapore); deliver(m1.send, singapore, china)"),
        claim,
    )
    story = tell(run)
    assert story.verdict == "broken at step 2 of 2"
    assert story.blame == "node china, message m1"
    assert [lane.name for lane in story.lanes if story.blamed(lane)] == ["china"]


def test_verdicts() -> None:
    machine = build_machine(two_nodes())
    one = steps("issue(m1.send, singapore)")
    claim = PROPERTIES["no-resurrection"]
    assert tell(replay(machine, one)).verdict == "a run of 1 step"
    assert tell(replay(machine, one, claim)).verdict == "not broken after 1 step"
    assert tell(replay(machine, one, claim)).blame == ""
    assert tell(replay(machine, [])).verdict == "a run of 0 steps"
    never = Property(
        "never",
        "Never.",
        PropertyKind.ALWAYS,
        lambda machine: ~machine.at_rest(),
        never_changes,
        "",
    )
    assert tell(replay(machine, [], never)).verdict == "broken before the first step"
