"""The readings that proofs rest on: Z3 over open sorts, and the same with so many members.

With the sorts' members and the rigid tables pinned to a structure, and the cells to a state, each
formula must have the value that the reference reading gives it there, and each step must lead
where the reference reading goes.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import numpy as np
import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import chain, designs
from tests.model.cups import (
    MARK,
    NEAR,
    PARTNER,
    Bench,
    Cup,
    anything,
    c,
    clean,
    cups,
    level,
    mark,
    near,
    partner,
)
from tests.model.test_effects import along_a_run, full
from tests.model.test_semantics import FORMULAS, UPDATES, bench_of
from tests.readings.random_terms import (
    BOOL,
    COLOUR,
    CUP,
    LEVEL,
    PARAMETERS,
    machine_of,
    random_state,
    reference_of,
    rules,
    terms,
)
from tests.readings.worlds import Pinned, at_sizes, possible
from unsay.model.design import Design
from unsay.model.language import Kind, Machine, Rule, Sort, Symbol, after_step, forall, taken
from unsay.model.language.effects import after, apart
from unsay.model.language.rules import Guard, Update
from unsay.model.language.terms import (
    FALSE,
    TRUE,
    And,
    Before,
    Equal,
    Exists,
    ForAll,
    Least,
    Literal,
    ModelError,
    Not,
    Or,
    Read,
    Term,
    Variable,
)
from unsay.model.readings.anysize import AnySize, AtSizes
from unsay.model.readings.reference import Moment, Reference, State
from unsay.model.readings.solved import world_of
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, PropertyKind

RANDOM = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=50)
READINGS = {"any size": AnySize, "at sizes": at_sizes}


@pytest.fixture(params=READINGS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pinned(kind: str, machine: Machine) -> Pinned:
    return Pinned(READINGS[kind](machine))


def truth(solver: z3.Solver, formula: object) -> bool:
    """The value of a formula where all is pinned: exactly one of it and its denial is possible."""
    yes, no = possible(solver, formula), possible(solver, z3.Not(formula))
    assert yes != no
    return yes


# Formulas.


@pytest.mark.parametrize("case", FORMULAS)
def test_every_operator_in_every_state(kind: str, case: str) -> None:
    """The grid of all operators, in each of 36 states of two cups, at both cups."""
    bench = Bench([cups, anything])
    asked, _ = FORMULAS[case]
    pins = pinned(kind, bench.machine)
    solver, term, cup = pins.solver(), asked(c).term, Variable("c", CUP)
    formulas = [pins.reading.formula(term, {cup: pins.member(CUP, i)}) for i in (0, 1)]
    for state in bench.states():
        solver.push()
        solver.add(*pins.state(state))
        for i, formula in enumerate(formulas):
            expected = bool(bench.reference.value(term, {cup: i}, Moment(state)))
            assert truth(solver, formula) == expected
        solver.pop()


@pytest.mark.parametrize("kind", READINGS)
@RANDOM
@given(term=terms(BOOL, (), 4), seed=st.integers(0, 2**32))
def test_random_formulas(kind: str, term: Term, seed: int) -> None:
    machine, choose = machine_of(3 if kind == "at sizes" else 2, 2, seed), random.Random(seed)
    state = random_state(machine, choose)
    pins = pinned(kind, machine)
    solver = pins.solver()
    solver.add(*pins.state(state))
    formula = pins.reading.formula(term)
    assert truth(solver, formula) == reference_of(machine).holds(term, state)


@pytest.mark.parametrize("kind", READINGS)
@RANDOM
@given(term=st.sampled_from([CUP, LEVEL, COLOUR]).flatmap(lambda s: terms(s, PARAMETERS, 3)),
       seed=st.integers(0, 2**32))  # fmt: skip
def test_random_values_of_free_variables(kind: str, term: Term, seed: int) -> None:
    """Free variables are constants of their names: pinned, the term has its value and no other."""
    machine, choose = machine_of(3 if kind == "at sizes" else 2, 3, seed), random.Random(seed)
    state, reference = random_state(machine, choose), reference_of(machine)
    pins = pinned(kind, machine)
    solver = pins.solver()
    solver.add(*pins.state(state))
    env = choose.choice(list(reference.scope(PARAMETERS, {})))
    solver.add(*(pins.reading.constant(v) == pins.member(v.of, i) for v, i in env.items()))
    value = reference.value(term, env, Moment(state))
    formula = pins.reading.formula(term) == pins.member(term.sort, value)
    assert truth(solver, formula)


@pytest.mark.parametrize("outer", [ForAll, Exists])
@pytest.mark.parametrize("inner", [ForAll, Exists])
@pytest.mark.parametrize("same", [True, False])
def test_nested_quantifiers_and_shadowing(kind: str, outer: type, inner: type, same: bool) -> None:
    """The innermost of equal names counts, bound or free, in every state of two cups."""
    bench = Bench([cups, anything])
    x, y = Variable("x", CUP), Variable("x" if same else "y", CUP)
    dirty = Not(Read(clean.symbol, (y,)))
    body = Or((Read(near.symbol, (x, x)), inner((y,), And((dirty, Read(near.symbol, (y, x)))))))
    closed = outer((x,), body)
    pins = pinned(kind, bench.machine)
    solver, reading = pins.solver(), pins.reading
    given = {x: pins.member(CUP, 0), y: pins.member(CUP, 1)}
    for state in bench.states():
        solver.push()
        solver.add(*pins.state(state))
        expected = bench.reference.holds(closed, state)
        assert truth(solver, reading.formula(closed)) == expected
        # The same where an outer scope has the name already.
        assert truth(solver, reading.formula(closed, given)) == expected
        solver.pop()


def test_the_order_of_sides_and_the_empty_joins(kind: str) -> None:
    machine = machine_of(2, 2)
    pins = pinned(kind, machine)
    solver = pins.solver()
    x, y = Variable("x", LEVEL), Variable("y", LEVEL)
    ends = {x: pins.member(LEVEL, 0), y: pins.member(LEVEL, 1)}
    for term, expected in [
        (Before(x, y), True),
        (Before(y, x), False),
        (Before(x, x), False),
        (Equal(x, Least(LEVEL)), True),
        (Equal(y, Least(LEVEL)), False),
        (And(()), True),
        (Or(()), False),
        (TRUE, True),
        (FALSE, False),
        (ForAll((x,), Or(())), False),
        (Exists((x,), And(())), True),
    ]:
        assert truth(solver, pins.reading.formula(term, ends)) == expected, str(term)


def test_what_is_about_steps_is_refused(kind: str) -> None:
    reading = READINGS[kind](machine_of())
    for term in (after_step(clean[c]).term, taken("pour", c).term):
        with pytest.raises(ModelError, match="says nothing about a single state"):
            reading.formula(term)


def test_members_of_an_enumeration_are_different_and_all(kind: str) -> None:
    """Of open sorts nobody knows how many members they have; of these everybody does."""
    reading = READINGS[kind](machine_of())
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(f for _, f in reading.background()))
    read = Read(machine_of().symbols[5], (Variable("x", CUP),))
    assert read.sort == COLOUR
    literals = [Equal(read, Literal(n, COLOUR)) for n in COLOUR.literals]
    for one, other in itertools.combinations(literals, 2):
        assert not possible(solver, reading.formula(And((one, other))))
    if kind == "any size":
        assert not possible(solver, reading.formula(Not(Or(tuple(literals)))))
    assert all(possible(solver, reading.formula(one)) for one in literals)


# Recall designs.


def claims(machine: Machine) -> Iterator[tuple[str, Term]]:
    for p in PROPERTIES.values():
        yield f"witness of {p.name}", p.situation(machine)
        if p.kind is PropertyKind.ALWAYS:
            yield p.name, p.claim(machine)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=8)
@given(design=designs(nodes=2), seed=st.integers(0, 2**32))
def test_claims_and_guards_of_designs(design: Design, seed: int) -> None:
    """At the design's own sizes, in reachable and in random states."""
    machine, choose = build_machine(design), random.Random(seed)
    reference, pins = full(machine), pinned("at sizes", machine)
    solver = pins.solver()
    formulas = {name: (term, pins.reading.formula(term)) for name, term in claims(machine)}
    states = [*along_a_run(machine, choose, 4), *(random_state(machine, choose) for _ in range(2))]
    for state in states:
        solver.push()
        solver.add(*pins.state(state))
        for name, (term, formula) in formulas.items():
            assert truth(solver, formula) == reference.holds(term, state), name
        solver.pop()


