"""Commuting: it does not matter which of two commands reaches a node first."""

from __future__ import annotations

from functools import reduce
from operator import or_

from unsay.model.language import Bool, Machine, all_of, exists, forall, implies, taken
from unsay.model.language.effects import after, apart
from unsay.model.language.rules import Rule
from unsay.model.language.terms import Term, Variable, substitute
from unsay.model.recall.links import on_its_way
from unsay.model.recall.storage import newest
from unsay.model.recall.vocabulary import Node, Version, target
from unsay.properties.property import Applied, Comparison, Property, PropertyKind, Way, cells
from unsay.properties.vocabulary import ARRIVALS, arrivals, b, c, u, v

w = Node.variable("w")

_REGISTER = newest[v, target[c]]
_ONE = Applied(ARRIVALS[0], (c.term, u.term, v.term), otherwise=ARRIVALS[1:])
_OTHER = Applied(ARRIVALS[0], (b.term, w.term, v.term), otherwise=ARRIVALS[1:])


def _at(rule: Rule, applied: Applied) -> dict[Variable, Term]:
    return dict(zip(rule.parameters, applied.arguments, strict=True))


def _either_order(machine: Machine) -> Bool:
    # By whichever carrier a copy comes, it leaves the same in the register.
    deliver = machine.rule("deliver")
    first, second = apart(deliver, "first."), apart(deliver, "second.")
    register = after(first, after(second, _REGISTER.term))
    orders = (
        {**_at(first, _ONE), **_at(second, _OTHER)},
        {**_at(first, _OTHER), **_at(second, _ONE)},
    )
    one, other = (Version(substitute(register, order)) for order in orders)
    # On a link that keeps order, only one of the two can come first.
    could_come_first = reduce(or_, (_may_happen(r, _OTHER) for r in arrivals(machine)))
    comes = reduce(or_, (taken(r.name, c, u, v) for r in arrivals(machine)))
    chosen = comes & (target[b] == target[c]) & could_come_first
    return forall((b, c, u, v, w), implies(chosen, one == other))


def _may_happen(rule: Rule, applied: Applied) -> Bool:
    rule = apart(rule, "first.")
    return Bool(substitute(rule.guard, _at(rule, applied)))


def _two_on_their_way(machine: Machine) -> Bool:
    two = (b != c) & (target[b] == target[c])
    one, other = (on_its_way(machine.design, *copy) for copy in ((b, w, v), (c, u, v)))
    return exists((b, c, u, v, w), all_of(two, one, other))


commands_commute = Property(
    name="commands-commute",
    sentence="Two commands on one message that reach a node one right after the other leave it "
    "with the same version, whichever of them comes first.",
    kind=PropertyKind.STEP,
    formula=_either_order,
    witness=_two_on_their_way,
    witness_sentence="two commands on one message are on their way to one node",
    compares=Comparison(
        ways=(
            Way("{c} first, then {b}", (_OTHER,)),
            Way("{b} first, then {c}", (_OTHER, _ONE), instead=True),
        ),
        cells=cells(_REGISTER),
    ),
)
