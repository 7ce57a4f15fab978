"""What has to be possible for a proof to say anything: questions that must be answered "yes".

From a contradiction everything follows. So the axioms must be able to hold, all at once, also in
the initial state, and each rule's guard must be able to hold with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import networkx
import z3

from unsay.engines.proof.obligations import Obligations, asked
from unsay.engines.proof.sizes import base_sizes
from unsay.model.language import Machine, Term
from unsay.model.language.effects import as_at_first
from unsay.model.language.structure import Reach
from unsay.model.language.terms import free_variables
from unsay.model.readings.anysize import AtSizes
from unsay.model.readings.reference import Moment, Reference

_MILLISECONDS = 5_000
"""For one question about worlds of a small size."""


@dataclass(frozen=True)
class Question:
    """Whether some world, of any size, satisfies the axioms and ``terms``.

    Attributes:
        name: A short name, fit for a file.
        asks: What must be possible, as the end of "it must be possible that ...".
        without: What is wrong if it is not.
        terms: The formulas; a rule's parameters may be free in them.
    """

    name: str
    asks: str
    without: str
    terms: tuple[Term, ...] = ()


def questions(machine: Machine, obligations: Obligations) -> Iterator[Question]:
    """What must be possible of ``machine``."""
    yield Question(
        "axioms",
        "all axioms hold at once",
        "the axioms contradict each other, and anything follows from that",
    )
    yield Question(
        "initial-state",
        "the axioms hold and every table is as it is before the first step",
        "no design has an initial state that fits the axioms",
        tuple(as_at_first(t) for t in machine.symbols if t.role != "rigid"),
    )
    for rule in machine.rules:
        own = obligations.rules[rule.name]
        yield Question(
            f"rule-{rule.name}",
            f"the axioms hold and so do all guards of the rule {rule.name}",
            f"the rule {rule.name} can never happen: its guards contradict the axioms",
            tuple(g.condition for g in own.guards),
        )


def untrue(machine: Machine) -> str:
    """Which axiom or promise the structure of ``machine`` breaks, in words; empty if it keeps all.

    What is proved is about structures that keep them, so it says nothing of one that does not.
    """
    reference = Reference(machine, set())
    initial = reference.initial()
    for axiom in machine.axioms:
        if not reference.holds(axiom.formula, initial):
            return f"the axiom '{axiom.name}' is not true of this design"
    for reach in machine.reaches:
        if not _keeps(reference, reach):
            return f"the promise '{reach.name}' is not kept by this design"
    return ""


def _keeps(reference: Reference, reach: Reach) -> bool:
    """Whether the hops of ``reach`` lead from its root to every member."""
    moment = Moment(reference.initial())
    members = range(len(reference.structure.members(reach.here.of)))
    for place in reference.scope(reach.places, {}):
        hops: networkx.DiGraph[int] = networkx.DiGraph()
        hops.add_nodes_from(members)
        for ends in reference.scope((reach.here, reach.there), place):
            if reference.value(reach.hop, ends, moment):
                hops.add_edge(ends[reach.here], ends[reach.there])
        root = reference.value(reach.root, place, moment)
        if {root, *networkx.descendants(hops, root)} != set(members):
            return False
    return True


class SmallWorlds:
    """Worlds of a small size."""

    def __init__(self, machine: Machine) -> None:
        self._reading = AtSizes(machine, sizes=base_sizes(machine))
        self._solver = z3.Solver(ctx=self._reading.context)
        self._solver.set("timeout", _MILLISECONDS)
        self._solver.add(*(formula for _, formula in self._reading.background()))

    def some(self, terms: Sequence[Term]) -> bool:
        """Whether one satisfies ``terms``."""
        reading, free = self._reading, {v for t in terms for v in free_variables(t)}
        self._solver.push()
        self._solver.add(*(reading.within(v.of, reading.constant(v)) for v in free))
        self._solver.add(*(reading.formula(t) for t in terms))
        answer = asked(self._solver, milliseconds=_MILLISECONDS)
        self._solver.pop()
        return bool(answer == z3.sat)


NOBODY_KNOWS = "nobody knows whether it is possible that"
"""How the reason begins where the solver gave up: another time it may know."""


def insane(machine: Machine, obligations: Obligations) -> str:
    """Why nothing that is proved of the rules would say anything; empty if it would."""
    worlds = SmallWorlds(machine)
    for question in questions(machine, obligations):
        # A world of some size is one; that none of a small size is says nothing.
        possible = worlds.some(question.terms) or obligations.possible(question.terms)
        if possible is None:
            return f"{NOBODY_KNOWS} {question.asks}"
        if not possible:
            return question.without
    return ""
