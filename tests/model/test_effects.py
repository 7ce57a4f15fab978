"""Rules read backwards: a term after a step is what the step makes of it.

``after`` and ``at_step`` are what every proof obligation is made of. The oracle is the reference
reading, which performs the step and then looks.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from bench.mutants import mutants_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.helpers import chain, designs
from tests.model.cups import (
    Bench,
    Cup,
    anything,
    cups,
    d,
    e,
    k,
    level,
    mark,
    paint,
    partner,
    tint,
)
from tests.model.test_semantics import PAINTS, STEPS, UPDATES, bench_of, paint_bench
from tests.readings.random_terms import (
    BOOL,
    CHANGING,
    COLOUR,
    CUP,
    LEVEL,
    VARIABLES,
    machine_of,
    random_state,
    reference_of,
    rules,
    terms,
)
from unsay.model.design import Design
from unsay.model.language import Machine, Rule, Symbol, forall
from unsay.model.language.effects import after, apart, at_start, at_step
from unsay.model.language.terms import (
    ModelError,
    Next,
    Read,
    Taken,
    Term,
    Variable,
    free_variables,
    walk,
)
from unsay.model.readings.compiled import compile_machine
from unsay.model.readings.reference import Moment, Reference, State
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, PropertyKind

RANDOM = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=200)
Place = tuple[int, ...]


def performed(reference: Reference, rule: Rule, place: Place, state: State) -> State | None:
    """The state after the step; None where a guard forbids it."""
    if reference.blocked_by(rule, place, state):
        return None
    return reference.step(rule, place, state)


def same_after(reference: Reference, rule: Rule, term: Term, state: State, place: Place) -> None:
    """``term`` read backwards through ``rule`` is ``term`` afterwards, for all free variables."""
    then = performed(reference, rule, place, state)
    if then is None:
        return
    own = apart(rule, "own.")
    backwards = after(own, term)
    free = tuple(sorted(free_variables(term), key=lambda v: (v.name, str(v.of))))
    for env in reference.scope(free, {}):
        before = {**env, **dict(zip(own.parameters, place, strict=True))}
        told = reference.value(backwards, before, Moment(state))
        assert told == reference.value(term, env, Moment(then)), (rule, term)


@RANDOM
@given(rules(), st.sampled_from([BOOL, CUP, LEVEL, COLOUR]).flatmap(
    lambda s: terms(s, VARIABLES[:4:2], 3)), st.integers(0, 2**32))  # fmt: skip
def test_random_terms_after_random_rules(rule: Rule, term: Term, seed: int) -> None:
    """Updates that meet, over comprehensions, at cells the state names; and captured names."""
    machine, choose = machine_of(2, 3, seed), random.Random(seed)
    reference = reference_of(machine)
    possible = False
    for place in reference.instances(rule):
        state = random_state(machine, choose)
        possible |= not reference.blocked_by(rule, place, state)
        same_after(reference, rule, term, state, place)
    assume(possible)


@RANDOM
@given(rules(), st.integers(0, 2**32))
def test_every_cell_after_random_rules(rule: Rule, seed: int) -> None:
    machine, choose = machine_of(2, 3, seed), random.Random(seed)
    reference = reference_of(machine)
    free = replace(rule, guards=())
    for place in reference.instances(free):
        state = random_state(machine, choose)
        for table in CHANGING:
            arguments = tuple(Variable("xyz"[i], s) for i, s in enumerate(table.arguments))
            same_after(reference, free, Read(table, arguments), state, place)


@RANDOM
@given(rules(), terms(BOOL, (), 4, step=True), st.integers(0, 2**32))
def test_random_step_claims_at_random_steps(rule: Rule, claim: Term, seed: int) -> None:
    """Claims about what was, what comes and what is done, in one formula over the state before."""
    machine, choose = machine_of(2, 2, seed), random.Random(seed)
    reference = reference_of(machine)
    free = replace(rule, guards=())
    own = apart(free, "own.")
    backwards = at_step(own, claim)
    assert not any(isinstance(t, (Next, Taken)) for t in walk(backwards))
    for place in reference.instances(free):
        state = random_state(machine, choose)
        then = reference.step(free, place, state)
        env = dict(zip(own.parameters, place, strict=True))
        told = reference.value(backwards, env, Moment(state))
        assert told == reference.holds_at_step(claim, state, free, place, then)


@RANDOM
@given(st.sampled_from([BOOL, CUP, LEVEL, COLOUR]).flatmap(lambda s: terms(s, VARIABLES, 3)),
       st.integers(0, 2**32))  # fmt: skip
def test_random_terms_at_the_start(term: Term, seed: int) -> None:
    machine = machine_of(2, 2, seed)
    reference = reference_of(machine)
    started = at_start(term)
    assert all(t.symbol.role == "rigid" for t in walk(started) if isinstance(t, Read))
    initial = reference.initial()
    for env in reference.scope(VARIABLES, {}):
        # No state at all: nothing of it is left to be read.
        told = reference.value(started, env, Moment({}))
        assert told == reference.value(term, env, Moment(initial))


@pytest.mark.parametrize("name", UPDATES)
def test_every_kind_of_update_in_every_state(name: str) -> None:
    """The grid on which an update means the same everywhere, read backwards."""
    bench = bench_of(UPDATES[name][0])
    rule = bench.machine.rule(name)
    c = Cup.variable("c")
    claims = [level[c], level[partner[c]], forall(d, level[d] <= mark[c])]
    for state in bench.states():
        for place in bench.reference.instances(rule):
            for claim in claims:
                same_after(bench.reference, rule, claim.term, state, place)


@pytest.mark.parametrize("name", PAINTS)
def test_cells_that_the_state_names_in_every_state(name: str) -> None:
    """The claim reads the tint of a cup's colour, and the rule paints the cup."""
    bench = paint_bench(PAINTS[name][0])
    rule = bench.machine.rule(name)
    x = Cup.variable("x")
    claims = [tint[paint[x]], paint[x], forall(k, tint[k] <= tint[paint[x]])]
    for state in bench.states():
        for place in bench.reference.instances(rule):
            for claim in claims:
                same_after(bench.reference, rule, claim.term, state, place)


