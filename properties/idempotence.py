"""Idempotence: a command that arrives again changes nothing and has no second effect."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, after_step, any_of, exists, forall, implies, taken
from unsay.model.language.effects import outcome
from unsay.model.recall.commands import told
from unsay.model.recall.links import on_its_way
from unsay.model.recall.storage import Effects, early, effects, newest
from unsay.model.recall.vocabulary import Nth, Told, origin, target, version
from unsay.properties.property import Applied, Comparison, Property, PropertyKind, Way, cells
from unsay.properties.vocabulary import ARRIVALS, arrivals, c, duplications, u, v

n = Nth.variable("n")

_REGISTER, _NOTE = newest[v, target[c]], early[v, target[c]]
_AGAIN = Applied(ARRIVALS[0], (c.term, u.term, v.term), otherwise=ARRIVALS[1:])


def _state(machine: Machine) -> Bool:
    handled = any_of(
        *(taken(r.name, c, u, v) for r in arrivals(machine)),
        *(exists(n, taken(r.name, c, u, v, n)) for r in duplications(machine)),
    )
    deliver = machine.rule(_AGAIN.rule)
    again = {p.name: a for p, a in zip(deliver.parameters, _AGAIN.arguments, strict=True)}
    kept = outcome(deliver, _REGISTER, again) == _REGISTER
    noted = outcome(deliver, _NOTE, again) == _NOTE
    return forall((c, u, v), implies(handled, after_step(kept & noted)))


def _handled(machine: Machine) -> Bool:
    return exists((c, v), (v != origin[target[c]]) & (newest[v, target[c]] == version[c]))


def _comes_again(machine: Machine) -> Bool:
    return exists((c, u, v), (effects[v, c] != Effects.none) & on_its_way(machine.design, c, u, v))


def _effects(machine: Machine) -> Bool:
    once = forall((v, c), effects[v, c] != Effects.repeated)
    return once & forall(c, told[c] != Told.refused)


idempotent_state = Property(
    name="idempotent-state",
    sentence="A command that reaches a node and at once reaches it again leaves there "
    "what it left the first time.",
    kind=PropertyKind.STEP,
    formula=_state,
    witness=_handled,
    witness_sentence="a node holds what a command that reached it over a link says",
    compares=Comparison(
        ways=(Way("{c} has reached {v} once"), Way("{c} reaches {v} once more", (_AGAIN,))),
        cells=cells(_REGISTER, _NOTE),
    ),
)

idempotent_effects = Property(
    name="idempotent-effects",
    sentence="A command takes effect at most once at each node (one notice, one audit row), "
    "and a repeat of it is not answered with an error.",
    kind=PropertyKind.ALWAYS,
    formula=_effects,
    witness=_comes_again,
    witness_sentence="a copy of a command is on its way to a node where it has taken effect",
)
