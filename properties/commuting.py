"""Commuting: it does not matter which of two commands reaches a node first."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, exists, forall, implies, taken
from unsay.model.language.effects import after, apart
from unsay.model.language.rules import Rule
from unsay.model.language.terms import Term, Variable, substitute
from unsay.model.recall.links import wire
from unsay.model.recall.storage import newest
from unsay.model.recall.vocabulary import Node, Version, target
from unsay.properties.property import Applied, Comparison, Property, PropertyKind, Way, cells
from unsay.properties.vocabulary import b, c, u, v

w = Node.variable("w")

_REGISTER = newest[v, target[c]]
_ONE = Applied("deliver", (c.term, u.term, v.term))
_OTHER = Applied("deliver", (b.term, w.term, v.term))


def _at(rule: Rule, applied: Applied) -> dict[Variable, Term]:
    return dict(zip(rule.parameters, applied.arguments, strict=True))


def _either_order(machine: Machine) -> Bool:
    deliver = machine.rule("deliver")
    first, second = apart(deliver, "first."), apart(deliver, "second.")
    register = after(first, after(second, _REGISTER.term))
    orders = (
        {**_at(first, _ONE), **_at(second, _OTHER)},
        {**_at(first, _OTHER), **_at(second, _ONE)},
    )
    one, other = (Version(substitute(register, order)) for order in orders)
    # On a link that keeps order, only one of the two can come first.
    could_come_first = Bool(substitute(first.guard, orders[1]))
    chosen = taken("deliver", c, u, v) & (target[b] == target[c]) & could_come_first
    return forall((b, c, u, v, w), implies(chosen, one == other))


def _two_on_their_way(machine: Machine) -> Bool:
    two = (b != c) & (target[b] == target[c])
    return exists((b, c, u, v, w), two & wire[b, w, v] & wire[c, u, v])


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