@pytest.mark.parametrize("case", STEPS)
def test_every_kind_of_step_claim_at_every_step(case: str) -> None:
    """The grid of step formulas, over the state before and the rule's parameters only."""
    bench = Bench([cups, anything])
    claim = STEPS[case][0].term
    for rule in bench.machine.rules:
        own = apart(rule, "own.")
        backwards = at_step(own, claim)
        for state in bench.states():
            for place in bench.reference.instances(rule):
                then = performed(bench.reference, rule, place, state)
                if then is not None:
                    env = dict(zip(own.parameters, place, strict=True))
                    told = bench.reference.value(backwards, env, Moment(state))
                    assert told == bench.reference.holds_at_step(claim, state, rule, place, then)


def test_two_steps_one_after_the_other() -> None:
    """Composed, the later rule is read first; each has a mark of its own."""
    bench = bench_of(UPDATES["swap"][0])
    rule = bench.machine.rule("swap")
    one, two = apart(rule, "1."), apart(rule, "2.")
    term = level[Cup.variable("c")].term
    backwards = after(one, after(two, term))
    for state in bench.states():
        for first, second in itertools.product(bench.reference.instances(rule), repeat=2):
            middle = bench.reference.step(rule, first, state)
            last = bench.reference.step(rule, second, middle)
            for cup in (0, 1):
                env = {Variable("c", CUP): cup}
                env |= dict(zip(one.parameters, first, strict=True))
                env |= dict(zip(two.parameters, second, strict=True))
                told = bench.reference.value(backwards, env, Moment(state))
                assert told == last[level.symbol, (cup,)]


