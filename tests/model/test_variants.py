"""Every design has other worlds on which a proof is tried before and after it is found."""

from __future__ import annotations

import pytest
from bench.mutants import battery

from unsay.designs.catalogue import shipped
from unsay.model.design import Design, load_design
from unsay.model.recall.machine import build_machine
from unsay.model.recall.variants import smallest, variants

DESIGNS = {
    **{name: load_design(path) for name, path in shipped().items()},
    **{f"battery: {name}": design for name, design in battery().items()},
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_a_design_has_other_worlds(design: Design) -> None:
    """A world whose rules are others is left out: none may be, whatever the design has."""
    machine = build_machine(design)
    first, *others = variants(machine)
    assert (first, len(others), len(list(smallest(machine)))) == (machine, 11, 2)
