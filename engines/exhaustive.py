"""The exhaustive engine: every reachable state at once, as decision diagrams.

Where plain search pays for each state, this pays for the shape of the set. It counts exactly,
tells how many states break a property, and takes shortest runs from layers, which it only makes
when something is broken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from unsay.engines.budget import BudgetError, memory_mib
from unsay.engines.checkpoint import Place, group_name
from unsay.engines.fair import promises
from unsay.engines.fair_sets import FairSets
from unsay.engines.protocol import (
    Task,
    confirmed,
    decided_before,
    group_by_group,
    keep_decided,
    timed,
)
from unsay.engines.reach import Layers, TooLargeError, as_steps, breaking, reachable
from unsay.engines.run import Step
from unsay.engines.sliced import INTERRUPTED, by_slices, unknown, why_stopped
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.readings.ground import ground
from unsay.model.readings.symbolic import Diagram, Symbolic, is_empty
from unsay.properties import Property, PropertyKind

_MEMORY_MIB = 4096.0
"""For all diagrams of a search where the task sets no limit."""


_WHOLE_NODES_MAX = 1_500_000
"""Nodes that may be spent on all reachable states before claims are looked at through slices.

About two seconds. A count of nodes rather than a time, so that verdicts do not hang on the
machine that they are made on."""

_TOO_LARGE = "all reachable states at once take too much"


@dataclass(frozen=True)
class Exhaustive:
    """Sets of states as decision diagrams.

    All reachable states first, as they are counted exactly. Where they take too much, and
    reductions are allowed, each claim through the part of the machine that it hangs on.

    Attributes:
        whole: Try all reachable states at once.
        sliced: Go on with slices where that takes too much.
    """

    whole: bool = True
    sliced: bool = True
    name = "exhaustive"
    says = "takes all reachable states at once as decision diagrams; exact counts, large scopes"

    def check(self, task: Task) -> dict[str, Verdict]:
        """See ``Engine.check``."""
        large: list[str] = []
        place = None if task.kept is None else task.kept.place(self.name, "large")
        large_before = _large_before(place)

        def check_group(part: Task) -> dict[str, Verdict]:
            names = [p.name for p in part.properties]
            if large or not self.whole or not large_before.isdisjoint(names):
                large.extend(names)  # history only adds to what was too large without
                return {}
            found, too_large = _check_group(part, task.reductions)
            large.extend(too_large)
            if place is not None and too_large:
                place.checkpoint.save(place.name, {"properties": large})
            return found

        verdicts = group_by_group(task, self.name, check_group)
        left = [p for p in task.properties if p.name in large]
        interrupted = any(v.reason == INTERRUPTED for n, v in verdicts.items() if n not in large)
        if not self.sliced or not task.reductions:
            verdicts |= {p.name: unknown(p, _TOO_LARGE) for p in left}
        elif left and not interrupted:
            verdicts |= self._rest(task, left)
        return {p.name: verdicts[p.name] for p in task.properties}

    def _rest(self, task: Task, left: list[Property]) -> dict[str, Verdict]:
        """What is large: through slices, and what they cannot tell of infinite runs on all states.

        Also where slices ran out of their share, as there may be less to all states.
        """
        found = by_slices(replace(task, properties=left), _room(task))
        open_still = [
            p
            for p in left
            if p.kind is PropertyKind.EVENTUALLY
            and (p.name not in found or found[p.name].outcome is Outcome.UNKNOWN)
        ]
        if open_still and not any(v.reason == INTERRUPTED for v in found.values()):
            rest = replace(task, properties=open_still)
            found |= group_by_group(rest, self.name, lambda part: _check_group(part, False)[0])
        return {p.name: found.get(p.name) or unknown(p, INTERRUPTED) for p in left}


def _large_before(place: Place | None) -> frozenset[str]:
    """Properties that were set aside as too large in a former sitting."""
    part = None if place is None else place.load()
    return frozenset() if part is None else frozenset(part.about.get("properties", ()))


def _check_group(task: Task, limited: bool) -> tuple[dict[str, Verdict], list[str]]:
    """Verdicts, and the names of the properties that were set aside as too large."""
    verdicts = decided_before(task, Exhaustive.name)
    before = frozenset(verdicts)
    try:
        search = _Search(task, limited)
        for p in task.properties:
            if p.name not in verdicts:
                found = timed({p.name: confirmed(task, _judge(search, p))}, task.budget.elapsed())
                verdicts |= keep_decided(task, Exhaustive.name, found)
        search.forget()
    except TooLargeError:
        return verdicts, [p.name for p in task.properties if p.name not in verdicts]
    except (KeyboardInterrupt, BudgetError, MemoryError) as stop:
        for p in task.properties:
            verdicts.setdefault(p.name, unknown(p, why_stopped(stop, _room(task))))
    new = {name: v for name, v in verdicts.items() if name not in before}
    return verdicts | timed(new, task.budget.elapsed()), []


def _room(task: Task) -> float:
    """MiB that the diagrams may take: what is left of the limit."""
    limit = task.budget.memory_mib
    return _MEMORY_MIB if limit is None else max(16.0, limit - memory_mib())


@dataclass
class _Search:
    """The reachable states of a machine, and what is asked of them."""

    task: Task
    limited: bool = False

    def pause(self) -> None:
        """Between two images."""
        self.task.budget.check()
        if self.limited and self.reading.sets.size > _WHOLE_NODES_MAX:
            raise TooLargeError

    @cached_property
    def reading(self) -> Symbolic:
        task = self.task
        task.report("spelling the rules out")
        grounded = ground(task.machine, task.keep(), task.budget.check)
        return Symbolic(grounded, _room(task), pause=task.budget.check)

    @property
    def place(self) -> Place | None:
        """Where the reachable states are kept.

        Nowhere where nodes are limited. That takes seconds; and what a search gone on with spends
        is not what it would have spent in one sitting, so it might not end at the same verdict.
        """
        if self.task.kept is None or self.limited:
            return None
        name = group_name(self.task.properties, self.task.keep())
        return self.task.kept.place(Exhaustive.name, name)

    def forget(self) -> None:
        """All is decided: what was kept of the search is of no more use."""
        if self.place is not None:
            self.place.checkpoint.remove(self.place.name)

    @cached_property
    def states(self) -> Diagram:
        return reachable(self.reading, self.pause, self.task.report, self.place)

    @cached_property
    def layers(self) -> Layers:
        return Layers(self.reading, self.pause)

    @cached_property
    def fair(self) -> FairSets:
        return FairSets(self.reading, self.states, self.task.budget.check)

    @cached_property
    def states_count(self) -> int:
        return self.reading.count(self.states)

    @cached_property
    def transitions(self) -> int:
        """Steps out of reachable states, each action counted for itself."""
        count, enabled = self.reading.count, self.reading.enabled
        actions = range(len(self.reading.ground.actions))
        return sum(count(self.states & enabled(a)) for a in actions)

    def breaking(self, p: Property) -> dict[int | None, Diagram]:
        """Reachable states in which ``p`` is broken (under None), or by which action from them."""
        claim = self.reading.ground.property_formula(p.claim(self.task.machine))
        found = breaking(self.reading, claim, p.kind is PropertyKind.STEP, self.pause)
        return {action: self.states & where for action, where in found.items()}

    def run(self, broken_at: dict[int | None, Diagram]) -> tuple[Step, ...]:
        """A shortest run that ends by breaking."""
        self.task.report("looking for a shortest run")
        numbers, states = self.layers.path_to(self.reading.sets.join(broken_at.values()))
        here = self.reading.exactly(states[-1])
        action = next(a for a, where in broken_at.items() if not is_empty(where & here))
        return as_steps(self.reading, [*numbers, *([] if action is None else [action])])


def _judge(search: _Search, p: Property) -> Verdict:
    reading = search.reading
    search.task.report(f"judging {p.name}")
    found = Verdict(
        p.name,
        Outcome.HOLDS,
        "exhaustive",
        states=search.states_count,
        transitions=search.transitions,
    )
    against = _infinite_run if p.kind is PropertyKind.EVENTUALLY else _finite_run
    broken = against(search, p, found)
    if broken is not None:
        return broken
    situation = reading.ground.property_formula(p.situation(search.task.machine))
    if is_empty(search.states & reading.formula(situation)):
        reason = f"never: {p.witness_sentence}"
        return replace(found, outcome=Outcome.VACUOUS, reason=reason)
    return found


def _finite_run(search: _Search, p: Property, found: Verdict) -> Verdict | None:
    """``found`` with a shortest run against ``p``, if there is one."""
    where = search.breaking(p)
    every = search.reading.sets.join(where.values())
    if is_empty(every):
        return None
    many = search.reading.count(every)
    run = search.run(where)
    return replace(found, outcome=Outcome.VIOLATED, run=run, shortest=True, breaking=many)


def _infinite_run(search: _Search, p: Property, found: Verdict) -> Verdict | None:
    """``found`` with an infinite run against ``p``, if there is one."""
    reading, fair = search.reading, search.fair
    every = (fair.against(*promise) for promise in promises(reading.ground, p))
    parts = [part for part in every if part is not None]
    if not parts:
        return None
    search.task.report("looking for a shortest run")
    many = reading.count(reading.sets.join(part.begin for part in parts))
    run = fair.nearest(parts)
    steps = as_steps(reading, [*run.stem, *run.loop])
    broken = replace(found, outcome=Outcome.VIOLATED, run=steps, loop=len(run.stem))
    return replace(broken, shortest=True, breaking=many)
