"""What a broken step is about: the members that the rule and the broken claim name.

A state from which a step breaks a claim is full of what has nothing to do with it. A lemma about
the members that the step names, in what all such steps have in common, excludes them all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unsay.engines.proof.atoms import Signature
from unsay.engines.proof.obligations import Countermodel, Goal
from unsay.model.language import Rule, Term
from unsay.model.language.terms import And, ForAll, Variable
from unsay.model.readings.arrays import Worlds


@dataclass
class Violation:
    """A state from which a step breaks a claim, and the members that step and claim name.

    Attributes:
        world: The state, alone in its world.
        part: Which part of the claim is broken, if it joins several.
        members: The rule's arguments and the broken part's values, with their positions.
    """

    world: Worlds
    part: int
    members: tuple[tuple[Variable, int], ...]
    _values: dict[Signature, NDArray[np.bool_]] = field(default_factory=dict)

    def row(
        self, signature: Signature, atoms: Sequence[Term], chosen: Sequence[int]
    ) -> NDArray[np.bool_] | None:
        """Which atoms are true of the members numbered ``chosen``; None if the premise is not."""
        if signature not in self._values:
            every = (signature.premise, *atoms)
            values = [self.world.value(t, signature.variables).astype(bool)[0] for t in every]
            self._values[signature] = np.stack(values)
        place = tuple(self.members[k][1] for k in chosen)
        row: NDArray[np.bool_] = np.array([value[place] for value in self._values[signature]])
        return row[1:] if row[0] else None

    def choices(self, signature: Signature) -> Iterator[tuple[int, ...]]:
        """Numbers of named members for the signature's variables."""
        options = [
            [k for k, (v, _) in enumerate(self.members) if v.of == variable.of]
            for variable in signature.variables
        ]
        for chosen in itertools.product(*options):
            if len(set(chosen)) == len(chosen):
                yield chosen


def violation(goal: Goal, rule: Rule, against: Countermodel) -> Violation | None:
    """What ``against`` breaks of ``goal``; None where that has no outermost "for every".

    Args:
        goal: The claim or lemma.
        rule: The rule, with names of its own.
        against: A state from which it breaks the goal.
    """
    arguments = dict(zip(rule.parameters, against.arguments, strict=True))
    seen = goal.after(rule)
    for number, part in enumerate(seen.parts if isinstance(seen, And) else (seen,)):
        if not isinstance(part, ForAll):
            continue
        scope = (*rule.parameters, *part.variables)
        holds = against.before.value(part.body, scope).astype(bool)[0]
        broken = np.argwhere(~holds[tuple(arguments.values())])
        if len(broken):
            values = zip(part.variables, map(int, broken[0]), strict=True)
            return Violation(against.before, number, (*arguments.items(), *values))
    return None