def test_a_rule_kept_apart_is_the_same_rule() -> None:
    """Every name of it has the mark, and it does what it did."""
    bench = bench_of(UPDATES["quantifier_in_a_comprehension"][0])
    rule = bench.machine.rule("quantifier_in_a_comprehension")
    own = apart(rule, "own.")
    bound = {
        v for t in own.terms() for q in walk(t) if hasattr(q, "variables") for v in q.variables
    }
    every = {v for t in own.terms() for v in walk(t) if isinstance(v, Variable)}
    every |= bound | set(own.parameters) | {v for u in own.updates for v in u.each}
    assert bound
    assert all(v.name.startswith("own.") for v in every)
    assert (own.name, own.at, own.kind) == (rule.name, rule.at, rule.kind)
    for state in bench.states():
        for place in bench.reference.instances(rule):
            assert bench.reference.step(own, place, state) == bench.reference.step(
                rule, place, state
            )


def test_names_that_would_be_captured_are_refused() -> None:
    """Without ``apart``: a quantifier of the rule binds the name that the claim asks about."""
    rule = bench_of(UPDATES["quantifier_in_a_comprehension"][0]).machine.rules[-1]
    claim = Read(rule.updates[0].symbol, (e.term,))
    with pytest.raises(ModelError, match="would capture e"):
        after(rule, claim)
    assert after(apart(rule, "own."), claim)


def test_a_rule_that_does_not_happen_is_not_taken() -> None:
    rule = bench_of(UPDATES["swap"][0]).machine.rule("swap")
    own = apart(rule, "own.")
    x = Variable("x", CUP)
    assert str(at_step(own, Taken("pour", (x, x)))) == "false"
    assert str(at_step(own, Taken("swap", (x, x)))) == "(own.c = x) and (own.d = x)"


# The recall machine.


def full(machine: Machine) -> Reference:
    return Reference(machine, [s for s in machine.symbols if s.role == "history"])


def along_a_run(machine: Machine, choose: random.Random, length: int) -> Iterator[State]:
    history = [s for s in machine.symbols if s.role == "history"]
    program = compile_machine(machine, history)
    cells, packed = program.ground.grounder.cells, program.initial
    for _ in range(length):
        values = program.packing.unpack(packed)
        yield {(c.symbol, c.arguments): v for c, v in zip(cells, values, strict=True)}
        packed = choose.choice(list(program.targets(packed)) or [packed])


def cells_after(
    reference: Reference, rule: Rule, place: Place, state: State, tables: set[Symbol]
) -> dict[tuple[Symbol, Place], int]:
    """Every cell of ``tables`` after the step, read backwards."""
    own = apart(rule, "own.")
    found = {}
    for table in tables:
        variables = tuple(Variable(f"at{i}", s) for i, s in enumerate(table.arguments))
        backwards = after(own, Read(table, variables))
        for cell in reference.structure.cells(table):
            env = dict(zip((*own.parameters, *variables), (*place, *cell), strict=True))
            found[table, cell] = reference.value(backwards, env, Moment(state))
    return found


def chosen_steps(
    reference: Reference, machine: Machine, state: State, choose: random.Random
) -> Iterator[tuple[Rule, Place, State]]:
    """Of each rule that can happen in ``state``, one way, with the state after it."""
    for rule in machine.rules:
        places = list(reference.instances(rule))
        choose.shuffle(places)
        for place in places:
            then = performed(reference, rule, place, state)
            if then is not None:
                yield rule, place, then
                break


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=8)
@given(designs(nodes=2), st.integers(0, 2**32))
def test_rules_of_designs(design: Design, seed: int) -> None:
    """Each written cell and each claim, at each rule that can happen, in any state."""
    machine, choose = build_machine(design), random.Random(seed)
    reference = full(machine)
    always = [p for p in PROPERTIES.values() if p.kind is PropertyKind.ALWAYS]
    steps = [p for p in PROPERTIES.values() if p.kind is PropertyKind.STEP]
    states = [*along_a_run(machine, choose, 6), *(random_state(machine, choose) for _ in range(3))]
    for state in states:
        for rule, place, then in chosen_steps(reference, machine, state, choose):
            tables = {u.symbol for u in rule.updates}
            cells = cells_after(reference, rule, place, state, tables)
            assert cells == {k: v for k, v in then.items() if k[0] in tables}, rule.name
            own = apart(rule, "own.")
            env = dict(zip(own.parameters, place, strict=True))
            claim = choose.choice(always).claim(machine)
            told = reference.value(after(own, claim), env, Moment(state))
            assert told == reference.holds(claim, then), rule.name
            for p in steps:
                told = reference.value(at_step(own, p.claim(machine)), env, Moment(state))
                assert told == reference.holds_at_step(
                    p.claim(machine), state, rule, place, then
                ), (rule.name, p.name)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=15)
