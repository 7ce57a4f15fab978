"""Every design has other worlds on which a proof is tried before and after it is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.mutants import battery

from unsay.designs.catalogue import shipped
from unsay.model.design import Design, load_design
from unsay.model.recall.machine import build_machine
from unsay.model.recall.variants import smallest, variants

BATTERY = battery()


def has_other_worlds(design: Design) -> bool:
    """A world whose rules are others is left out: none may be, whatever the design has."""
    machine = build_machine(design)
    first, *others = variants(machine)
    return (first, len(others), len(list(smallest(machine)))) == (machine, 11, 3)


@pytest.mark.parametrize("path", shipped().values(), ids=shipped())
def test_a_shipped_design_has_other_worlds(path: Path) -> None:
    assert has_other_worlds(load_design(path))


def test_designs_of_the_battery_have_other_worlds(thorough: bool) -> None:
    """Every sixth of them, unless ``--thorough``."""
    some = list(BATTERY)[:: 1 if thorough else 6]
    assert [name for name in some if not has_other_worlds(BATTERY[name])] == []
