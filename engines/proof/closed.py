"""Whether a proof is one: that nothing is missing, and that Z3 discharges what it lists.

The search hands over proofs, and is not believed. What is listed has to be discharged by what asked
for the search, each obligation once: its answer of then counts. Of what a cache has kept, that
nothing is missing is asked again, and Z3 is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import networkx

from unsay.engines.proof.found import Proof
from unsay.engines.proof.obligations import NO_STEP, Goal, Obligations, own
from unsay.model.language import Machine, ModelError, Term
from unsay.model.language.rules import check_formula
from unsay.model.language.terms import BOOL, bound_variables

Formula = TypeVar("Formula")


def formulas(proof: Proof) -> list[Goal]:
    """The claim and its lemmas, each to be kept by every step."""
    return [proof.goal, *(Goal(lemma) for lemma in proof.lemmas)]


def bearing(machine: Machine, proof: Proof, goal: Goal) -> list[str | None]:
    """What has to be shown of ``goal``: that others imply it, if that is; or else of each rule.

    Of a claim about steps, that a state implies it would say nothing.
    """
    implied = not goal.step and goal in proof.implied
    return [NO_STEP.name] if implied else goal.bearing(machine)


def implied_by_itself(edges: Iterable[tuple[Formula, Formula]]) -> Formula | None:
    """A formula that is, in the end, by way of ``edges`` from what is implied to what it is by."""
    implied: networkx.DiGraph[Formula] = networkx.DiGraph()
    implied.add_edges_from(edges)
    if networkx.is_directed_acyclic_graph(implied):
        return None
    first: Formula = networkx.find_cycle(implied)[0][0]
    return first


def _circle(proof: Proof) -> str:
    """What is implied, in the end, by itself, in words; empty if nothing is.

    What others imply holds where these hold: in the same state. So these must not hang on it. (What
    is kept by rules may assume it, of the state before.)
    """
    shown = (o for o in proof.obligations if o.rule == NO_STEP.name)
    term = implied_by_itself((o.goal.term, t) for o in shown for t in o.assumed)
    return "" if term is None else f"is implied by itself: {term}"


def flaw(machine: Machine, term: Term, *, step: bool = False) -> str:
    """Why ``term`` cannot be a part of a proof, in words; empty if it can.

    What has a variable that is called as a rule's parameter is, where that is kept apart, would
    mean something else after a step.
    """
    try:
        check_formula("a proof", term, step=step)
    except ModelError as why:
        return str(why)
    taken = {own(rule) + p.name for rule in machine.rules for p in rule.parameters}
    if odd := [v.name for v in bound_variables(term) if v.of == BOOL or v.name in taken]:
        return f"a variable of a formula cannot be: {min(odd)}"
    return ""


def gap(machine: Machine, proof: Proof) -> str:
    """What is missing for a proof, in words; empty if nothing is."""
    known = {f.term for f in formulas(proof) if not f.step}
    shown = {(o.goal, o.rule) for o in proof.obligations}
    if circle := _circle(proof):
        return circle
    for goal in formulas(proof):
        if wrong := flaw(machine, goal.term, step=goal.step):
            return wrong
        for rule in bearing(machine, proof, goal):
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
