"""Promises of runs that all come to a standstill, as claims about finite runs.

"P leads to Q" is then broken exactly by a run to where nothing owed is possible, with a P since
which there was no Q. Three claims about that last state are near to this:

- *strict*: there P does not hold without Q. A run against it breaks the promise. But others may as
  well, as P may be gone by then.
- *lasting*: the same of something weaker than P that stays, once P has held, until Q comes. Where
  it holds the promise is kept. But a run against it may break nothing.
- *bare*: there Q holds, P or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unsay.engines.fair import promises
from unsay.engines.pieces import Piece, Symmetry
from unsay.model.readings.formulas import (
    All,
    Formula,
    In,
    ahead,
    cells_of,
    conjunction,
    disjunction,
    negation,
    within,
)
from unsay.model.readings.symbolic import Diagram, Symbolic, is_empty
from unsay.model.readings.symmetry import in_order
from unsay.properties import Property


@dataclass(frozen=True)
class Standstill:
    """A part of what a property claims of where runs stand still, in three ways.

    Where ``lasting`` and ``strict`` are the same, each is the promise exactly.
    """

    strict: Piece
    lasting: Piece
    bare: Piece


def standstills(
    reading: Symbolic, p: Property, symmetry: Symmetry, pause: Callable[[], None]
) -> list[Standstill]:
    """The claims that ``p``, about infinite runs, comes to where all runs stand still.

    None, where it claims no more than that they do.

    Args:
        reading: The machine.
        p: The property.
        symmetry: Of claims that are images of each other, one is enough.
        pause: Called between two pieces of work; what it raises ends the work.
    """
    grounded = reading.ground
    still = grounded.property_formula(grounded.machine.at_a_standstill().term)
    given = frozenset(map(in_order, _parts(still)))
    moving, sizes = negation(still, grounded.grounder.size), grounded.grounder.size

    def piece(premise: Formula, asked: Formula) -> Piece:
        claim = disjunction([moving, negation(premise, sizes), asked])
        return Piece(in_order(within(claim, grounded.domains)), frozenset(cells_of(asked)))

    every = [(in_order(one), in_order(other)) for one, other in promises(grounded, p)]
    parts = []
    for premise, conclusion in (every[i] for i in symmetry.first_of_each(every)):
        asked = [part for part in map(in_order, _parts(conclusion)) if part not in given]
        lasting = in_order(lasting_part(reading, premise, conclusion, pause)) if asked else True
        parts += [(premise, lasting, part) for part in asked]
    return [
        Standstill(piece(premise, part), piece(lasting, part), piece(True, part))
        for premise, lasting, part in (parts[i] for i in symmetry.first_of_each(parts))
    ]


def _parts(formula: Formula) -> Sequence[Formula]:
    return formula.parts if isinstance(formula, All) else [formula]


def lasting_part(
    reading: Symbolic, premise: Formula, conclusion: Formula, pause: Callable[[], None]
) -> Formula:
    """What holds with ``premise`` and then at least until ``conclusion`` does, in every run.

    Parts of the premise, weakened only as far as some step, possible or not, makes it necessary.
    """
    lasting = premise
    while True:
        for action in reading.slice(cells_of(lasting)).actions:
            pause()
            lost = _lost(reading, lasting, conclusion, action)
            if not is_empty(lost):
                weaker = (_weaker(reading, part, lost, action) for part in _parts(lasting))
                lasting = within(conjunction(weaker), reading.ground.domains)
                break
        else:
            return lasting


def _lost(reading: Symbolic, lasting: Formula, conclusion: Formula, action: int) -> Diagram:
    """From where a step ends ``lasting`` while there is no ``conclusion``, before it or after."""
    here = reading.change(action).guard & reading.formula(lasting)
    here = here & ~_after(reading, lasting, action)
    if is_empty(here):  # as most often, and a conclusion may be large
        return here
    return here & ~reading.formula(conclusion) & ~_after(reading, conclusion, action)


def _weaker(reading: Symbolic, part: Formula, lost: Diagram, action: int) -> Formula:
    """``part`` so that a step from ``lost`` does not end it."""
    if is_empty(lost & ~_after(reading, part, action)):
        return part
    if not isinstance(part, In):
        return True
    found = part.values | {
        value
        for value in reading.ground.domains[part.cell] - part.values
        if not is_empty(lost & _after(reading, In(part.cell, frozenset([value])), action))
    }
    return In(part.cell, found)


def _after(reading: Symbolic, formula: Formula, action: int) -> Diagram:
    """The states from which the action, if it happens, leads to ``formula``."""
    return reading.step_formula(ahead(formula, len(reading.ground.initial)), action)
