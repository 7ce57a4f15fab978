"""What has to be possible for a proof to say anything: questions that must be answered "yes".

From a contradiction everything follows. So the axioms must be able to hold, all at once, also in
the initial state, and each rule's guard must be able to hold with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unsay.engines.proof.obligations import Obligations
from unsay.model.language import Machine, Term
from unsay.model.language.effects import as_at_first
from unsay.model.readings.reference import Reference


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
    """Which axiom the structure of ``machine`` breaks, in words; empty if it keeps all.

    What is proved is about structures that keep them, so it says nothing of one that does not.
    """
    reference = Reference(machine, set())
    initial = reference.initial()
    for axiom in machine.axioms:
        if not reference.holds(axiom.formula, initial):
            return f"the axiom '{axiom.name}' is not true of this design"
    return ""


NOBODY_KNOWS = "nobody knows whether it is possible that"
"""How the reason begins where the solver gave up: another time it may know."""


def insane(machine: Machine, obligations: Obligations) -> str:
    """Why nothing that is proved of the rules would say anything; empty if it would."""
    for question in questions(machine, obligations):
        possible = obligations.possible(question.terms)
        if possible is None:
            return f"{NOBODY_KNOWS} {question.asks}"
        if not possible:
            return question.without
    return ""