# Steps: what an obligation says of a rule is what the rule does.


def lead_elsewhere(pins: Pinned, rule: Rule, tables: set[Symbol], then: State) -> object:
    """Some cell of ``tables`` is after the step not what it is in ``then``."""
    different = []
    for table in tables:
        variables = tuple(Variable(f"at{i}", s) for i, s in enumerate(table.arguments))
        backwards = after(rule, Read(table, variables))
        for place in pins.structure.cells(table):
            members = [pins.member(s, i) for s, i in zip(table.arguments, place, strict=True)]
            value = pins.reading.formula(backwards, dict(zip(variables, members, strict=True)))
            different.append(value != pins.member(table.value, then[table, place]))
    return z3.Or(different)


def same_step(
    pins: Pinned, solver: z3.Solver, reference: Reference, rule: Rule, place: tuple[int, ...],
    state: State,
) -> bool:  # fmt: skip
    """Whether the step is possible; Z3 must say so, too, and go where the reference goes."""
    own = apart(rule, f"{rule.name}.")
    solver.push()
    chosen = zip(own.parameters, place, strict=True)
    solver.add(*(pins.reading.constant(p) == pins.member(p.of, i) for p, i in chosen))
    can = not reference.blocked_by(rule, place, state)
    assert truth(solver, pins.reading.formula(own.guard)) == can
    if can:
        then = reference.step(rule, place, state)
        tables = {u.symbol for u in rule.updates}
        assert not possible(solver, lead_elsewhere(pins, own, tables, then)), rule.name
    solver.pop()
    return can


