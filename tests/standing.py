"""States from which a step breaks a claim, for tests of what is said and drawn of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from tests.helpers import chain
from unsay.engines.proof.countermodels import Countermodels
from unsay.engines.proof.obligations import Countermodel, Goal, Obligation
from unsay.engines.proof.sizes import sizes
from unsay.engines.proof.supposed import shrunk, supposed
from unsay.engines.run import Replay
from unsay.model.language import Machine, Term
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property, PropertyKind

CASES = (
    ("idempotent-effects", "early_recall", "remember-until-first-send"),
    ("confirmed-means-done", "confirm", "all-acked"),
    ("no-resurrection", "ordering", "newest-version"),
    ("idempotent-state", "early_recall", "remember-until-first-send"),
    ("commands-commute", "early_recall", "drop"),
    ("commands-commute", "ordering", "last-arrival"),
)
"""A property, and the option of a policy, for which a step from some state breaks it."""


@cache
def machine_with(key: str, option: str) -> Machine:
    """A small design's machine with one option of a policy, and every fault."""
    faults = {"loss": 1, "duplication": 1, "crash": 1, "offline": 1}
    return build_machine(chain(2, 1, policies={key: option}, faults=faults))


def goal_of(machine: Machine, p: Property) -> Goal:
    """The claim of a property as a goal of a proof."""
    return Goal(p.claim(machine), p.kind is PropertyKind.STEP)


def standing(machine: Machine, p: Property, known: Sequence[Term] = ()) -> Countermodel:
    """A state in which the claim and ``known`` hold, and a step from it that breaks the claim."""
    goal = goal_of(machine, p)
    history = {s for s in p.reads(machine) if s.role == "history"}
    tables = [s for s in machine.symbols if s.role != "history" or s in history]
    assumed = (*known, *(() if goal.step else (goal.term,)))
    for size in sizes(machine):
        finder = Countermodels(machine, tables, size, 20_000)
        for rule in machine.rules:
            if goal.bears_on(rule):
                against = finder.ask(Obligation(goal, rule.name, assumed)).against
                if against is not None:
                    return against
    raise AssertionError(f"no step breaks {p.name}")


@cache
def small(name: str, key: str, option: str) -> Replay:
    """The smallest such state, performed."""
    machine, p = machine_with(key, option), PROPERTIES[name]
    goal = goal_of(machine, p)
    known = () if goal.step else (goal.term,)
    least = shrunk(machine, standing(machine, p), goal, known, lambda: None)
    return supposed(machine, least, p)
