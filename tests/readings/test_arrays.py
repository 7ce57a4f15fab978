"""The reading as arrays says of every state what the reference reading says of it."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from tests.helpers import designs
from tests.model.cups import ONE_CUP, Bench, any_paint, anything, c, clean, cups, paints
from tests.readings.random_terms import (
    BOOL,
    CHANGING,
    COLOUR,
    CUP,
    LEVEL,
    RIGID,
    VARIABLES,
    machine_of,
    random_state,
    reference_of,
    terms,
)
from tests.readings.worlds import worlds
from unsay.engines.proof.samples import worlds_of
from unsay.model.design import Design
from unsay.model.language import Machine, ModelError, Symbol, after_step, taken
from unsay.model.language.terms import (
    And,
    Before,
    Equal,
    Exists,
    ForAll,
    IfThenElse,
    Least,
    Literal,
    Not,
    Or,
    Read,
    Term,
    Variable,
    walk,
)
from unsay.model.readings.arrays import Worlds
from unsay.model.readings.compiled import compile_machine
from unsay.model.readings.reference import Moment, Reference, State
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, PropertyKind

FREE = (Variable("x", CUP), Variable("y", LEVEL), Variable("z", COLOUR))
RANDOM = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=150)


def reference_values(
    reference: Reference, term: Term, free: tuple[Variable, ...], states: list[State]
) -> np.ndarray:
    ranges = [range(len(reference.structure.members(v.of))) for v in free]
    found = np.zeros((len(states), *map(len, ranges)), dtype=int)
    for i, state in enumerate(states):
        for place in itertools.product(*ranges):
            env = dict(zip(free, place, strict=True))
            found[(i, *place)] = reference.value(term, env, Moment(state))
    return found


@RANDOM
@given(st.sampled_from([BOOL, CUP, LEVEL, COLOUR]).flatmap(lambda s: terms(s, FREE, 4)),
       st.permutations(FREE), st.integers(0, 2**32))  # fmt: skip
def test_random_terms(term: Term, order: list[Variable], seed: int) -> None:
    """In states nobody need reach, for all values of the free variables, in any order of these."""
    machine, choose = machine_of(seed=seed), random.Random(seed)
    states = [random_state(machine, choose) for _ in range(3)]
    found = worlds(machine, states).value(term, order)
    assert found.shape == (3, *(3 for _ in order))
    expected = reference_values(reference_of(machine), term, tuple(order), states)
    assert (found == expected).all()


@pytest.mark.parametrize("outer", [ForAll, Exists])
@pytest.mark.parametrize("inner", [ForAll, Exists])
@pytest.mark.parametrize("names", list(itertools.product(VARIABLES[:2], repeat=2)), ids=str)
def test_nested_quantifiers_and_shadowing(
    outer: type, inner: type, names: tuple[Variable, Variable]
) -> None:
    """Every pair of quantifiers over equal and different names, in every state of two cups."""
    bench = Bench([cups, anything])
    one, two = names
    read = Read(clean.symbol, (one,))
    body = Or((read, inner((two,), And((read, Equal(one, two))))))
    term = outer((one,), body)
    states = list(bench.states())
    found = worlds(bench.machine, states).holds(term)
    assert list(found) == [bench.reference.holds(term, s) for s in states]


def test_a_name_counts_in_its_innermost_scope() -> None:
    """As two entries of one scope: the reference's environment holds the later one."""
    x = Variable("x", LEVEL)
    machine = machine_of()
    world = worlds(machine, [random_state(machine, random.Random(0))])
    found = world.value(Equal(x, Least(LEVEL)), (x, x))
    assert [[bool(b) for b in row] for row in found[0]] == [[True, False, False]] * 3


def test_empty_joins_and_constants() -> None:
    machine = machine_of()
    world = worlds(machine, [random_state(machine, random.Random(i)) for i in range(2)])
    assert world.holds(And(())).tolist() == [True, True]
    assert world.holds(Or(())).tolist() == [False, False]
    every = ForAll((Variable("x", LEVEL),), Or(()))
    assert world.holds(every).tolist() == [False, False]
    assert world.value(Least(LEVEL)).tolist() == [0, 0]


def test_what_is_about_steps_is_refused() -> None:
    machine = machine_of()
    world = worlds(machine, [random_state(machine, random.Random(0))])
    for term in (after_step(clean[c]).term, taken("pour", c).term):
        with pytest.raises(ModelError, match="says nothing about a single state"):
            world.value(term, (Variable("c", CUP),))


