"""What the any-size reading assumes of every design is true of every design, and says something."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from tests.helpers import chain
from tests.traces.samples import designs
from unsay.designs.catalogue import shipped
from unsay.model.design import Design, load_design
from unsay.model.language import Axiom, Machine, Structure
from unsay.model.readings.reference import Reference
from unsay.model.recall.machine import build_machine
from unsay.model.recall.vocabulary import world

AXIOMS = [pytest.param(a, id=a.name) for a in world.axioms]


def holds(machine: Machine, axiom: Axiom) -> bool:
    reference = Reference(machine, set())
    return reference.holds(axiom.formula, reference.initial())


@pytest.mark.parametrize("name", shipped())
def test_axioms_of_shipped_designs(name: str) -> None:
    machine = build_machine(load_design(shipped()[name]))
    assert [a.name for a in machine.axioms if not holds(machine, a)] == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs())
def test_axioms_of_any_design(design: Design) -> None:
    machine = build_machine(design)
    assert [a.name for a in machine.axioms if not holds(machine, a)] == []


@pytest.mark.parametrize("axiom", AXIOMS)
def test_an_axiom_can_fail(axiom: Axiom) -> None:
    """In some world that differs from a design's at one place of one table."""
    machine = build_machine(chain(3, 1, scope={"commands": ["recall", "resend"]}))
    world = machine.structure
    changed = (
        Structure(world.elements, {**world.rigid, symbol: {**table, place: value}})
        for symbol, table in world.rigid.items()
        for place in table
        for value in range(len(world.members(symbol.value)))
    )
    assert any(not holds(replace(machine, structure=s), axiom) for s in changed)
