"""Blame: at which members of the design a broken property is broken.

A property says "for every node v and command c ...". When it fails, some v and c make it fail,
and they are what a reviewer must look at. The formula is data, so they can be found for any
property, by going down to the quantifiers that decide it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unsay.engines.run import Replay, lasso_of
from unsay.model.language import Machine, Sort, Term
from unsay.model.language.terms import And, Exists, ForAll, Not, Or, Variable
from unsay.model.readings.reference import Environment, Moment, Reference
from unsay.properties import PropertyKind


@dataclass(frozen=True)
class Culprit:
    """A member of the design at which the property fails."""

    sort: Sort
    position: int
    name: str


def culprits(replay: Replay) -> tuple[Culprit, ...]:
    """The first members, in the design's order, at which the property fails; none if it holds."""
    if not replay.broken or replay.property is None:
        return ()
    return _named(replay.machine, broken_at(replay))


def broken_at(replay: Replay) -> Mapping[Variable, int]:
    """The values of the claim's variables at which a broken property fails, as positions."""
    reference = _reference(replay)
    if replay.loop is not None:
        return _avoided(replay, reference, replay.loop)
    assert replay.property is not None
    found: dict[Variable, int] = {}
    claim = replay.property.claim(replay.machine)
    _explain(reference, claim, {}, _moment(replay), False, found)
    return found


def broken_part(replay: Replay) -> Term:
    """Of a claim that joins several, the first that fails; else the claim itself.

    Of one that says so of states at rest only, what it says of these.
    """
    assert replay.property is not None
    assert replay.loop is None
    reference, moment = _reference(replay), _moment(replay)
    part = replay.property.claim(replay.machine)
    while True:
        match part:
            case And(parts):
                part = next(p for p in parts if not reference.value(p, {}, moment))
            case Or((Not(), And() | ForAll() as then)):
                part = then
            case _:
                return part


def _reference(replay: Replay) -> Reference:
    machine = replay.machine
    return Reference(machine, [s for s in machine.symbols if s.role == "history"])


def _moment(replay: Replay) -> Moment:
    """Where the claim of a finite run fails: in its last state or, about steps, its last step."""
    assert replay.property is not None
    if replay.property.kind is not PropertyKind.STEP:
        return Moment(replay.states[-1])
    last = len(replay.steps) - 1
    return Moment(
        replay.states[-2], replay.states[-1], replay.steps[-1].rule, replay.arguments(last)
    )


def _avoided(replay: Replay, reference: Reference, loop: int) -> dict[Variable, int]:
    """For whom the promise is never kept; of a promise to all, for whom it is not at the end."""
    assert replay.property is not None
    lasso = lasso_of(reference, replay.steps, replay.states, loop)
    avoided = lasso.avoided(replay.property)
    assert avoided is not None, "the replay found it broken"
    if avoided.values:
        return dict(avoided.values)
    found: dict[Variable, int] = {}
    _explain(reference, avoided.part.conclusion, {}, Moment(replay.states[-1]), False, found)
    return {v: position for v, position in found.items() if not v.of.ordered}


def _named(machine: Machine, found: Mapping[Variable, int]) -> tuple[Culprit, ...]:
    named = [
        Culprit(v.of, position, machine.structure.members(v.of)[position])
        for v, position in found.items()
    ]
    lanes = {p.of for rule in machine.rules for p in rule.parameters if p.name == rule.at}
    # Who it is first, what about second: a reader looks for the lane.
    return tuple(sorted(dict.fromkeys(named), key=lambda culprit: culprit.sort not in lanes))


def _explain(
    reference: Reference,
    term: Term,
    env: Environment,
    moment: Moment,
    truth: bool,
    found: dict[Variable, int],
) -> None:
    """Collect in ``found`` the values that give ``term``, known to be ``truth``, that truth."""
    match term:
        case Not(body):
            _explain(reference, body, env, moment, not truth, found)
        case And(parts) | Or(parts):
            # One part decides (a false "and", a true "or"), or all of them do together.
            one_decides = isinstance(term, Or) == truth
            decisive = [p for p in parts if bool(reference.value(p, env, moment)) == truth]
            for part in decisive[:1] if one_decides else decisive:
                _explain(reference, part, env, moment, truth, found)
        case ForAll(variables, body) | Exists(variables, body):
            if isinstance(term, Exists) != truth:
                return  # It holds of all alike: nobody in particular is to blame.
            for inner in reference.scope(variables, env):
                if bool(reference.value(body, inner, moment)) == truth:
                    found.update({v: inner[v] for v in variables})
                    _explain(reference, body, inner, moment, truth, found)
                    return