@pytest.mark.parametrize("name", UPDATES)
def test_every_kind_of_update_leads_where_it_leads(kind: str, name: str) -> None:
    bench = bench_of(UPDATES[name][0])
    rule = bench.machine.rule(name)
    pins = pinned(kind, bench.machine)
    solver = pins.solver()
    for state in itertools.islice(bench.states(), 0, None, 5):
        solver.push()
        solver.add(*pins.state(state))
        for place in itertools.islice(bench.reference.instances(rule), 4):
            assert same_step(pins, solver, bench.reference, rule, place, state)
        solver.pop()


@pytest.mark.parametrize("kind", READINGS)
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=40)
@given(rule=rules(), seed=st.integers(0, 2**32))
def test_random_rules(kind: str, rule: Rule, seed: int) -> None:
    machine, choose = machine_of(2, 2, seed), random.Random(seed)
    reference, pins = reference_of(machine), pinned(kind, machine)
    state = random_state(machine, choose)
    solver = pins.solver()
    solver.add(*pins.state(state))
    for place in reference.instances(rule):
        same_step(pins, solver, reference, rule, place, state)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=6)
@given(design=designs(nodes=2), seed=st.integers(0, 2**32))
def test_steps_of_designs(design: Design, seed: int) -> None:
    """Some ways of each rule, possible or not, in reachable and in random states."""
    machine, choose = build_machine(design), random.Random(seed)
    reference, pins = full(machine), pinned("at sizes", machine)
    solver = pins.solver()
    states = [*along_a_run(machine, choose, 10), random_state(machine, choose)]
    for state in (states[0], states[-2], states[-1]):
        solver.push()
        solver.add(*pins.state(state))
        for rule in machine.rules:
            places = list(reference.instances(rule))
            choose.shuffle(places)
            can = [p for p in places if not reference.blocked_by(rule, p, state)]
            for place in {*places[:2], *can[:1]}:
                same_step(pins, solver, reference, rule, place, state)
        solver.pop()


# Orders.


def order_machine() -> Machine:
    return machine_of(2, 3)


X, Y, Z = (Variable(n, LEVEL) for n in "xyz")
LAWS = {
    "irreflexive": Not(Before(X, X)),
    "asymmetric": Not(And((Before(X, Y), Before(Y, X)))),
    "transitive": Or((Not(Before(X, Y)), Not(Before(Y, Z)), Before(X, Z))),
    "total": Or((Before(X, Y), Equal(X, Y), Before(Y, X))),
    "nothing before the least": Not(Before(X, Least(LEVEL))),
    "the least before all": Or((Equal(X, Least(LEVEL)), Before(Least(LEVEL), X))),
}


