"""Machines with random rules over a few tables: to try what is concluded from rules.

Rules are of all kinds, and need and change cells at their own arguments or at every member.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from unsay.model.language import (
    Bool,
    Element,
    Fairness,
    Guard,
    Kind,
    Layer,
    Machine,
    Ordered,
    Rule,
    RuleBuilder,
    Structure,
    Term,
    Update,
    compose,
)
from unsay.model.language.terms import FALSE, TRUE, Before, Not, Read, Variable


class Gadget(Element):
    """What has lamps and a level."""


class Level(Ordered):
    """How far a gadget is."""


shelf: Layer[None] = Layer("shelf", "Gadgets.")
LAMPS = [
    shelf.state(name, Gadget, to=Bool, says="A lamp of the gadget.", initially=name == "blue")
    for name in ("red", "green", "blue")
]
level = shelf.state("level", Gadget, to=Level, says="How far the gadget is.")
goal = shelf.rigid("goal", Gadget, to=Level, says="How far it is to come.")
x = Gadget.variable("x")


@shelf.rule(Kind.ACT, at="x")
def nudge(rule: RuleBuilder[None], x: Gadget) -> None:
    """Stands where random rules come."""
    rule.guard(off=~LAMPS[0][x])
    rule.update(LAMPS[0][x], to=True)


X, Y, Z = (Variable(n, Gadget.sort) for n in "xyz")
KINDS = (
    (Kind.ACT, Fairness.NONE),
    (Kind.PROGRESS, Fairness.WEAK),
    (Kind.PROGRESS, Fairness.WEAK),
    (Kind.PROGRESS, Fairness.STRONG),
    (Kind.PROGRESS, Fairness.STRONG),
    (Kind.FAULT, Fairness.NONE),
)


def _cell(table: Any, place: Variable) -> Read:
    return Read(table.symbol, (place,))


@st.composite
def _literals(draw: st.DrawFn, places: tuple[Variable, ...]) -> Term:
    place = draw(st.sampled_from(places))
    one = draw(st.integers(0, 5))
    if one < 5:
        atom: Term = _cell(LAMPS[one % 3], place)
    else:
        atom = Before(_cell(level, place), _cell(goal, draw(st.sampled_from(places))))
    return draw(st.sampled_from((atom, Not(atom))))


@st.composite
def _updates(draw: st.DrawFn, places: tuple[Variable, ...]) -> Update:
    if draw(st.integers(0, 4)) == 0:
        value = _cell(goal, draw(st.sampled_from(places)))
        where = Before(_cell(level, places[0]), value) if draw(st.booleans()) else TRUE
        return Update(level.symbol, (places[0],), value, where=where)
    lamp = draw(st.sampled_from(LAMPS))
    value = draw(st.sampled_from((TRUE, FALSE)))
    if draw(st.integers(0, 4)) == 0:
        where = draw(_literals((*places, Z)))
        return Update(lamp.symbol, (Z,), value, each=(Z,), where=where)
    return Update(lamp.symbol, (draw(st.sampled_from(places)),), value)


@st.composite
def _rules(draw: st.DrawFn, name: str) -> Rule:
    kind, fairness = draw(st.sampled_from(KINDS))
    places = (X,) if draw(st.integers(0, 2)) else (X, Y)
    needs = draw(st.lists(_literals(places), min_size=1, max_size=3))
    changes = draw(st.lists(_updates(places), min_size=1, max_size=2))
    need = needs[0]
    if draw(st.integers(0, 3)):  # most rules end what they need, as real ones do
        atom, value = (need.body, TRUE) if isinstance(need, Not) else (need, FALSE)
        if isinstance(atom, Read):
            changes.append(Update(atom.symbol, atom.arguments, value))
    return Rule(
        name=name, kind=kind, layer="shelf", says="Random.", parameters=places, at="x",
        guards=tuple(Guard(f"g{i}", n) for i, n in enumerate(needs)),
        updates=tuple(changes), fairness=fairness,
    )  # fmt: skip


@st.composite
def gadgets(draw: st.DrawFn, members: int = 2) -> Machine:
    """A machine with a few random rules."""
    names = ("tick", "tock", "ring", "wind")[: draw(st.integers(1, 4))]
    rules = tuple(draw(_rules(name)) for name in names)
    recur = draw(st.integers(0, 3)) == 0
    return shelved(rules, recur, members)


RED, GREEN, BLUE = (_cell(lamp, X) for lamp in LAMPS)
RETRYING = {
    "tick": (Kind.PROGRESS, Fairness.WEAK, (Not(RED), BLUE), ((RED, TRUE),)),
    "tock": (Kind.PROGRESS, Fairness.STRONG, (RED,), ((RED, FALSE), (GREEN, TRUE))),
    "ring": (Kind.PROGRESS, Fairness.WEAK, (GREEN,), ((GREEN, FALSE), (BLUE, FALSE))),
    "wind": (Kind.FAULT, Fairness.NONE, (RED,), ((RED, FALSE),)),
}
"""Red is sent again and again, until green has answered and turned blue off. Red may be lost."""


def needed(rules: dict[str, Any]) -> tuple[Rule, ...]:
    """Rules like ``RETRYING`` as they stand."""
    return tuple(
        Rule(
            name, kind, "shelf", "As a retry.", (X,), "x",
            tuple(Guard(f"g{i}", n) for i, n in enumerate(needs)),
            tuple(Update(c.symbol, c.arguments, v) for c, v in changes), fairness,
        )
        for name, (kind, fairness, needs, changes) in rules.items()
    )  # fmt: skip


@st.composite
def retrying(draw: st.DrawFn, members: int = 2) -> Machine:
    """Rules of which the first happens again and again until others end it, with random changes."""
    rules = []
    for name, (kind, fairness, needs, changes) in RETRYING.items():
        if draw(st.integers(0, 5)) == 0:
            kind, fairness = draw(st.sampled_from(KINDS))
        guards = [n for n in needs if draw(st.integers(0, 11))]
        updates = [Update(c.symbol, c.arguments, v) for c, v in changes if draw(st.integers(0, 11))]
        places = (X,) if draw(st.integers(0, 3)) else (X, Y)
        guards += draw(st.lists(_literals(places), max_size=0 if draw(st.integers(0, 3)) else 1))
        updates += draw(st.lists(_updates(places), max_size=0 if draw(st.integers(0, 3)) else 1))
        own = tuple(Guard(f"g{i}", n) for i, n in enumerate(guards))
        rules.append(
            Rule(name, kind, "shelf", "As a retry.", places, "x", own, tuple(updates), fairness)
        )
    return shelved(tuple(rules), draw(st.booleans()), members)


def shelved(rules: tuple[Rule, ...], faults_recur: bool, members: int = 2) -> Machine:
    """The machine of some rules; each gadget is to come one level further than the one before."""
    elements = {
        Gadget.sort: tuple(f"g{i}" for i in range(members)),
        Level.sort: tuple(f"l{i}" for i in range(members + 1)),
    }
    rigid = {goal.symbol: {(i,): i + 1 for i in range(members)}}
    machine = compose("gadgets", [shelf], None, Structure(elements, rigid))
    declared = frozenset(r.name for r in rules)
    return replace(machine, rules=rules, declared=declared, faults_recur=faults_recur)
