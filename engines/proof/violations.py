"""What a broken step is about: the members that the rule and the broken claim name.

A state from which a step breaks a claim is full of what has nothing to do with it. A lemma about
the members that the step names, in what all such steps have in common, excludes them all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unsay.engines.proof.atoms import Signature, is_naming
from unsay.engines.proof.obligations import Countermodel, Goal
from unsay.model.language import Rule, Sort, Term
from unsay.model.language.effects import after
from unsay.model.language.finite import BeginsSomewhere
from unsay.model.language.terms import And, ForAll, Or, Variable
from unsay.model.readings.arrays import Worlds


@dataclass
class Violation:
    """A state from which a step breaks a claim, and the members that step and claim name.

    Attributes:
        world: The state, alone in its world.
        part: The "for every" that is broken.
        members: The rule's arguments and the broken part's values, with their positions.
        makers: Who made what is held there, by where that is.
    """

    world: Worlds
    part: ForAll
    members: Mapping[Variable, int]
    makers: Mapping[Variable, int]
    _values: dict[Signature, NDArray[np.bool_]] = field(default_factory=dict)

    def row(
        self, signature: Signature, atoms: Sequence[Term], chosen: Sequence[Variable]
    ) -> NDArray[np.bool_] | None:
        """Which atoms are true of the members called ``chosen``.

        None if the premise is not, or somebody is not there.
        """
        known = self._known
        if not all(v in known for v in chosen):
            return None
        if signature not in self._values:
            every = (signature.premise, *atoms)
            values = [self.world.value(t, signature.variables).astype(bool)[0] for t in every]
            self._values[signature] = np.stack(values)
        place = tuple(known[v] for v in chosen)
        row: NDArray[np.bool_] = np.array([value[place] for value in self._values[signature]])
        return row[1:] if row[0] else None

    @cached_property
    def _known(self) -> Mapping[Variable, int]:
        return {**self.makers, **self.members}

    def choices(self, signature: Signature) -> Iterator[tuple[Variable, ...]]:
        """Names of members for the signature's variables; of makers, who has no other name."""
        names = list(self.members)
        known = {(v.of, i) for v, i in self.members.items()}
        for v, i in self.makers.items():
            if (v.of, i) not in known:
                known.add((v.of, i))
                names.append(v)
        options = [[v for v in names if v.of == variable.of] for variable in signature.variables]
        for chosen in itertools.product(*options):
            if len(set(chosen)) == len(chosen):
                yield chosen


def violation(
    goal: Goal, rule: Rule, against: Countermodel, laws: Sequence[BeginsSomewhere]
) -> Violation | None:
    """What ``against`` breaks of ``goal``; None where no "for every" of it is broken.

    Args:
        goal: The claim or lemma.
        rule: The rule, with names of its own.
        against: A state from which it breaks the goal.
        laws: What is not the same everywhere begins on some hop, which is named, too.
    """
    world = against.before
    arguments = dict(zip(rule.parameters, against.arguments, strict=True))
    place = tuple(arguments.values())
    for part in _broken(goal.after(rule), rule, world, place):
        holds = world.value(part.body, (*rule.parameters, *part.variables)).astype(bool)[0]
        values = zip(part.variables, map(int, np.argwhere(~holds[place])[0]), strict=True)
        members = {**arguments, **dict(values)}
        for law in laws:
            members |= _hop(law, rule, world, members)
        return Violation(world, part, members, dict(_makers(world, members)))
    return None


def _makers(world: Worlds, members: Mapping[Variable, int]) -> Iterator[tuple[Variable, int]]:
    """Who made what is held where ``members`` are: the command whose version a node holds."""
    named: dict[Sort, list[Variable]] = {}
    for v in members:
        named.setdefault(v.of, []).append(v)
    naming = [t for t in world.tables if is_naming(t) and len(t.arguments) == 1]
    for table in world.tables:
        if table.role != "state" or not table.value.ordered:
            continue
        for maker in (t for t in naming if t.value == table.value):
            abouts = [t for t in naming if t.arguments == maker.arguments and t != maker]
            for place in itertools.product(*(named.get(s, ()) for s in table.arguments)):
                held = world.tables[table][0][tuple(members[v] for v in place)]
                made = (world.tables[maker] == held) & (held > 0)
                for about, v in itertools.product(abouts, place):
                    if about.value == v.of:
                        made = made & (world.tables[about] == members[v])
                name = f"{maker} of {table} {[v.name for v in place]}"
                for one in np.flatnonzero(made)[:1].tolist():
                    yield Variable(name, maker.arguments[0]), one


def _hop(
    law: BeginsSomewhere, rule: Rule, world: Worlds, members: Mapping[Variable, int]
) -> dict[Variable, int]:
    """On which hop, after the step, something begins, about what ``members`` are about."""
    reach = law.reach
    scope = (*rule.parameters, *reach.places, reach.here, reach.there)
    begins = world.value(after(rule, law.begins), scope).astype(bool)[0]
    place = tuple(members[p] for p in rule.parameters)
    for found in np.argwhere(begins[place]).tolist():
        named = dict(zip(scope[len(place) :], found, strict=True))
        if all(
            k in {i for v, i in members.items() if v.of == p.of}
            for p in reach.places
            for k in (named[p],)
        ):
            ends = (("from", reach.here), ("to", reach.there))
            return {Variable(f"{law.table} {w}", end.of): named[end] for w, end in ends}
    return {}


def _broken(term: Term, rule: Rule, world: Worlds, place: tuple[int, ...]) -> Iterator[ForAll]:
    """The outermost "for every" that are broken, of what breaks ``term``."""
    if world.value(term, rule.parameters).astype(bool)[0][place]:
        return
    if isinstance(term, ForAll):
        yield term
    elif isinstance(term, (And, Or)):
        for part in term.parts:
            yield from _broken(part, rule, world, place)
