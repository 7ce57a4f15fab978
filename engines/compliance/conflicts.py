"""The minimal sets of demands that contradict each other, of many named ones.

The enumeration is that of Liffiton, Previti, Malik and Marques-Silva, "Fast, flexible MUS
enumeration" (Constraints 21, 2016): a second solver remembers which sets are decided, a set that is
contradictory is shrunk until it is minimal, and one that is not is grown until it is maximal.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

import z3

Name = TypeVar("Name", bound=Hashable)

CONFLICTS_MAX = 20
"""More than anybody reads; there may be exponentially many."""


def minimal_conflicts(
    given: Sequence[z3.BoolRef], demands: Mapping[Name, z3.BoolRef], most: int = CONFLICTS_MAX
) -> list[frozenset[Name]]:
    """The minimal sets of ``demands`` that contradict each other under what is ``given``.

    Args:
        given: What holds in any case; satisfiable by itself. All formulas must be of a theory that
            Z3 decides (here, linear arithmetic over integers).
        demands: Each with its name.
        most: How many sets at most.

    Returns:
        The sets, smaller ones first; each contradicts itself, and none does without one member.

    Raises:
        RuntimeError: Z3 gave no answer: a defect of this program.
    """
    names = list(demands)
    solver, undecided = z3.Solver(), z3.Solver()
    solver.add(*given)
    switch = {n: z3.Bool(f"demand-{i}") for i, n in enumerate(names)}
    for name, formula in demands.items():
        solver.add(z3.Implies(switch[name], formula))

    def agrees(chosen: Collection[Name]) -> bool:
        answer = solver.check(*(switch[n] for n in chosen))
        if answer == z3.unknown:
            raise RuntimeError(f"no answer on linear arithmetic: {solver.reason_unknown()}")
        return bool(answer == z3.sat)

    found: list[frozenset[Name]] = []
    while len(found) < most and undecided.check() == z3.sat:
        model = undecided.model()
        # What the map does not mention is in: it is larger sets that contradict themselves.
        seed = [n for n in names if not z3.is_false(model.eval(switch[n]))]
        if agrees(seed):
            for n in names:
                if n not in seed and agrees([*seed, n]):
                    seed.append(n)
            undecided.add(z3.Or(*(switch[n] for n in names if n not in seed)))
        else:
            for n in list(seed):
                rest = [s for s in seed if s != n]
                if not agrees(rest):
                    seed = rest
            found.append(frozenset(seed))
            undecided.add(z3.Not(z3.And(*(switch[n] for n in seed))))
    place = {n: i for i, n in enumerate(names)}
    return sorted(found, key=lambda s: (len(s), sorted(place[n] for n in s)))
