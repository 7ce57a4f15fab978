"""What the any-size reading assumes of every design is true of every design, and says something."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from tests.helpers import chain
from tests.traces.samples import designs
from unsay.designs.catalogue import shipped
from unsay.engines.proof.sanity import untrue
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
    assert [a.name for a in world.axioms if not holds(machine, a)] == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs())
def test_axioms_of_any_design(design: Design) -> None:
    machine = build_machine(design)
    assert [a.name for a in world.axioms if not holds(machine, a)] == []


def test_an_axiom_is_told_of_designs_that_need_it() -> None:
    """Where it is no matter whether there was anything to recall, that there was is not told."""
    for policy in ("drop", "remember"):
        machine = build_machine(chain(2, 1, policies={"early_recall": policy}))
        untold = [a.name for a in world.axioms if a not in machine.axioms]
        assert untold == ([] if policy == "drop" else ["recalls are of what was sent"])


@pytest.mark.parametrize("name", shipped())
def test_promises_of_shipped_designs(name: str) -> None:
    design = load_design(shipped()[name])
    machine = build_machine(design)
    assert untrue(machine) == ""
    assert bool(machine.reaches) is not design.fetching


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs())
def test_promises_of_any_design(design: Design) -> None:
    assert untrue(build_machine(design)) == ""


@pytest.mark.parametrize("axiom", AXIOMS)
def test_an_axiom_can_fail(axiom: Axiom) -> None:
    """In some world that differs from a design's at one place of one table."""
    machine = build_machine(chain(3, 1, scope={"commands": ["recall", "resend"]}))
    own = machine.structure
    changed = (
        Structure(own.elements, {**own.rigid, symbol: {**table, place: value}})
        for symbol, table in own.rigid.items()
        for place in table
        for value in range(len(own.members(symbol.value)))
    )
    assert any(not holds(replace(machine, structure=s), axiom) for s in changed)
