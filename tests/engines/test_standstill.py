"""Claims about infinite runs through slices.

The search of all states, which shares nothing with this but the reading of the machine, is the
judge: nothing may be said to hold where it finds a run, nor be broken where it finds none.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.engines.board import Board, red_leads_everywhere, red_leads_to_green, shortest_stem
from tests.engines.switches import (
    ACKED,
    DONE,
    ON,
    WIRE,
    Panel,
    act,
    one_leads_to_the_other,
    panels,
)
from tests.engines.test_infinite_runs import CASES, GREEN, RED, boards, moves
from tests.helpers import chain, designs, symmetric_designs
from unsay.designs.catalogue import read_manifest, shipped
from unsay.engines import exhaustive, sliced
from unsay.engines.budget import Budget
from unsay.engines.checkpoint import Kept, identity, open_checkpoint
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.explicit import Explicit
from unsay.engines.fair import promises
from unsay.engines.pieces import Symmetry
from unsay.engines.protocol import Task
from unsay.engines.sliced import by_slices
from unsay.engines.standstill import lasting_part, standstills
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import Design, load_design
from unsay.model.language import Machine
from unsay.model.readings.compiled import Program
from unsay.model.readings.formulas import All, In, evaluate
from unsay.model.readings.ground import ground
from unsay.model.readings.symbolic import Symbolic
from unsay.model.recall.commands import issued
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property, PropertyKind

EVENTUALLY = [p for p in PROPERTIES.values() if p.kind is PropertyKind.EVENTUALLY]
HELD, BROKEN = Outcome.HOLDS, Outcome.VIOLATED
ROOM = 500.0
SECONDS = 5.0
"""For a drawn design, of which some have more states than a test has time for."""
LOSSY = {"loss": 1, "duplication": 0, "crash": 0, "offline": 0}


def through_slices(machine: Machine, *properties: Property) -> dict[str, Verdict]:
    """What slices tell; properties of which they can tell nothing are not in it."""
    return by_slices(Task(machine, properties), ROOM)


def consistent(found: Verdict, exact: Verdict) -> None:
    """The same outcome; and a run that is called shortest is."""
    assert (found.outcome, found.reason) == (exact.outcome, exact.reason)
    if found.outcome is BROKEN:
        assert found.run is not None
        assert exact.loop is not None
        assert found.loop == len(found.run) >= exact.loop
        assert not found.shortest or found.loop == exact.loop


# What is said of claims.


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(panels())
def test_nothing_wrong_is_said_of_switches(panel: Panel) -> None:
    machine, name = panel.machine(), one_leads_to_the_other.name
    found = through_slices(machine, one_leads_to_the_other)
    if name in found:
        consistent(found[name], Explicit().check(Task(machine, [one_leads_to_the_other]))[name])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(boards())
def test_nothing_wrong_is_said_of_boards(board: Board) -> None:
    """The oracle is the definition, move by move."""
    expected = shortest_stem(board)
    found = through_slices(board.machine(), red_leads_to_green).get(red_leads_to_green.name)
    if found is not None:
        assert (found.outcome is BROKEN) == (expected is not None)
        assert not found.shortest or found.loop == expected


@pytest.mark.parametrize("case", CASES)
def test_nothing_wrong_is_said_of_what_fairness_means(case: str) -> None:
    text, outcome, stem = CASES[case]
    machine = Board(moves(text), RED, GREEN).machine()
    for p in (red_leads_to_green, red_leads_everywhere):
        found = through_slices(machine, p).get(p.name)
        if found is not None:
            consistent(found, Explicit().check(Task(machine, [p]))[p.name])
        if found is not None and p is red_leads_to_green:
            assert found.outcome is outcome
            assert found.loop is None or found.loop >= (stem or 0)


def compared(design: Design) -> dict[str, Verdict]:
    """What slices tell of a design, compared with the search of all states; as far as both get."""
    machine = build_machine(design)
    found = by_slices(Task(machine, EVENTUALLY, Budget(SECONDS)), ROOM)
    if not any(v.complete for v in found.values()):
        return found
    task = Task(machine, EVENTUALLY, Budget(SECONDS))
    for name, exact in Exhaustive(sliced=False).check(task).items():
        if name in found and exact.complete and found[name].complete:
            consistent(found[name], exact)
    return found


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs())
def test_nothing_wrong_is_said_of_random_designs(design: Design) -> None:
    compared(design)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(symmetric_designs())
def test_nothing_wrong_is_said_where_something_is_alike(design: Design) -> None:
    compared(design)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", shipped())
def test_what_is_said_of_shipped_designs_is_what_the_manifest_says(name: str) -> None:
    """And whatever holds at rest is found out, but where sending again goes on for ever, or until
    the time is over in which a recall is sent.
    """
    expected = read_manifest()[name].expected
    found = through_slices(build_machine(load_design(shipped()[name])), *EVENTUALLY)
    for p in EVENTUALLY:
        if p.name in found and p.name in expected:
            assert found[p.name].outcome.value == expected[p.name].verdict
            if found[p.name].shortest:
                assert found[p.name].loop == expected[p.name].steps
    settles = "comes-to-rest" not in expected or expected["comes-to-rest"].verdict == "HOLDS"
    if settles and name != "synapse-12603-repaired":
        assert found.keys() == {p.name for p in EVENTUALLY}


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        (chain(3, 2, faults=LOSSY), [HELD, HELD, HELD]),
        (chain(2, 1, faults=LOSSY, policies={"retry": "none"}), [HELD, BROKEN, HELD]),
        (chain(2, 1, faults=LOSSY, fairness={"delivery": "none"}), [BROKEN, BROKEN, BROKEN]),
        # It chases, lost where no retry comes: sent again for ever, and no run to a stop is wrong.
        (chain(3, 1, faults=LOSSY, policies={"dispatch": "chase"}), [None, None, None]),
    ],
    ids=["retried", "not retried", "not delivered", "retried in vain"],
)
def test_what_is_found_out(design: Design, expected: list[Outcome | None]) -> None:
    found = compared(design)
    assert [found[p.name].outcome if p.name in found else None for p in EVENTUALLY] == expected


# How claims about where runs stand still are put.


def test_a_premise_is_weakened_only_as_far_as_it_must_be() -> None:
    """That a node shows what a recall recalls may end by an older recall, which helps nothing."""
    machine = build_machine(chain(2, 1, scope={"commands": ["recall", "recall"]}))
    grounded = ground(machine)
    found = {
        (premise, lasting_part(Symbolic(grounded), premise, conclusion, lambda: None))
        for premise, conclusion in promises(grounded, PROPERTIES["recall-terminates"])
    }
    numbers = [grounded.grounder.number[issued.symbol, (number,)] for number in range(3)]
    for premise, lasting in found:
        assert isinstance(premise, All)
        assert isinstance(lasting, All)
        (recall, shown), (same, later) = premise.parts, lasting.parts
        assert recall == same
        assert isinstance(shown, In)
        # Versions 2 and 3 are the two recalls; the second may still be on its way after the first.
        second = recall == In(numbers[2], frozenset({1}))
        assert later == In(shown.cell, frozenset({1, 2}) if second else frozenset({1}))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(panels(switches=3))
def test_what_is_lasting_lasts_until_the_conclusion(panel: Panel) -> None:
    """In every state of a machine, reachable or not, and for every step."""
    program = Program(ground(panel.machine()))
    cells = range(len(program.ground.initial))
    for premise, conclusion in promises(program.ground, one_leads_to_the_other):
        lasting = lasting_part(Symbolic(program.ground), premise, conclusion, lambda: None)
        for state in itertools.product(*(sorted(program.ground.domains[c]) for c in cells)):
            assert evaluate(lasting, state.__getitem__) or not evaluate(premise, state.__getitem__)
            if not evaluate(lasting, state.__getitem__) or evaluate(conclusion, state.__getitem__):
                continue
            for _, packed in program.successors(program.packing.pack(state)):
                after = program.packing.unpack(packed).__getitem__
                assert evaluate(lasting, after) or evaluate(conclusion, after)


GONE = (
    act("drift", "-wire -ack", "+wire"),
    act("drift", "-done", "+done"),
    act("walk", "+wire", "-wire +ack"),
)
"""Wire comes and goes, once; done stays."""


def test_a_run_against_the_weaker_premise_is_none_against_the_claim() -> None:
    """Wire and done at once lead to acked: broken, but not by the first run that is found."""
    panel = Panel(4, GONE, ((WIRE, ON), (DONE, ON)), ((ACKED, ON),))
    machine, name = panel.machine(), one_leads_to_the_other.name
    assert through_slices(machine, one_leads_to_the_other) == {}
    assert Explicit().check(Task(machine, [one_leads_to_the_other]))[name].outcome is BROKEN


def test_that_nothing_is_under_way_needs_no_claim_where_all_of_it_is_owed() -> None:
    machine = build_machine(chain(2, 1))
    grounded = ground(machine)
    reading, symmetry = Symbolic(grounded), Symmetry(machine, grounded)
    at_rest = PROPERTIES["comes-to-rest"]
    assert standstills(reading, at_rest, symmetry, lambda: None) == []


def test_what_agreement_at_rest_has_shown_is_not_looked_at_again() -> None:
    machine = build_machine(chain(3, 2, scope={"messages": 2}))
    lines: list[str] = []
    names = ("agreement-at-rest", "converges")
    task = Task(machine, [PROPERTIES[n] for n in names], report=lines.append)
    found = by_slices(task, ROOM)
    assert [found[n].outcome for n in names] == [HELD, HELD]
    after = lines[lines.index("judging converges") :]
    assert not any(line.startswith("looking through") for line in after)


def test_only_of_what_holds_is_anything_remembered() -> None:
    design = chain(3, 2, scope={"messages": 2}, faults=LOSSY, policies={"retry": "none"})
    names = ("agreement-at-rest", "converges")
    task = Task(build_machine(design), [PROPERTIES[n] for n in names])
    search = sliced._Search(task, ROOM)
    for p in task.properties:
        search.part = task
        verdict = search.verdict(p)
        assert verdict is not None
        assert verdict.outcome is BROKEN
    assert search.held == {}


def test_a_check_that_goes_on_says_the_same_of_what_was_shown_before(tmp_path: Path) -> None:
    """What agreement at rest has shown in a former sitting is as good as in this."""
    machine = build_machine(chain(3, 2, scope={"messages": 2}))
    both = [PROPERTIES[n] for n in ("agreement-at-rest", "converges")]
    run = identity([("chain", machine, both)])
    found: list[dict[str, Verdict]] = []
    lines: list[str] = []
    for properties in (both[:1], both):
        kept = Kept(open_checkpoint(tmp_path, run), 0)
        lines.clear()
        task = Task(machine, properties, report=lines.append, kept=kept)
        found.append(by_slices(task, ROOM))
    in_one = by_slices(Task(machine, both), ROOM)
    assert {n: v.reach for n, v in found[1].items()} == {n: v.reach for n, v in in_one.items()}
    assert not any(line.startswith("looking through") for line in lines)


# The engine.


def test_what_slices_cannot_tell_is_looked_for_in_all_states(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exhaustive, "_WHOLE_NODES_MAX", -1)
    design = chain(3, 1, faults=LOSSY, policies={"dispatch": "chase"})
    verdict = Exhaustive().check(Task(build_machine(design), EVENTUALLY))["comes-to-rest"]
    assert verdict.outcome is BROKEN
    assert verdict.shortest
    assert verdict.loop is not None
    assert verdict.loop < len(verdict.run or ())


def test_what_slices_tell_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhaustive, "_WHOLE_NODES_MAX", -1)
    verdicts = Exhaustive().check(Task(build_machine(chain(3, 2)), EVENTUALLY))
    assert {v.outcome for v in verdicts.values()} == {HELD}
    assert all(v.states is None and v.slices for v in verdicts.values())
    assert verdicts["comes-to-rest"].reach.startswith("every reachable state, by")
