"""What engines that decide claims about infinite runs ask of a machine that is spelt out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unsay.model.language import Fairness
from unsay.model.readings.formulas import Formula
from unsay.model.readings.ground import Ground
from unsay.properties import Property


@dataclass(frozen=True)
class Found:
    """A run against a claim: action numbers up to where it begins to repeat, then of the loop.

    Where ``loop`` is empty, nothing happens any more.
    """

    stem: tuple[int, ...]
    loop: tuple[int, ...]


def promises(grounded: Ground, p: Property) -> Iterator[tuple[Formula, Formula]]:
    """Every premise and conclusion of an eventually property, for all values of its variables.

    Those that nothing can break, because the premise never holds, are left out.
    """
    for part in p.obligations(grounded.machine):
        for env in grounded.grounder.bindings(part.variables, {}):
            premise = grounded.property_formula(part.premise, env)
            conclusion = grounded.property_formula(part.conclusion, env)
            if premise is not False and conclusion is not True:
                yield premise, conclusion


@dataclass(frozen=True)
class Owed:
    """Which actions, by number, a run that never ends has to treat fairly."""

    weak: frozenset[int]
    strong: frozenset[int]

    @classmethod
    def by(cls, grounded: Ground) -> Owed:
        """What the rules of a machine ask."""

        def of(fairness: Fairness) -> frozenset[int]:
            actions = enumerate(grounded.actions)
            return frozenset(i for i, a in actions if a.rule.fairness is fairness)

        return cls(of(Fairness.WEAK), of(Fairness.STRONG))

    @property
    def any(self) -> frozenset[int]:
        """Every action that is owed in one way or the other."""
        return self.weak | self.strong


def recurring(grounded: Ground) -> frozenset[int]:
    """The actions that a run may take infinitely often."""
    actions = enumerate(grounded.actions)
    return frozenset(i for i, a in actions if grounded.machine.may_recur(a.rule))