def test_some_of_the_states() -> None:
    """By mask and by position, the others are gone and the rigid tables stay."""
    bench = Bench([paints, any_paint], ONE_CUP)
    states = list(bench.states())
    every = worlds(bench.machine, states)
    read = Read(bench.machine.symbols[0], (Variable("c", CUP),))
    values = every.value(read, (Variable("c", CUP),))[:, 0]
    mask = values == 1
    some = every.only(mask)
    assert some.states == int(mask.sum())
    assert set(some.value(read, (Variable("c", CUP),)).ravel().tolist()) == {1}
    assert every.only(np.array([4])).states == 1
    first = every.only(np.array([4])).value(read, (Variable("c", CUP),))
    assert first[0, 0] == values[4]


def closed_formulas(machine: Machine) -> list[tuple[str, Term, tuple[Variable, ...]]]:
    """Claims, witnesses, guards, conditions and values, each with its free variables."""
    found: list[tuple[str, Term, tuple[Variable, ...]]] = []
    for p in PROPERTIES.values():
        found.append((f"witness of {p.name}", p.situation(machine), ()))
        if p.kind is PropertyKind.ALWAYS:
            found.append((p.name, p.claim(machine), ()))
    for rule in machine.rules:
        for guard in rule.guards:
            found.append((f"{rule.name} {guard.name}", guard.condition, rule.parameters))
        for update in rule.updates:
            scope = rule.parameters + update.each
            found.append((f"{rule.name}: {update}", update.value, scope))
            found.append((f"{rule.name}: {update}", update.where, scope))
    return found


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=15)
@given(designs(nodes=2), st.integers(0, 2**32))
def test_all_that_a_design_says(design: Design, seed: int) -> None:
    """On random runs and on random states, at random values of the variables."""
    machine = build_machine(design)
    history = [s for s in machine.symbols if s.role == "history"]
    reference, choose = Reference(machine, history), random.Random(seed)
    program = compile_machine(machine, history)
    states = [random_state(machine, choose) for _ in range(3)]
    packed = program.initial
    for _ in range(8):
        cells = program.ground.grounder.cells
        values = program.packing.unpack(packed)
        states.append({(c.symbol, c.arguments): v for c, v in zip(cells, values, strict=True)})
        packed = choose.choice(list(program.targets(packed)) or [packed])
    world = worlds(machine, states)
    for name, term, free in closed_formulas(machine):
        found = world.value(term, free)
        for _ in range(3):
            i = choose.randrange(len(states))
            place = tuple(choose.randrange(world.size(v.of)) for v in free)
            env = dict(zip(free, place, strict=True))
            expected = reference.value(term, env, Moment(states[i]))
            assert int(found[(i, *place)]) == expected, name


def test_sampled_worlds_are_the_reachable_states() -> None:
    """What the search looks at is what the compiled reading reaches, cell by cell."""
    bench = Bench([cups, anything])
    found: Worlds = worlds_of(bench.machine, [], 10_000, lambda: None)
    reached = {tuple(s.values()) for s in bench.states()}
    order = list(next(iter(bench.states())))
    seen = {
        tuple(int(found.tables[t][(i, *place)]) for t, place in order) for i in range(found.states)
    }
    assert seen <= reached
    assert len(seen) == found.states == len(reached)


def test_an_order_is_strict() -> None:
    x, y = Variable("x", LEVEL), Variable("y", LEVEL)
    machine = machine_of()
    world = worlds(machine, [random_state(machine, random.Random(0))])
    assert world.value(Before(x, y), (x, y))[0].tolist() == [
        [False, True, True],
        [False, False, True],
        [False, False, False],
    ]


KINDS = (Least, Literal, Read, Not, And, Or, Equal, Before, IfThenElse, ForAll, Exists)


@pytest.mark.parametrize("wanted", [*KINDS, *RIGID, *CHANGING], ids=str)
def test_every_kind_of_term_and_every_table_is_drawn(wanted: type[Term] | Symbol) -> None:
    """Else the agreement on random terms would say little."""

    def there(inner: Term) -> bool:
        if isinstance(wanted, Symbol):
            return isinstance(inner, Read) and inner.symbol == wanted
        return isinstance(inner, wanted)

    quick = settings(database=None, max_examples=5000)
    find(terms(BOOL, FREE, 4), lambda t: any(there(i) for i in walk(t)), settings=quick)