@given(designs(nodes=2))
def test_claims_of_designs_at_the_start(design: Design) -> None:
    machine = build_machine(design)
    reference = full(machine)
    initial = reference.initial()
    for p in PROPERTIES.values():
        claims = [p.situation(machine)]
        claims += [p.claim(machine)] if p.kind is PropertyKind.ALWAYS else []
        for claim in claims:
            told = reference.value(at_start(claim), {}, Moment({}))
            assert told == reference.holds(claim, initial), p.name
    for table in machine.symbols:
        variables = tuple(Variable(f"at{i}", s) for i, s in enumerate(table.arguments))
        started = at_start(Read(table, variables))
        for cell in reference.structure.cells(table):
            env = dict(zip(variables, cell, strict=True))
            told = reference.value(started, env, Moment({}))
            assert table.role == "rigid" or told == initial[table, cell]


POLICIES = [
    pytest.param(
        chain(2, 1, faults={"loss": 1, "duplication": 1, "crash": 1, "offline": 1, "reorder": False,
                            "reorder_pushes": False},
              policies={"durable": []}, scope={"commands": ["recall"]}),
        id="everything-volatile-in-order",
    ),
    pytest.param(
        chain(2, 1, faults={"duplication": 1, "crash": 1},
              policies={"early_recall": "remember-until-first-send", "request_record": "expires",
                        "repeat_answer": "error", "retry": "limited", "sync": "content-only",
                        "dispatch": "chase"}),
        id="notes-and-errors",
    ),
]  # fmt: skip


@pytest.mark.parametrize("design", POLICIES)
def test_no_mutant_s_difference_is_missed(design: Design) -> None:
    """Every single-operator mutant: where its step differs from the rule's, ``after`` says so.

    The difference is looked for in random states, so a few mutants show none.
    """
    machine, choose = build_machine(design), random.Random(1)
    reference = full(machine)
    states = [
        *along_a_run(machine, choose, 40),
        *(random_state(machine, choose) for _ in range(25)),
    ]
    seen: set[Symbol] = set()
    differing = 0
    for mutant, mutated in mutants_of(machine).items():
        if mutant.place.startswith("guard"):
            continue
        rule = machine.rule(mutant.rule)
        found = first_difference(reference, rule, mutated, states, choose)
        if found is None:
            continue
        place, state, one, other = found
        differing += 1
        tables = {u.symbol for u in rule.updates}
        assert cells_after(reference, rule, place, state, tables) == only(one, tables)
        assert cells_after(reference, mutated, place, state, tables) == only(other, tables)
        seen |= {t for (t, cell), v in one.items() if other[t, cell] != v}
    assert differing > 30
    written = {u.symbol for r in machine.rules for u in r.updates}
    assert written - seen == set(), "no mutant made a difference to these"


def only(state: State, tables: set[Symbol]) -> dict[tuple[Symbol, Place], int]:
    return {k: v for k, v in state.items() if k[0] in tables}


def first_difference(
    reference: Reference,
    rule: Rule,
    mutated: Rule,
    states: list[State],
    choose: random.Random,
) -> tuple[Place, State, State, State] | None:
    """Where the two do something else, guards aside; None if that was not found."""
    free, broken = replace(rule, guards=()), replace(mutated, guards=())
    places = list(reference.instances(rule))
    for state in choose.sample(states, len(states)):
        for place in choose.sample(places, min(4, len(places))):
            one, other = reference.step(free, place, state), reference.step(broken, place, state)
            if one != other:
                return place, state, one, other
    return None
