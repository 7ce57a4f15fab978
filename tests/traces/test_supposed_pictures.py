"""Pictures of steps from states that may not be reachable, and of ways that a claim compares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.standing import CASES, machine_with, small, standing
from tests.traces.test_diagram import check, text_boxes
from unsay.designs.catalogue import shipped
from unsay.engines.explicit import Explicit
from unsay.engines.proof.supposed import supposed
from unsay.engines.protocol import Task
from unsay.engines.run import Replay, ReplayError, replay
from unsay.model.design import load_design
from unsay.model.readings.reference import Environment, Moment, Reference, State
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, PropertyKind
from unsay.properties.property import Applied, Comparison, Way
from unsay.traces import TraceError, as_text, render
from unsay.traces.blame import broken_at
from unsay.traces.compared import compared
from unsay.traces.diagram import as_svg, draw
from unsay.traces.words import LABEL

COMPARING = [c for c in CASES if PROPERTIES[c[0]].compares is not None]


def written(run: Replay) -> str:
    """All words of the picture, in the order of the file."""
    return " ".join(text for text, _ in text_boxes(as_svg(draw(run))))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_picture_says_first_that_the_state_may_not_be_reachable(case: Any) -> None:
    run = small(*case)
    svg = as_svg(draw(run))
    assert text_boxes(svg)[0][0] == LABEL
    assert f"<title>{LABEL}" in svg
    words = written(run)
    assert "The state before the step may not be reachable" in words
    assert f"Property: {case[0]}" in words
    assert PROPERTIES[case[0]].sentence.split(",")[0][:40] in words
    assert render(run, "png")[:4] == b"\x89PNG"


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("least", [True, False])
def test_nothing_overlaps_and_nothing_is_cut_off(case: Any, least: bool) -> None:
    machine, p = machine_with(*case[1:]), PROPERTIES[case[0]]
    check(small(*case) if least else supposed(machine, standing(machine, p), p))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_words_fit_in_eighty_columns_and_say_it_first(case: Any) -> None:
    lines = as_text(small(*case)).splitlines()
    assert lines[0] == LABEL
    assert max(map(len, lines)) <= 80
    assert {"Before the step", "After the step"} <= set(lines)


def test_the_broken_part_is_named_with_what_it_says_of_the_members() -> None:
    """The claim joins two parts; only one of them breaks."""
    run = small("idempotent-effects", "early_recall", "remember-until-first-send")
    words = written(run)
    members = {v.name: run.machine.structure.members(v.of)[i] for v, i in broken_at(run).items()}
    assert "for every node v, command c: effects[v, c] != repeated" in words
    assert f"what does not hold: effects[{members['v']}, {members['c']}] != repeated" in words
    assert "refused" not in words


def test_members_of_rigid_tables_stand_for_themselves() -> None:
    words = written(small("confirmed-means-done", "confirm", "all-acked"))
    assert re.search(r"told\[m1\.\w+\] = done and content\[m1, newest\[", words)
    assert "target[m1." not in words


def test_what_differs_from_the_start_is_spelt_out_before_and_after() -> None:
    """The command has had its effect before; after the step it has had it again."""
    words = written(small("idempotent-effects", "early_recall", "remember-until-first-send"))
    command = words.split("effects: ")[1].split()[0]
    assert f"effects: {command} once" in words.split("breaks here")[0] + words
    assert f"now effects: {command} repeated" in words
    assert "effects: How often the command had effects at the node." in words


@pytest.mark.parametrize("case", COMPARING, ids=str)
def test_the_ways_part_where_the_claim_says_that_they_meet(case: Any) -> None:
    run = small(*case)
    ways = compared(run)
    assert ways is not None
    for d in ways.differences:
        assert len(set(d.values)) == len(ways.ways) == 2
    words = written(run)
    assert "What differs: " in words
    for way, value in zip(ways.ways, ways.differences[0].values, strict=True):
        assert f"{value} after “{way.says}”" in words
        assert f"] is {value}" in words.split("What differs: ")[0] or not way.instead
    assert "What differs: " in as_text(run)


@pytest.mark.parametrize("case", COMPARING, ids=str)
def test_the_ways_are_what_the_formula_means(case: Any) -> None:
    """In states near one that breaks the claim, it fails at some members if the ways end apart."""
    run = small(*case)
    p, rule, arguments = run.property, run.rule(0), run.arguments(0)
    assert p is not None
    assert p.compares is not None
    reference, values = Reference(run.machine), broken_at(run)
    seen = []
    for state in neighbours(run):
        if reference.blocked_by(rule, arguments, state):
            continue
        if any(impossible(reference, w, values, state) for w in p.compares.ways):
            continue  # The claim speaks of two orders only where both can come.
        after = replay(run.machine, run.steps, p, start=state)
        apart = end_apart(reference, p.compares, values, after.states)
        # Where they end alike, it may fail at other members still.
        assert after.broken if apart else not after.broken or broken_at(after) != values
        seen.append(apart)
    assert {*seen} == {True, False}


def neighbours(run: Replay) -> Iterator[State]:
    """The first state with one cell changed."""
    for key, value in run.states[0].items():
        for other in range(len(run.machine.structure.members(key[0].value))):
            if other != value:
                yield {**run.states[0], key: other}


def impossible(reference: Reference, way: Way, values: Environment, state: State) -> bool:
    """What comes in place of the step cannot come."""
    if not way.instead:
        return False
    first = way.applied[0]
    arguments = tuple(reference.value(a, values, Moment(state)) for a in first.arguments)
    return bool(reference.blocked_by(reference.machine.rule(first.rule), arguments, state))


def end_apart(
    reference: Reference, compares: Comparison, values: Environment, states: Sequence[State]
) -> bool:
    """Whether the ways end differently, carried out here by hand."""
    ends = set()
    for way in compares.ways:
        state = states[-2 if way.instead else -1]
        for applied in way.applied:
            rule = replace(reference.machine.rule(applied.rule), guards=())
            arguments = tuple(reference.value(a, values, Moment(state)) for a in applied.arguments)
            state = reference.step(rule, arguments, state)
        ends.add(tuple(reference.value(cell, values, Moment(state)) for cell in compares.cells))
    return len(ends) > 1


def test_ways_that_end_alike_are_an_error_and_no_picture() -> None:
    run = small("idempotent-state", "early_recall", "remember-until-first-send")
    assert run.property is not None
    assert run.property.compares is not None
    same = Comparison((Way("once"), Way("nothing more")), run.property.compares.cells)
    with pytest.raises(ReplayError, match="all ways end alike"):
        draw(replace(run, property=replace(run.property, compares=same)))


def test_every_claim_about_steps_says_what_it_compares() -> None:
    for p in PROPERTIES.values():
        assert (p.compares is not None) == (p.kind is PropertyKind.STEP), p.name


def test_ways_name_rules_and_members_that_there_are() -> None:
    machine = machine_with("ordering", "last-arrival")
    for p in PROPERTIES.values():
        for way in p.compares.ways if p.compares else ():
            for applied in way.applied:
                assert isinstance(applied, Applied)
                rule = machine.rule(applied.rule)
                assert [v.of for v in rule.parameters] == [a.sort for a in applied.arguments]


@pytest.mark.parametrize("name", ["idempotent-state", "commands-commute"])
def test_a_run_of_a_shipped_design_goes_on_both_ways(name: str) -> None:
    """It comes from a run, so it is not said to be unreachable."""
    machine = build_machine(load_design(shipped()["mastodon-4739"]))
    p = PROPERTIES[name]
    verdict = Explicit().check(Task(machine, [p]))[name]
    assert verdict.run is not None
    run = replay(machine, verdict.run, p)
    check(run)
    for words in (written(run), as_text(run)):
        assert LABEL not in words
        assert "What differs: newest[follower-server, m1] is" in " ".join(words.split())
        assert "once more" in words or "m1.recall first, then m1.send" in words


def test_a_run_that_keeps_its_claim_is_drawn_as_it_is() -> None:
    machine = build_machine(load_design(shipped()["mastodon-4739-repaired"]))
    run = replay(machine, [], PROPERTIES["idempotent-state"])
    assert compared(run) is None
    assert "What differs" not in written(run) + as_text(run)


def test_a_supposed_state_is_no_trace() -> None:
    run = small("idempotent-effects", "early_recall", "remember-until-first-send")
    with pytest.raises(TraceError, match="cannot be saved as a trace"):
        render(run, "itf")
