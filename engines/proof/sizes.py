"""Small sizes at which countermodels and short lemmas are looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import z3

from unsay.engines.proof.atoms import subjects, written
from unsay.model.language import Machine, Sort
from unsay.model.readings.anysize import AtSizes, open_sorts

Sizes = Mapping[Sort, int]


def sizes(machine: Machine) -> Sequence[Sizes]:
    """Numbers of members at which countermodels are looked for, the smallest first.

    Two or three of what moves between holders; of what is ordered one more, for the least; one or
    two of what all the rest is about.
    """
    single = subjects(machine)
    return [
        {s: about if s in single else few + s.ordered for s in open_sorts(machine)}
        for few, about in ((2, 1), (3, 1), (3, 2))
    ]


def base_sizes(machine: Machine) -> Sizes:
    """Numbers of members at which short lemmas are found: one more of what state goes between.

    With two nodes all that moves comes from the other one, and too much would follow from that.
    One more of a sort is no use where the axioms then ask for more of another.
    """
    between = {
        s
        for t in written(machine)
        for s in t.arguments
        if t.role == "state" and t.arguments.count(s) > 1
    }
    found = dict(sizes(machine)[0])
    for sort in sorted(between, key=str):
        larger = {**found, sort: found[sort] + 1}
        if _possible(machine, larger):
            found = larger
    return found


def _possible(machine: Machine, some: Sizes) -> bool:
    reading = AtSizes(machine, sizes=some)
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(formula for _, formula in reading.background()))
    return bool(solver.check() == z3.sat)
