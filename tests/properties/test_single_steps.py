"""Claims about single steps need no invariant: they hold of any state at any size, or of none.

For each policy, Z3 is asked for a state, reachable or not, of a world of any size, from which a
step breaks the claim. Where there is one it is performed: the claim must fail there, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import z3

from tests.helpers import FAULTS, POLICIES, chain
from unsay.model.language import Machine, Rule, Structure, Term
from unsay.model.language.effects import apart, at_step
from unsay.model.language.terms import Not
from unsay.model.readings.anysize import AnySize
from unsay.model.readings.arrays import Worlds
from unsay.model.readings.reference import Reference, State
from unsay.model.readings.solved import world_of
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

BREAKING: dict[str, list[tuple[str, Any]]] = {
    "commands-commute": [
        ("ordering", "last-arrival"),
        ("early_recall", "drop"),
        ("early_recall", "remember-until-first-send"),
        ("authority", "unless-early"),
    ],
    "idempotent-state": [("early_recall", "remember-until-first-send")],
}
"""The policies under which some state breaks the claim."""

CHOICES = [(key, option) for key, options in POLICIES.items() for option in options]


def machine_with(key: str, option: Any) -> Machine:
    faults, window = dict.fromkeys(FAULTS, 1), {"window": "1d"}
    return build_machine(chain(2, 1, policies={key: option}, faults=faults, lifetimes=window))


def counterexamples(machine: Machine, claim: Term) -> Iterator[tuple[Rule, Worlds, Any]]:
    """For each rule that can break ``claim``, a state and arguments at which it does."""
    reading = AnySize(machine)
    background = [formula for _, formula in reading.background()]
    for rule in machine.rules:
        own = apart(rule, f"{rule.name}.")
        solver = z3.Solver(ctx=reading.context)
        solver.set("timeout", 60_000)
        solver.add(*background, reading.formula(own.guard))
        assert solver.check() == z3.sat, f"{rule.name} could never happen: all would follow"
        solver.add(reading.formula(Not(at_step(own, claim))))
        answer = solver.check()
        assert answer != z3.unknown, (rule.name, solver.reason_unknown())
        if answer == z3.sat:
            found = world_of(reading, solver.model(), machine.symbols, own.parameters)
            assert found is not None
            yield rule, *found


def performed(machine: Machine, world: Worlds) -> tuple[Reference, State]:
    """The world as a structure and a state of the reference reading."""
    elements = {s: tuple(f"{s}{i}" for i in range(n)) for s, n in world.sizes.items()}
    shape = Structure(elements, {})
    cells = {
        t: {p: int(values[p if t.role == "rigid" else (0, *p)]) for p in shape.cells(t)}
        for t, values in world.tables.items()
    }
    rigid = {t: values for t, values in cells.items() if t.role == "rigid"}
    other = Machine(machine.name, machine.symbols, machine.rules, Structure(elements, rigid))
    state = {(t, p): v for t in cells if t.role != "rigid" for p, v in cells[t].items()}
    return Reference(other, [s for s in machine.symbols if s.role == "history"]), state


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", BREAKING)
@pytest.mark.parametrize(("key", "option"), CHOICES, ids=str)
def test_each_policy_keeps_it_in_any_state_or_breaks_it(name: str, key: str, option: Any) -> None:
    machine = machine_with(key, option)
    claim = PROPERTIES[name].claim(machine)
    broken = list(counterexamples(machine, claim))
    assert bool(broken) == ((key, option) in BREAKING[name])
    for rule, world, arguments in broken:
        reference, state = performed(machine, world)
        assert reference.blocked_by(rule, arguments, state) == ()
        then = reference.step(rule, arguments, state)
        assert not reference.holds_at_step(claim, state, rule, arguments, then)
