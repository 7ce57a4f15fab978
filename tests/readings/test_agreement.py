"""The readings agree: compiled step, reference evaluation, Z3 at a fixed size.

DESIGN section 3: exhaustive on small designs first, random second. The compiled reading and the
other two share the rules and nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import FAULTS, POLICIES, chain, designs
from unsay.model.design import Design
from unsay.model.language import Machine, Symbol, Term
from unsay.model.readings.compiled import Packed, Program, compile_machine
from unsay.model.readings.reference import Moment, Reference, State
from unsay.model.readings.smt import FixedSize
from unsay.model.readings.smt import Moment as Z3Moment
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, PropertyKind


@dataclass
class Readings:
    """One machine under the three readings, with all of its history."""

    machine: Machine
    program: Program
    reference: Reference
    smt: FixedSize

    @cached_property
    def predicates(self) -> list[tuple[str, Term, Callable[[Packed], bool]]]:
        """Every formula about one state that a property has, also compiled."""
        terms = [(p.name, p.situation(self.machine)) for p in PROPERTIES.values()]
        terms += [
            (p.name, p.claim(self.machine))
            for p in PROPERTIES.values()
            if p.kind is PropertyKind.ALWAYS
        ]
        return [(name, term, self.program.predicate(term)) for name, term in terms]

    @classmethod
    def of(cls, design: Design) -> Readings:
        machine = build_machine(design)
        history = {s for s in machine.symbols if s.role == "history"}
        return cls(
            machine,
            compile_machine(machine, history),
            Reference(machine, history),
            FixedSize(machine, history),
        )

    def unpacked(self, state: Packed) -> State:
        cells = self.program.ground.grounder.cells
        values = self.program.packing.unpack(state)
        return {(c.symbol, c.arguments): v for c, v in zip(cells, values, strict=True)}

    def compiled_steps(self, state: Packed) -> dict[tuple[str, tuple[int, ...]], Packed]:
        actions = self.program.actions
        return {
            (actions[i].rule.name, actions[i].arguments): after
            for i, after in self.program.successors(state)
        }

    def reference_steps(self, state: State) -> dict[tuple[str, tuple[int, ...]], State]:
        return {
            (rule.name, arguments): self.reference.step(rule, arguments, state)
            for rule in self.machine.rules
            for arguments in self.reference.instances(rule)
            if not self.reference.blocked_by(rule, arguments, state)
        }


def reachable(program: Program, limit: int) -> Iterator[Packed]:
    seen, frontier = {program.initial}, [program.initial]
    while frontier and len(seen) < limit:
        yield from frontier
        layer = {t for s in frontier for t in program.targets(s)}
        frontier = [s for s in layer if s not in seen]
        seen |= layer


def agree_on_steps(both: Readings, state: Packed) -> None:
    mine = {k: both.unpacked(t) for k, t in both.compiled_steps(state).items()}
    theirs = both.reference_steps(both.unpacked(state))
    assert mine == theirs
    for number in range(len(both.program.actions)):
        action = both.program.actions[number]
        key = (action.rule.name, action.arguments)
        assert both.program.enabled(state, number) == (key in theirs)
        if key in theirs:
            assert both.unpacked(both.program.step(state, number)) == theirs[key]


def agree_on_properties(both: Readings, state: Packed) -> None:
    here = both.unpacked(state)
    for name, term, holds in both.predicates:
        assert holds(state) == both.reference.holds(term, here), name


SMALL = [
    pytest.param(chain(1, 2, faults={"loss": 0, "duplication": 0, "crash": 0}), id="one-node"),
    pytest.param(
        chain(2, 1, policies={"early_recall": "remember-until-first-send"}), id="early-note"
    ),
    pytest.param(
        chain(2, 1, policies={"ordering": "last-arrival"}, scope={"commands": ["edit"]},
              faults={"loss": 0, "duplication": 0, "crash": 0, "offline": 0, "reorder": False,
                      "reorder_pushes": False}),
        id="fifo",
    ),
    pytest.param(
        chain(2, 1, policies={"retry": "limited", "repeat_answer": "error", "dispatch": "chase"}),
        id="limited",
    ),
]  # fmt: skip


@pytest.mark.parametrize("design", SMALL)
def test_every_reachable_state_has_the_same_steps(design: Design) -> None:
    both = Readings.of(design)
    states = list(reachable(both.program, 2000))
    assert len(states) > 20
    for state in states:
        agree_on_steps(both, state)


SEARCHED = [
    pytest.param(chain(1, 2), id="one-node"),
    pytest.param(chain(2, 1, policies={"retry": "none", "confirm": "on-send"}), id="two-nodes"),
]
"""Small enough for the reference reading, which takes a millisecond for a state."""


@pytest.mark.parametrize("design", SEARCHED)
def test_the_searches_find_the_same_states(design: Design) -> None:
    """The reference reading, searched on its own, finds the states that the compiled one finds."""
    both = Readings.of(design)
    compiled = {tuple(both.unpacked(s).values()) for s in reachable(both.program, 3000)}
    assert len(compiled) < 3000
    start = both.reference.initial()
    seen = {tuple(start.values())}
    layer = [start]
    while layer:
        fresh = {tuple(t.values()): t for s in layer for t in both.reference_steps(s).values()}
        layer = [t for key, t in fresh.items() if key not in seen]
        seen |= set(fresh)
    assert seen == compiled


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs(nodes=3), st.integers(0, 2**32))
def test_random_runs_of_random_designs_agree(design: Design, seed: int) -> None:
    both = Readings.of(design)
    pick = random.Random(seed)
    state = both.program.initial
    for _ in range(20):
        agree_on_steps(both, state)
        agree_on_properties(both, state)
        options = both.program.successors(state)
        if not options:
            return
        state = pick.choice(options)[1]


@pytest.mark.parametrize(
    ("key", "option"), [(k, o) for k, options in POLICIES.items() for o in options[1:]], ids=str
)
def test_each_policy_agrees_along_a_long_run(key: str, option: Any) -> None:
    acts = ["recall", "resend"] if key == "resend" else ["recall"]
    faults = dict.fromkeys(FAULTS, 1)
    sections = {"lifetimes": {"window": "1d"}, "scope": {"commands": acts}, "faults": faults}
    design = chain(2, 2, key == "tracking", policies={key: option}, **sections)
    both = Readings.of(design)
    pick = random.Random(f"{key} {option}")
    for _ in range(2):
        state = both.program.initial
        for _ in range(40):
            agree_on_steps(both, state)
            options = both.program.successors(state)
            if not options:
                break
            state = pick.choice(options)[1]


def fixed(
    constants: dict[tuple[Symbol, tuple[int, ...]], Any], state: State, smt: FixedSize
) -> Any:
    return z3.And([constants[p] == smt.constant(v, p[0].value) for p, v in state.items()])


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs(nodes=2), st.integers(0, 2**32))
def test_z3_takes_the_same_steps(design: Design, seed: int) -> None:
    """Along a random run: guards, written values and properties as Z3 terms, at each state."""
    both = Readings.of(design)
    now, pick = both.smt.constants(0), random.Random(seed)
    instances = [
        (r, a, both.smt.guard(r, a, now)) for r in both.machine.rules for a in both.smt.instances(r)
    ]
    written: dict[tuple[str, tuple[int, ...]], Any] = {}
    claims = [
        (c, both.smt.value(c, {}, Z3Moment(now)))
        for p in PROPERTIES.values()
        if p.kind is PropertyKind.ALWAYS
        for c in [p.claim(both.machine)]
    ]
    state = both.program.initial
    for _ in range(6):
        here = both.unpacked(state)
        substitution = [(now[p], both.smt.constant(v, p[0].value)) for p, v in here.items()]
        steps = both.reference_steps(here)
        for rule, arguments, term in instances:
            guard = z3.simplify(z3.substitute(term, substitution))
            key = (rule.name, arguments)
            assert z3.is_true(guard) == (key in steps)
            if z3.is_true(guard):
                if key not in written:
                    written[key] = both.smt.writes(rule, arguments, now)
                after = dict(here)
                for place, value in written[key].items():
                    ground = z3.simplify(z3.substitute(value, substitution))
                    after[place] = _number(ground)
                assert after == steps[key]
        for claim, term in claims:
            holds = z3.is_true(z3.simplify(z3.substitute(term, substitution)))
            assert holds == both.reference.holds(claim, here)
        options = both.program.successors(state)
        if not options:
            return
        state = pick.choice(options)[1]


def _number(value: Any) -> int:
    return int(z3.is_true(value)) if z3.is_bool(value) else int(value.as_long())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs(nodes=2), st.integers(0, 2**32))
def test_step_properties_agree(design: Design, seed: int) -> None:
    both = Readings.of(design)
    claims = [p.claim(both.machine) for p in PROPERTIES.values() if p.kind is PropertyKind.STEP]
    checks = [both.program.step_predicate(c) for c in claims]
    assert claims
    pick = random.Random(seed)
    state = both.program.initial
    for _ in range(15):
        options = both.program.successors(state)
        if not options:
            return
        for number, after in options:
            action = both.program.actions[number]
            for claim, check in zip(claims, checks, strict=True):
                moment = Moment(
                    both.unpacked(state), both.unpacked(after), action.rule.name, action.arguments
                )
                expected = bool(both.reference.value(claim, {}, moment))
                assert check(state, number, after) == expected
        state = pick.choice(options)[1]
