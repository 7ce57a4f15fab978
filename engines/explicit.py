"""The explicit engine: breadth-first search over packed states, with exact counts.

It is the reference for every later engine: it visits each reachable state once, in order of
distance, so its counterexamples are shortest and its counts exact. When it is stopped early it
still knows that every run up to the last finished layer is good, and says only that.

Where a design has symmetry, one state stands for all of its images, and counts as many times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from unsay.engines.budget import BudgetError
from unsay.engines.checkpoint import group_name, layout
from unsay.engines.fair import promises
from unsay.engines.protocol import (
    Task,
    confirmed,
    decided_before,
    group_by_group,
    keep_decided,
    timed,
)
from unsay.engines.run import Step
from unsay.engines.seen import Seen
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.language import Term
from unsay.model.language.terms import And
from unsay.model.readings.compiled import Packed, Program, compile_machine
from unsay.model.readings.orbits import Orbits, orbits_of
from unsay.model.readings.symmetry import generators
from unsay.properties import Property, PropertyKind

_LOOK_EVERY = 8192
"""States between two looks at the clock and the memory."""

_SYMMETRIC = (PropertyKind.ALWAYS, PropertyKind.STEP)
"""Kinds of property that hold for a state or step exactly when they hold for its images."""

StatePredicate = Callable[[Packed], bool]
StepPredicate = Callable[[Packed, int, Packed], bool]


@dataclass
class _Search:
    """What has been found so far.

    With ``orbits``, ``parent`` and ``frontier`` have least images only. Then ``weights`` tells how
    many states each of the frontier stands for, and ``states`` how many there are so far.
    """

    program: Program = field(init=False)
    orbits: Orbits | None = None
    weights: dict[Packed, int] = field(default_factory=dict)
    states: int = 0
    always: dict[str, StatePredicate] = field(default_factory=dict)
    steps: dict[str, StepPredicate] = field(default_factory=dict)
    claims: dict[str, Term] = field(default_factory=dict)
    all_hold: StatePredicate = lambda state: True
    eventually: dict[str, Property] = field(default_factory=dict)
    witnesses: dict[str, StatePredicate] = field(default_factory=dict)
    witnessed: dict[str, int] = field(default_factory=dict)
    broken: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    loops: dict[str, int] = field(default_factory=dict)
    parent: dict[Packed, Packed | None] = field(default_factory=dict)
    frontier: list[Packed] = field(default_factory=list)
    found: list[Packed] = field(default_factory=list)
    expanded: int = 0
    kept: Seen | None = None
    transitions: int = 0
    depth: int = 0
    stopped: str = ""

    @property
    def count(self) -> int:
        """The states visited, each image counted."""
        return len(self.parent) if self.orbits is None else self.states


class Explicit:
    """Breadth-first search of every reachable state."""

    name = "explicit"
    says = "visits every reachable state at the design's scope, nearest first; exact counts"

    def check(self, task: Task) -> dict[str, Verdict]:
        """See ``Engine.check``."""
        return group_by_group(task, self.name, _check_group, apart=_is_symmetric(task))


def _is_symmetric(task: Task) -> bool:
    """Whether some claims can do with a part of the states that claims about infinite runs need.

    Those need every state. In one search with them the others would need every state too, and be
    undecided wherever that is too much.
    """
    infinite = any(p.kind not in _SYMMETRIC for p in task.properties)
    return infinite and task.reductions and bool(generators(task.machine))


def _check_group(task: Task) -> dict[str, Verdict]:
    before = decided_before(task, Explicit.name)
    if len(before) == len(task.properties):
        return before
    search = _Search()
    try:
        search.program = compile_machine(task.machine, task.keep(), task.budget.check)
        for p in task.properties:
            _prepare(search, task, p)
        search.orbits = _orbits(search, task)
        _explore(search, task)
    except KeyboardInterrupt:
        search.stopped = "interrupted"
    except MemoryError:
        search.stopped = "out of memory"
    except BudgetError as why:
        search.stopped = str(why)
    verdicts = {p.name: _verdict(search, p) for p in task.properties}
    for verdict in verdicts.values():
        confirmed(task, verdict)
    verdicts = timed(verdicts, task.budget.elapsed())
    if not search.stopped:
        keep_decided(task, Explicit.name, verdicts)
        if search.kept is not None:
            search.kept.remove()
    return verdicts


def _prepare(search: _Search, task: Task, p: Property) -> None:
    claim = p.claim(task.machine)
    search.witnesses[p.name] = search.program.predicate(p.situation(task.machine))
    if p.kind is PropertyKind.ALWAYS:
        search.always[p.name] = search.program.predicate(claim)
        search.claims[p.name] = claim
    elif p.kind is PropertyKind.EVENTUALLY:
        search.eventually[p.name] = p
    else:
        search.steps[p.name] = search.program.step_predicate(claim)


def _orbits(search: _Search, task: Task) -> Orbits | None:
    if not task.reductions or any(p.kind not in _SYMMETRIC for p in task.properties):
        return None
    asked = [t for p in task.properties for t in (p.claim(task.machine), p.situation(task.machine))]
    return orbits_of(search.program, asked)


def _targets(search: _Search) -> Callable[[Packed], list[Packed]]:
    """The states one step further, each as the one that stands for it."""
    every, parent = search.program.targets, search.parent
    if search.orbits is None:
        return every
    least = search.orbits.least
    return lambda state: [t if t in parent else least(t) for t in every(state)]


def _explore(search: _Search, task: Task) -> None:
    if not _go_on(search, task):
        first = search.program.initial
        search.parent[first] = None
        search.frontier = [first]
        search.weights[first] = search.states = 1  # the initial state is its own image
        search.all_hold = _together(search)
        _inspect(search, first, 0)
    while search.frontier and (search.always or search.steps or search.eventually):
        task.report(
            f"{search.count:,} states, {search.depth} steps deep, "
            f"{len(search.frontier):,} to expand"
        )
        _expand(search, task)
        if search.stopped:
            return
        search.frontier, search.found, search.expanded = search.found, [], 0
        search.depth += bool(search.frontier)
    _judge_infinite_runs(search, task)


def _judge_infinite_runs(search: _Search, task: Task) -> None:
    """Decide the claims about infinite runs, now that every reachable state is known."""
    if not search.eventually:
        return
    task.report(f"{len(search.parent):,} states, putting the steps between them into a graph")
    # scipy takes a fifth of a second to load; only claims about infinite runs need it.
    from unsay.engines.fair_graph import StateGraph

    graph = StateGraph(search.program, list(search.parent), task.budget.check)
    for name, p in list(search.eventually.items()):
        task.report(f"{len(search.parent):,} states, judging {name}")
        found = graph.nearest_against(promises(search.program.ground, p))
        del search.eventually[name]
        if found is not None:
            numbers = (*found.stem, *found.loop)
            search.broken[name] = tuple(_step(search, number) for number in numbers)
            search.loops[name] = len(found.stem)


def _expand(search: _Search, task: Task) -> None:
    """Find the states one step further than the frontier that no shorter run reaches."""
    targets, parent, found, orbits = _targets(search), search.parent, search.found, search.orbits
    rest = islice(search.frontier, search.expanded, None)
    for count, state in enumerate(rest, start=search.expanded + 1):
        if search.steps:
            _inspect_steps(search, state)
        out = targets(state)
        search.transitions += len(out) if orbits is None else len(out) * search.weights.pop(state)
        for after in out:
            if after not in parent:
                parent[after] = state
                found.append(after)
                if orbits is not None:
                    search.weights[after] = weight = orbits.size(after)
                    search.states += weight
                if search.witnesses or not search.all_hold(after):
                    _inspect(search, after, search.depth + 1)
        if count % _LOOK_EVERY == 0:
            search.stopped = task.budget.exceeded()
            _keep(search, count)
            if search.stopped:
                return
            task.report(f"{search.count:,} states, {search.depth + 1} steps deep")
    search.stopped = task.budget.exceeded()
    _keep(search, len(search.frontier))


def _keep(search: _Search, expanded: int) -> None:
    """Between two states: keep the search if it is time to, or if it ends here."""
    search.expanded = expanded
    if search.kept is None or not (search.stopped or search.kept.place.due):
        return
    about = {
        "states": search.states,
        "transitions": search.transitions,
        "depth": search.depth,
        "frontier": len(search.frontier),
        "expanded": expanded,
        "found": len(search.found),
        "witnessed": search.witnessed,
        "broken": {n: [[s.rule, *s.arguments] for s in run] for n, run in search.broken.items()},
    }
    search.kept.save(search.parent, about)


def _go_on(search: _Search, task: Task) -> bool:
    """Bring back what a checkpoint has of this search; whether it has anything."""
    if task.kept is None:
        return False
    program, orbits = search.program, search.orbits
    place = task.kept.place(Explicit.name, group_name(task.properties, task.keep()))
    images = "" if orbits is None else orbits.source
    own = layout(program.ground, sorted(program.packing.shift.items()), images)
    search.kept = Seen(place, program.packing.bits, own)
    found = search.kept.load()
    if found is None:
        return False
    try:
        _restore(search, *found)
    except (KeyError, TypeError, ValueError):
        raise place.damaged("what it says of the search makes no sense") from None
    return True


def _restore(search: _Search, parent: dict[Packed, Packed | None], about: dict[str, Any]) -> None:
    search.parent = parent
    numbers = ("states", "transitions", "depth", "expanded", "frontier", "found")
    states, transitions, depth, expanded, frontier, found = (int(about[n]) for n in numbers)
    if next(iter(parent), None) != search.program.initial or not 0 <= expanded <= frontier:
        raise ValueError("not a search of this machine")
    search.states, search.transitions = states, transitions
    search.depth, search.expanded = depth, expanded
    last = list(islice(parent, len(parent) - frontier - found, None))
    search.frontier, search.found = last[:frontier], last[frontier:]
    if search.orbits is not None:
        search.weights = {s: search.orbits.size(s) for s in last[expanded:]}
    for name, at in about["witnessed"].items():
        del search.witnesses[name]
        search.witnessed[name] = int(at)
    for name, run in about["broken"].items():
        del (search.always if name in search.always else search.steps)[name]
        search.broken[name] = tuple(Step(rule, tuple(names)) for rule, *names in run)
    search.all_hold = _together(search)


def _inspect(search: _Search, state: Packed, depth: int) -> None:
    for name, reached in list(search.witnesses.items()):
        if reached(state):
            del search.witnesses[name]
            search.witnessed[name] = depth
    for name, holds in list(search.always.items()):
        if not holds(state):
            del search.always[name]
            search.broken[name] = _path(search, state)
            search.all_hold = _together(search)


def _inspect_steps(search: _Search, state: Packed) -> None:
    out = search.program.successors(state)
    for name, holds in list(search.steps.items()):
        for action, after in out:
            if not holds(state, action, after):
                del search.steps[name]
                end = _walk(search, state)[1]
                last = next(a for a, t in search.program.successors(end) if not holds(end, a, t))
                search.broken[name] = (*_path(search, state), _step(search, last))
                break


def _together(search: _Search) -> StatePredicate:
    """All the state claims that are still open as one predicate: most states keep them all."""
    return search.program.predicate(And(tuple(search.claims[name] for name in search.always)))


def _step(search: _Search, action: int) -> Step:
    taken = search.program.actions[action]
    return Step(taken.rule.name, search.program.names(taken))


def _path(search: _Search, state: Packed) -> tuple[Step, ...]:
    """A shortest run to ``state`` or, with orbits, to an image of it."""
    return tuple(_step(search, action) for action in _walk(search, state)[0])


def _walk(search: _Search, state: Packed) -> tuple[list[int], Packed]:
    """The actions of a shortest run to ``state`` or to an image of it, and where they lead.

    The parents are walked again from the start by what can really happen: out of an image of a
    parent some step leads to an image of its child, though not always to the child itself.
    """
    backwards = [state]
    while (before := search.parent[backwards[-1]]) is not None:
        backwards.append(before)
    least = search.orbits.least if search.orbits else lambda s: s
    actions, here = [], backwards.pop()
    for child in reversed(backwards):
        action, here = next((a, t) for a, t in search.program.successors(here) if least(t) == child)
        actions.append(action)
    return actions, here


def _verdict(search: _Search, p: Property) -> Verdict:
    states, transitions, depth = search.count, search.transitions, search.depth

    def verdict(outcome: Outcome, **more: object) -> Verdict:
        return Verdict(
            p.name,
            outcome,
            "explicit",
            states=states,
            transitions=transitions,
            depth=depth,
            **more,  # type: ignore[arg-type]
        )

    if not search.parent:
        return Verdict(p.name, Outcome.UNKNOWN, "explicit", complete=False, reason=search.stopped)
    if p.name in search.broken:
        loop = search.loops.get(p.name)
        return verdict(Outcome.VIOLATED, run=search.broken[p.name], loop=loop, shortest=True)
    if not search.stopped:
        if p.name in search.witnesses:
            return verdict(Outcome.VACUOUS, reason=f"never: {p.witness_sentence}")
        return verdict(Outcome.HOLDS)
    if p.kind is PropertyKind.EVENTUALLY:
        return verdict(Outcome.UNKNOWN, complete=False, reason=search.stopped)
    # What was seen in a layer that is not finished says nothing about the layers that are.
    if search.witnessed.get(p.name, depth + 1) > depth:
        reason = f"{search.stopped} before: {p.witness_sentence}"
        return verdict(Outcome.UNKNOWN, complete=False, reason=reason)
    return verdict(Outcome.BOUNDED, complete=False, reason=search.stopped)