@pytest.mark.parametrize("law", LAWS)
def test_an_order_is_one(kind: str, law: str) -> None:
    """No world of any size breaks a law of strict total orders with a least element."""
    reading = READINGS[kind](order_machine())
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(f for _, f in reading.background()))
    solver.add(*(_within(reading, v) for v in (X, Y, Z)))
    assert not possible(solver, z3.Not(reading.formula(LAWS[law])))
    assert possible(solver)


def _within(reading: AnySize, variable: Variable) -> object:
    if isinstance(reading, AtSizes):
        return reading.within(variable.of, reading.constant(variable))
    return z3.BoolVal(True, reading.context)


@pytest.mark.parametrize("dropped", ["irreflexive", "transitive", "total", "least"])
def test_each_law_is_needed(dropped: str) -> None:
    """Without it some world breaks what an order has to be."""
    reading = AnySize(order_machine())
    laws = reading.orders([LEVEL])
    assert f"Level {dropped}" in [name for name, _ in laws]
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(f for name, f in laws if name != f"Level {dropped}"))
    every = z3.And([reading.formula(term) for term in LAWS.values()])
    assert possible(solver, z3.Not(every))


@pytest.mark.parametrize("members", [1, 2, 3, 5])
def test_an_order_may_have_any_number_of_members(members: int) -> None:
    """The laws leave every size open: nothing is proved because some size was excluded."""
    reading = AnySize(order_machine())
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(f for _, f in reading.background()))
    every = [z3.Const(f"e{i}", reading.sort(LEVEL)) for i in range(members)]
    x = z3.Const("x", reading.sort(LEVEL))
    solver.add(z3.ForAll([x], z3.Or([x == e for e in every])))
    if members > 1:
        solver.add(z3.Distinct(every))
    assert possible(solver)


def test_sorts_without_an_order_have_no_laws() -> None:
    reading = AnySize(order_machine())
    assert reading.orders([CUP, COLOUR, BOOL]) == []


def test_a_sort_that_only_a_rule_compares_is_ordered_too() -> None:
    """The parameter's sort is in no table, and its order has its laws all the same."""
    dose = Sort("Dose", ordered=True)
    one, two = Variable("one", dose), Variable("two", dose)
    guard = Guard("older", And((Before(one, two), Before(two, one))))
    update = Update(clean.symbol, (Variable("c", CUP),), TRUE)
    parameters = (Variable("c", CUP), one, two)
    rule = Rule("give", Kind.ACT, "cups", "Never.", parameters, "c", (guard,), (update,))
    reading = AnySize(order_machine().with_rules([rule]))
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(f for _, f in reading.background()))
    assert not possible(solver, reading.formula(rule.guard))


# Axioms.


@pytest.mark.parametrize("commands", [["recall"], ["recall", "resend"], ["edit", "restore"]])
def test_the_background_is_true_of_designs(commands: list[str]) -> None:
    """What is assumed of every world holds of the structure of a design."""
    acts = commands if "edit" not in commands else ["edit", "recall", "restore"]
    machine = build_machine(chain(2, 1, scope={"commands": acts}))
    pins = pinned("at sizes", machine)
    background = [f for _, f in pins.reading.background()]
    state = full(machine).initial()
    solver = pins.solver()
    assert possible(solver, *pins.state(state), *background)
    names = [name for name, _ in AnySize(machine).background()]
    assert {a.name for a in machine.axioms} <= set(names)
    assert {f"{s} total" for s in ("Version", "Nth")} <= set(names)


@pytest.mark.parametrize("number", range(8))
def test_a_broken_axiom_is_noticed(number: int) -> None:
    """The denial of each axiom contradicts the background, at any size."""
    machine = build_machine(chain(2, 1))
    reading = AnySize(machine)
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(f for _, f in reading.background()))
    assert len(machine.axioms) == 8
    assert not possible(solver, z3.Not(reading.formula(machine.axioms[number].formula)))


# Models as states.


