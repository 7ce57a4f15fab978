"""Premises tried on sampled states, and on every step from them: what fails there has no proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from unsay.engines.proof.liveness.tail import Premise, every, implied
from unsay.model.language import Machine, Rule, Term
from unsay.model.language.effects import apart, at_step
from unsay.model.language.terms import (
    FALSE,
    TRUE,
    And,
    Equal,
    Exists,
    ForAll,
    Not,
    Or,
    Taken,
    children,
    rebuilt,
    walk,
)
from unsay.model.readings.arrays import Worlds

_STATES_MAX = 150
"""Of each world. More of them cost more than what is saved by not trying what fails."""

_VALUES_MAX = 2_000_000
"""So many values of one formula, for all choices of its variables in all states, at a time."""


class Samples:
    """Some reachable states of small worlds.

    Args:
        machine: The machine.
        worlds: The states.
        pause: Called now and then; what it raises ends the work.
        most: Of each world, so many states are looked at.
    """

    def __init__(
        self,
        machine: Machine,
        worlds: Iterable[Worlds],
        pause: Callable[[], None],
        most: int = _STATES_MAX,
    ) -> None:
        self._rules = [apart(r, f"{r.name}.") for r in machine.rules]
        self._worlds = [w.only(np.arange(0, w.states, 1 + w.states // most)) for w in worlds]
        self._pause = pause
        self._known: dict[Term, bool] = {}
        self._steps: dict[tuple[str, Term], Term] = {}

    def weakest(self, premise: Premise) -> Premise:
        """``premise`` with as few assumptions as the samples ask for, besides what rules end."""
        # What was found out last is the first to go: it mostly hangs on what was found out before.
        # That a rule ends is no burden: nothing is to be shown of that rule then.
        facts = [f for f in premise.facts if not any(isinstance(t, Taken) for t in walk(f))]
        for assumption in (*premise.given, *reversed(facts)):
            less = premise.without(assumption)
            if self._keeps(less):
                premise = less
        return premise

    def keep(self, premises: Sequence[Premise]) -> bool:
        """Whether no sampled state, and no step from one, goes against any of ``premises``."""
        return all(self._keeps(p) for p in premises)

    def _keeps(self, premise: Premise) -> bool:
        if premise.term not in self._known:
            self._known[premise.term] = all(
                self._everywhere(term) for term in self._over_states(premise)
            )
        return self._known[premise.term]

    def _everywhere(self, term: Term) -> bool:
        for world in self._worlds:
            self._pause()
            states = max(1, _VALUES_MAX // _choices(term, world))
            some = world.only(np.arange(0, world.states, 1 + world.states // states))
            if not some.holds(term).all():
                return False
        return True

    def _over_states(self, premise: Premise) -> Iterable[Term]:
        if not premise.step:
            yield premise.term
            return
        facts = tuple(Not(f) for f in premise.facts)
        for rule in self._rules:
            # What is assumed is the same in many premises.
            parts = (self._at(rule, p) for p in (*facts, premise.about))
            seen = joined(Or, parts)
            if seen != TRUE:
                yield every(rule.parameters, implied([rule.guard], seen))

    def _at(self, rule: Rule, term: Term) -> Term:
        """``term`` of a step of ``rule``."""
        key = (rule.name, term)
        if key not in self._steps:
            self._steps[key] = simpler(at_step(rule, term))
        return self._steps[key]


def _choices(term: Term, world: Worlds) -> int:
    """For how many choices of variables in scope some part of ``term`` has a value."""
    inner = max((_choices(c, world) for c in children(term)), default=1)
    if isinstance(term, (ForAll, Exists)):
        return inner * math.prod(world.size(v.of) for v in term.variables)
    return inner


def simpler(term: Term) -> Term:
    """``term`` without what is plain from its shape."""
    parts = tuple(map(simpler, children(term)))
    match term:
        case Not():
            if isinstance(parts[0], Not):
                return parts[0].body
            if parts[0] in (TRUE, FALSE):
                return FALSE if parts[0] == TRUE else TRUE
        case And() | Or():
            return joined(type(term), parts)
        case Equal():
            return TRUE if parts[0] == parts[1] else Equal(*parts)
        case ForAll() | Exists() if parts[0] in (TRUE, FALSE):
            return parts[0]  # every sort has a member
    return rebuilt(term, parts)


def joined(join: type[And] | type[Or], parts: Iterable[Term]) -> Term:
    """Simple ``parts``, joined, without what is plain from the shape of that."""
    ends, drops = (FALSE, TRUE) if join is And else (TRUE, FALSE)
    flat = (q for p in parts for q in (p.parts if isinstance(p, join) else (p,)))
    kept = tuple(dict.fromkeys(p for p in flat if p != drops))
    if ends in kept or any(p.body in kept for p in kept if isinstance(p, Not)):
        return ends
    return join(kept) if kept else drops
