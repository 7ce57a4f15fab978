"""A Z3 model of text, read as the state that it is."""

from __future__ import annotations

import pytest
import z3

from tests.helpers import chain
from unsay.engines.proof.prover import never_written
from unsay.model.language.effects import apart
from unsay.model.readings.anysize import AnySize
from unsay.model.readings.solved import reading_of, world_of
from unsay.model.recall.machine import build_machine


@pytest.mark.parametrize("rule", ["deliver", "acknowledge", "retry"])
def test_a_world_of_a_model_that_text_was_solved_for(rule: str) -> None:
    """As the world of a model that formulas were solved for: the names say what is what."""
    machine = build_machine(chain(2, 1, faults={"reorder": False}))
    own = apart(machine.rule(rule), "own.")
    told = AnySize(machine)
    solver = z3.Solver(ctx=told.context)
    solver.add(*(formula for _, formula in told.background()))
    solver.add(told.formula(own.guard), *(told.formula(t) for t in never_written(machine)))
    again = z3.Solver(ctx=z3.Context())
    again.from_string(solver.to_smt2())
    assert again.check() == z3.sat
    reading = reading_of(machine, again.model())
    found = world_of(reading, again.model(), machine.symbols, own.parameters)
    assert found is not None
    world, arguments = found
    assert all(world.holds(a.formula).all() for a in machine.axioms)
    assert all(world.holds(t).all() for t in never_written(machine))
    values = world.value(own.guard, own.parameters)
    assert values[(0, *arguments)]
