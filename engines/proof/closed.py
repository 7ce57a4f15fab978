"""Whether a proof is one: that nothing is missing, and that Z3 discharges what it lists.

The search hands over proofs, and is not believed. What is listed has to be discharged by what asked
for the search, each obligation once: its answer of then counts. Of what a cache has kept, that
nothing is missing is asked again, and Z3 is not.
"""

from __future__ import annotations

from collections.abc import Callable

from unsay.engines.proof.obligations import Goal, Obligations
from unsay.engines.proof.search import Proof
from unsay.model.language import Machine, ModelError, Term
from unsay.model.language.rules import check_formula
from unsay.model.language.terms import BOOL, bound_variables


def formulas(proof: Proof) -> list[Goal]:
    """The claim and its lemmas, each to be kept by every step."""
    return [proof.goal, *(Goal(lemma) for lemma in proof.lemmas)]


def flaw(term: Term, *, step: bool = False) -> str:
    """Why ``term`` cannot be a part of a proof, in words; empty if it can.

    A rule's parameters have its name and a full stop before theirs where it is kept apart: what has
    such a variable of its own would mean something else after a step.
    """
    try:
        check_formula("a proof", term, step=step)
    except ModelError as why:
        return str(why)
    if odd := [v.name for v in bound_variables(term) if v.of == BOOL or "." in v.name]:
        return f"a variable of a formula cannot be: {min(odd)}"
    return ""


def gap(machine: Machine, proof: Proof) -> str:
    """What is missing for a proof, in words; empty if nothing is."""
    known = {f.term for f in formulas(proof) if not f.step}
    shown = {(o.goal, o.rule) for o in proof.obligations}
    for goal in formulas(proof):
        if wrong := flaw(goal.term, step=goal.step):
            return wrong
        for rule in goal.bearing(machine):
            if (goal, rule) not in shown:
                where = "at the start" if rule is None else f"under {rule}"
                return f"nothing shows {where}: {goal.term}"
    for obligation in proof.obligations:
        for term in obligation.assumed:
            if term not in known:
                return f"{obligation}: assumes what is no part of the proof: {term}"
            if obligation.rule is None:
                return f"{obligation}: assumes something of the initial state"
    return ""


def undischarged(proof: Proof, obligations: Obligations, pause: Callable[[], None]) -> str:
    """The first obligation that Z3 does not discharge, in words; empty if it discharges all."""
    for obligation in proof.obligations:
        pause()
        answer = obligations.discharge(obligation)
        if not answer.discharged:
            return f"{obligation} ({answer.reason or 'it can fail'})"
    return ""