@pytest.mark.parametrize("kind", READINGS)
@RANDOM
@given(term=terms(BOOL, PARAMETERS, 4), seed=st.integers(0, 2**32))
def test_the_world_of_a_model_satisfies_what_was_asserted(kind: str, term: Term, seed: int) -> None:
    """Also the parameters' values: the formula holds there, and its denial does not."""
    machine = machine_of(2, 3, seed)
    reading = READINGS[kind](machine)
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(f for _, f in reading.background()))
    solver.add(*(_within(reading, p) for p in PARAMETERS))
    solver.add(reading.formula(term))
    # Of what only endless worlds satisfy, Z3 knows nothing at any size, sometimes after minutes.
    if kind == "any size":
        solver.set("timeout", 2_000)
        if solver.check() == z3.unknown:
            return
    if not possible(solver):
        return
    found = world_of(reading, solver.model(), iter(machine.symbols), iter(PARAMETERS))
    assert found is not None
    world, arguments = found
    assert world.states == 1
    assert set(world.tables) == set(machine.symbols)
    assert bool(world.value(term, PARAMETERS)[(0, *arguments)])
    assert not bool(world.value(Not(term), PARAMETERS)[(0, *arguments)])


def test_positions_in_a_world_are_in_order(kind: str) -> None:
    """A chain that is asserted comes out as numbers that grow, from the least on."""
    machine = machine_of(2, 4)
    reading = READINGS[kind](machine)
    chosen = [Variable(f"v{i}", LEVEL) for i in range(4)]
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(f for _, f in reading.background()))
    solver.add(*(_within(reading, v) for v in chosen))
    order = [2, 0, 3, 1]
    chain_of = [Equal(chosen[order[0]], Least(LEVEL))]
    chain_of += [Before(chosen[a], chosen[b]) for a, b in itertools.pairwise(order)]
    solver.add(*(reading.formula(t) for t in chain_of))
    assert possible(solver)
    found = world_of(reading, solver.model(), machine.symbols, chosen)
    assert found is not None
    world, arguments = found
    positions = [arguments[i] for i in order]
    assert positions == sorted(set(positions))
    assert positions[0] == 0
    assert world.value(And(tuple(chain_of)), chosen)[(0, *arguments)]


def test_a_world_of_a_design_s_machine(kind: str) -> None:
    """The recall machine's axioms and a situation, read back from the model."""
    machine = build_machine(chain(2, 1, scope={"commands": ["recall"]}))
    reading = READINGS[kind](machine)
    situation = PROPERTIES["version-override"].situation(machine)
    rule = apart(machine.rule("deliver"), "deliver.")
    solver = z3.Solver(ctx=reading.context)
    solver.set("timeout", 60_000)
    solver.add(*(f for _, f in reading.background()))
    solver.add(*(_within(reading, p) for p in rule.parameters))
    solver.add(reading.formula(situation), reading.formula(rule.guard))
    assert possible(solver)
    found = world_of(reading, solver.model(), machine.symbols, rule.parameters)
    assert found is not None
    world, arguments = found
    assert world.holds(situation)[0]
    assert world.value(rule.guard, rule.parameters)[(0, *arguments)]
    assert [a.name for a in machine.axioms if not world.holds(a.formula)[0]] == []


def test_a_sort_that_the_model_says_nothing_of_has_a_member() -> None:
    reading = AnySize(machine_of())
    solver = z3.Solver(ctx=reading.context)
    assert possible(solver)
    found = world_of(reading, solver.model(), machine_of().symbols, PARAMETERS)
    assert found is not None
    world, arguments = found
    assert world.size(CUP) == 1
    assert arguments == (0, 0)
    assert all(np.asarray(t).min() >= 0 for t in world.tables.values())


def test_cups_are_what_the_grid_expects() -> None:
    """The structure that the pins use is the one that the cups' tests state by hand."""
    structure = Bench([cups, anything]).machine.structure
    assert structure.rigid == {partner.symbol: PARTNER, mark.symbol: MARK, near.symbol: NEAR}
    pins = pinned("any size", Bench([cups, anything]).machine)
    solver = pins.solver()
    x = Cup.variable("x")
    same = forall(x, partner[partner[x]] == x)
    assert truth(solver, pins.reading.formula(same.term))
    assert not truth(solver, pins.reading.formula(forall(x, partner[x] == x).term))
    assert possible(solver, pins.reading.formula((level[x] == mark[x]).term))
