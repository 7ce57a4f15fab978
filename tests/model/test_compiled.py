"""The compiled reading below terms: packed states, and generated code against ``evaluate``.

Random ground programs: cells whose domains have gaps, guards and assignments of any shape. The
oracle is the ground program itself, evaluated plainly.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model.cups import Bench, anything, cups, level
from unsay.model.language import Kind, Machine, Rule, Structure, Symbol, Term, all_of
from unsay.model.language.terms import Sort, Variable
from unsay.model.readings.compiled import Packing, Program
from unsay.model.readings.formulas import All, Formula, In, Some, evaluate, within
from unsay.model.readings.ground import Action, Ground, Grounder

SLOT, WORD = Sort("Slot"), Sort("Word", ordered=True)
SLOTS, WORDS = 4, 6
TABLE = Symbol("table", (SLOT,), WORD, "state", "What a slot holds.")
WORLD = Structure(
    {SLOT: tuple(f"s{i}" for i in range(SLOTS)), WORD: tuple(f"w{i}" for i in range(WORDS))}, {}
)
RULES = tuple(
    Rule(name, Kind.ACT, "random", "Random.", (Variable("s", SLOT),), "s", (), ())
    for name in ("one", "two")
)
MACHINE = Machine("random", (TABLE,), RULES, WORLD)
ANY: Term = all_of().term

Values = tuple[int, ...]


@dataclass(frozen=True)
class RandomGround(Ground):
    """A ground machine that answers every property with one given formula."""

    given: Formula = True

    def property_formula(self, term: Term) -> Formula:
        return within(self.given, self.domains)


def doubled(domains: dict[int, frozenset[int]]) -> dict[int, frozenset[int]]:
    return {**domains, **{c + SLOTS: d for c, d in domains.items()}}


@st.composite
def domains(draw: st.DrawFn) -> dict[int, frozenset[int]]:
    """Between one and four of six values for each cell: gaps, and codes that do not fill bits."""
    words = st.integers(0, WORDS - 1)
    return {c: draw(st.frozensets(words, min_size=1, max_size=4)) for c in range(SLOTS)}


def formulas(cells: int, actions: int = 0) -> st.SearchStrategy[Formula]:
    """Ground formulas over ``cells`` cells and, with ``actions``, over the action taken."""

    def atom(cell: int) -> st.SearchStrategy[In]:
        size = WORDS if cell < cells else actions
        return st.builds(
            In, st.just(cell), st.frozensets(st.integers(0, size - 1), min_size=1, max_size=4)
        )

    places = list(range(cells)) + ([2 * SLOTS] if actions else [])
    return st.recursive(
        st.sampled_from(places).flatmap(atom),
        lambda inner: st.builds(
            lambda kind, parts: kind(tuple(parts)),
            st.sampled_from([All, Some]),
            st.lists(inner, min_size=1, max_size=4),
        ),
        max_leaves=6,
    )


@st.composite
def cells_only(draw: st.DrawFn) -> RandomGround:
    """Cells and what they can hold, and no actions."""
    kept = draw(domains())
    initial = tuple(draw(st.sampled_from(sorted(kept[c]))) for c in range(SLOTS))
    return RandomGround(MACHINE, Grounder(WORLD, [TABLE]), (), initial, doubled(kept))


@st.composite
def grounds(draw: st.DrawFn) -> RandomGround:
    kept = draw(domains())
    initial = tuple(draw(st.sampled_from(sorted(kept[c]))) for c in range(SLOTS))
    grounder = Grounder(WORLD, [TABLE])
    # Three actions or more with one first argument share a gate; fewer do not.
    arguments = draw(st.lists(st.integers(0, 1), min_size=1, max_size=6))
    keys = sorted((draw(st.integers(0, 1)), a) for a in arguments)
    actions = [draw(action(kept, RULES[rule], a)) for rule, a in keys]
    # Several actions of one rule at one argument: the generated code does not mind.
    grounder.actions = [(a.rule.name, (*a.arguments, i)) for i, a in enumerate(actions)]
    formula = draw(formulas(2 * SLOTS, len(actions)))
    return RandomGround(MACHINE, grounder, tuple(actions), initial, doubled(kept), formula)


@st.composite
def action(draw: st.DrawFn, kept: dict[int, frozenset[int]], rule: Rule, argument: int) -> Action:
    guard = within(draw(formulas(SLOTS)), kept)
    assignments: dict[int, tuple[tuple[Formula, int], ...]] = {}
    for cell in draw(st.sets(st.integers(0, SLOTS - 1))):
        if len(kept[cell]) < 2:
            continue
        options: list[tuple[Formula, int]] = []
        for formula in draw(st.lists(st.just(True) | formulas(SLOTS), min_size=1, max_size=3)):
            condition = within(formula, kept)
            if condition is not False:
                options.append((condition, draw(st.sampled_from(sorted(kept[cell])))))
            if condition is True:
                break
        if options:
            assignments[cell] = tuple(options)
    return Action(rule, (argument,), (("drawn", guard),), assignments)


def states(ground: Ground) -> list[Values]:
    return list(itertools.product(*(sorted(ground.domains[c]) for c in range(SLOTS))))


def performed(action: Action, before: Values) -> Values:
    """The state after ``action``: of each cell's alternatives the first that applies."""
    after = list(before)
    for cell, options in action.assignments.items():
        for condition, value in options:
            if evaluate(condition, before.__getitem__):
                after[cell] = value
                break
    return tuple(after)


