"""Why a proof fails, as a run of one step: from a state that no lemma excludes, a claim is broken.

The search hands over a state as arrays. Here it is made smaller, its members get names, and the
reference reading performs the step: what a person is shown does not rest on the search or on Z3.
"""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from unsay.engines.proof.obligations import NO_STEP, Countermodel, Goal, kept_apart, rule_of
from unsay.engines.run import Replay, ReplayError, Step, replay
from unsay.model.language import Bool, Machine, Sort, Structure, Symbol, Term
from unsay.model.language.finite import beginnings
from unsay.model.readings.anysize import open_sorts
from unsay.model.readings.arrays import Values, Worlds
from unsay.model.readings.reference import State
from unsay.model.recall.vocabulary import Device, Message, Node
from unsay.properties import Property

_SECONDS_MAX = 10.0
"""For making a state smaller; as small as it is by then will do."""


def supposed(machine: Machine, against: Countermodel, claim: Property) -> Replay:
    """The step of ``against`` from its state, performed and judged by the reference reading.

    Args:
        machine: The machine that it is about; its own structure does not matter.
        against: A state and a step from it.
        claim: The property that the step breaks.

    Raises:
        ReplayError: it does not, or the step cannot be taken: a defect of this program.
    """
    world = against.before
    structure = _structure(machine, world)
    # The design describes another network, with other names: nothing here is about that. But its
    # policies are in some claims.
    small = replace(machine, structure=structure, design=None)
    said = Bool(claim.claim(machine))
    claim = replace(claim, formula=lambda _: said)
    rule = rule_of(small, against.rule)
    parameters = zip(rule.parameters, against.arguments, strict=True)
    step = Step(rule.name, tuple(structure.members(p.of)[i] for p, i in parameters))
    steps = [] if rule == NO_STEP else [step]
    found = replay(small, steps, claim, start=_state(structure, world))
    if not found.broken:
        raise ReplayError(f"internal error: {step} does not break {claim.name}")
    return found


def _state(structure: Structure, world: Worlds) -> State:
    changing = {s: values[0] for s, values in world.tables.items() if s.role != "rigid"}
    return {(s, p): int(v[p]) for s, v in changing.items() for p in structure.cells(s)}


def _structure(machine: Machine, world: Worlds) -> Structure:
    sorts = sorted(open_sorts(machine) & world.sizes.keys(), key=str)
    elements = {s: _names(s, world.size(s)) for s in sorts}
    elements |= _commands(world, elements)
    shape = Structure(elements, {})
    rigid = {
        s: {p: int(values[p]) for p in shape.cells(s)}
        for s, values in world.tables.items()
        if s.role == "rigid"
    }
    return Structure(elements, rigid)


def _names(sort: Sort, count: int) -> tuple[str, ...]:
    """Names for the members of a sort, short ones as far as there are any."""
    if sort == Node.sort and count <= len(string.ascii_uppercase):
        return tuple(string.ascii_uppercase[:count])
    if sort.ordered and sort.name == "Version":
        return ("none", *(f"v{i}" for i in range(1, count)))
    short = {Device.sort: "d", Message.sort: "m"}
    first = "" if sort.ordered else short.get(sort, sort.name.lower())
    return tuple(f"{first}{i}" for i in range(1, count + 1))


def _commands(world: Worlds, elements: dict[Sort, tuple[str, ...]]) -> dict[Sort, tuple[str, ...]]:
    """Commands by what they do to which message, as designs call them: ``m1.recall``."""
    tables = {s.name: (s, values) for s, values in world.tables.items() if s.role == "rigid"}
    if not {"act", "target"} <= tables.keys():
        return {}
    (act, acts), (target, targets) = tables["act"], tables["target"]
    names: list[str] = []
    for what, about in zip(acts, targets, strict=True):
        name = f"{elements[target.value][about]}.{act.value.literals[what]}"
        same = sum(n == name or n.removeprefix(name).isdigit() for n in names)
        names.append(name + (str(same + 1) if same else ""))
    return {act.arguments[0]: tuple(names)}