def possible(action: Action, before: Values) -> bool:
    return evaluate(action.guards[0][1], before.__getitem__)


RANDOM = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=30)


@RANDOM
@given(grounds())
def test_generated_code_takes_the_steps_that_evaluation_takes(ground: RandomGround) -> None:
    """Guards, gates, masks and alternatives, in every state of the domains."""
    program = Program(ground)
    pack, unpack = program.packing.pack, program.packing.unpack
    for before in states(ground):
        expected = [
            (i, performed(a, before)) for i, a in enumerate(ground.actions) if possible(a, before)
        ]
        state = pack(before)
        assert [(i, unpack(t)) for i, t in program.successors(state)] == expected
        assert [unpack(t) for t in program.targets(state)] == [after for _, after in expected]
        can = [program.enabled(state, i) for i in range(len(ground.actions))]
        assert [i for i, yes in enumerate(can) if yes] == [i for i, _ in expected]
        for i, after in expected:
            assert unpack(program.step(state, i)) == after


@RANDOM
@given(grounds())
def test_generated_predicates_are_what_evaluation_says(ground: RandomGround) -> None:
    """State predicates look at the state, step predicates at both states and the action."""
    program = Program(ground)
    on_steps = program.step_predicate(ANY)
    space = states(ground)
    for before in space[:8]:
        for after in space[-8:]:
            for number in range(len(ground.actions)):
                values = (*before, *after, number)
                meant = evaluate(ground.given, values.__getitem__)
                packed = program.packing.pack(before), number, program.packing.pack(after)
                assert on_steps(*packed) is meant


@RANDOM
@given(cells_only(), formulas(SLOTS))
def test_generated_state_predicates_are_what_evaluation_says(
    ground: RandomGround, formula: Formula
) -> None:
    machine, grounder, actions = ground.machine, ground.grounder, ground.actions
    asked = RandomGround(machine, grounder, actions, ground.initial, ground.domains, formula)
    program = Program(asked)
    holds = program.predicate(ANY)
    for values in states(asked):
        assert holds(program.packing.pack(values)) is evaluate(formula, values.__getitem__)


@RANDOM
@given(cells_only())
def test_packing_is_one_to_one(ground: RandomGround) -> None:
    """States are told apart by their packed numbers and by nothing else."""
    packing = Packing(ground)
    packed = set()
    for values in states(ground):
        assert packing.unpack(packing.pack(values)) == values
        packed.add(packing.pack(values))
    assert len(packed) == len(states(ground))
    assert max(packed) < 1 << packing.bits


@RANDOM
@given(cells_only(), st.integers(0, SLOTS - 1), st.integers(0, WORDS - 1))
def test_a_value_outside_its_domain_is_refused(ground: RandomGround, cell: int, value: int) -> None:
    """Also for a cell that never changes and therefore takes no room."""
    values = list(ground.initial)
    values[cell] = value
    if value in ground.domains[cell] and (len(ground.domains[cell]) > 1):
        assert Packing(ground).unpack(Packing(ground).pack(values)) == tuple(values)
    elif value != ground.initial[cell]:
        with pytest.raises(ValueError, match=f"^cell {cell} never holds value {value}$"):
            Packing(ground).pack(values)


def test_cells_that_cannot_change_take_no_room() -> None:
    grounder = Grounder(WORLD, [TABLE])
    kept = {
        0: frozenset([3]), 1: frozenset([0, 5]), 2: frozenset([1, 2, 4]), 3: frozenset(range(5)),
    }  # fmt: skip
    packing = Packing(Ground(MACHINE, grounder, (), (3, 0, 1, 0), doubled(kept)))
    assert packing.bits == 0 + 1 + 2 + 3
    assert packing.shift == {1: 0, 2: 1, 3: 3}
    assert packing.mask == {1: 0b1, 2: 0b110, 3: 0b111000}
    assert packing.code(2, 4) == 0b100
    assert packing.unpack(packing.pack((3, 5, 4, 2))) == (3, 5, 4, 2)


def test_an_impossible_step_is_refused_by_name() -> None:
    program = Bench([cups, anything]).program
    numbers = {program.describe(i): i for i in range(len(program.actions))}
    with pytest.raises(ValueError, match=r"^pour\(left, empty\) cannot happen here$"):
        program.step(program.initial, numbers["pour(left, empty)"])
    after = program.step(program.initial, numbers["pour(left, full)"])
    cell = program.ground.grounder.number[level.symbol, (0,)]
    assert program.packing.unpack(after)[cell] == 2


def test_actions_are_numbered_by_kind() -> None:
    program = Bench([cups, anything]).program
    acts, progress = program.numbers(Kind.ACT), program.numbers(Kind.PROGRESS)
    assert {program.actions[i].rule.name for i in acts} == {"pour"}
    assert {program.actions[i].rule.name for i in progress} == {"wipe"}
    assert program.numbers(Kind.ACT, Kind.PROGRESS) == frozenset(range(len(program.actions)))
    assert program.numbers(Kind.FAULT) == frozenset()