def shrunk(
    machine: Machine,
    against: Countermodel,
    goal: Goal,
    known: Iterable[Term],
    pause: Callable[[], None],
) -> Countermodel:
    """As small a state as is found easily that stands against ``goal`` in the same way.

    Members that do not matter are left out, and what does not matter is as at the start. The step
    can still be taken and breaks the goal, and the axioms and all of ``known`` still hold.

    Args:
        machine: The machine.
        against: What to make smaller.
        goal: The claim that its step breaks.
        known: What else has to hold in the state before: what it stands against.
        pause: Called now and then; what it raises ends the work.
    """
    work = _Shrinking(machine, against, goal, known)
    until = time.monotonic() + _SECONDS_MAX
    before = None
    while before is not work.found:
        before = work.found
        for candidate in work.smaller():
            pause()
            if time.monotonic() > until:
                return work.found
            if work.stands(candidate):
                work.found = candidate
    return work.found


class _Shrinking:
    """Makes a state smaller that stands against a claim.

    Attributes:
        found: The smallest so far.
    """

    def __init__(
        self, machine: Machine, against: Countermodel, goal: Goal, known: Iterable[Term]
    ) -> None:
        self.found = against
        self._rule = kept_apart(rule_of(machine, against.rule))
        self._start = machine.structure.initial
        self._after = goal.after(self._rule)
        # What has failed is asked first: it is likely to fail again.
        laws = (law.term for law in beginnings(machine))
        self._terms = [*(a.formula for a in machine.axioms), *laws, *known]

    def stands(self, candidate: Countermodel) -> bool:
        """Whether the step of ``candidate`` can be taken, breaks the claim, and all else holds."""
        world, place = candidate.before, (0, *candidate.arguments)
        if not world.value(self._rule.guard, self._rule.parameters)[place]:
            return False
        if world.value(self._after, self._rule.parameters)[place]:
            return False
        for number, term in enumerate(self._terms):
            if not world.holds(term).all():
                self._terms.insert(0, self._terms.pop(number))
                return False
        return True

    def smaller(self) -> Iterator[Countermodel]:
        """What is smaller than what is found by then: first without some member, then calmer."""
        for sort, size in self.found.before.sizes.items():
            for position in range(size - 1, 0 if sort.ordered else -1, -1):
                if position not in self._named(sort) and self.found.before.size(sort) > 1:
                    yield self._without(sort, position)
        tables = self.found.before.tables
        changed = {
            s: np.argwhere(v != self._start(s)) for s, v in tables.items() if s.role != "rigid"
        }
        for symbol, places in changed.items():
            if len(places):
                yield self._with(symbol, np.full_like(tables[symbol], self._start(symbol)))
        for symbol, places in changed.items():
            for place in places if len(places) > 1 else ():
                values = self.found.before.tables[symbol].copy()
                if values[tuple(place)] != self._start(symbol):
                    values[tuple(place)] = self._start(symbol)
                    yield self._with(symbol, values)

    def _named(self, sort: Sort) -> set[int]:
        """The members of a sort that some table or the step names."""
        tables = self.found.before.tables.items()
        used = {int(i) for s, values in tables if s.value == sort for i in np.unique(values)}
        arguments = zip(self._rule.parameters, self.found.arguments, strict=True)
        return used | {i for p, i in arguments if p.of == sort}

    def _without(self, sort: Sort, position: int) -> Countermodel:
        tables = {}
        for symbol, values in self.found.before.tables.items():
            first = 0 if symbol.role == "rigid" else 1
            for axis, argument in enumerate(symbol.arguments, start=first):
                if argument == sort:
                    values = np.delete(values, position, axis)
            lower = symbol.value == sort
            tables[symbol] = np.where(values > position, values - 1, values) if lower else values
        sizes = {s: n - (s == sort) for s, n in self.found.before.sizes.items()}
        arguments = tuple(
            i - (p.of == sort and i > position)
            for p, i in zip(self._rule.parameters, self.found.arguments, strict=True)
        )
        return replace(self.found, before=Worlds(sizes, 1, tables), arguments=arguments)

    def _with(self, symbol: Symbol, values: Values) -> Countermodel:
        world = self.found.before
        tables = {**world.tables, symbol: values}
        return replace(self.found, before=Worlds(world.sizes, 1, tables))
