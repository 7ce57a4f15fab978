"""Claims about infinite runs on a graph of all reachable states, by strongly connected components.

A run against "premise leads to conclusion" comes to a state with the premise, and from there goes
on for ever without the conclusion. If it never stops moving, the states that it comes to again and
again reach each other: they lie in one component of the states without the conclusion. So these
are what is looked for, and those that cannot be gone round fairly are taken apart (Streett).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from unsay.engines.fair import Found, Owed, recurring
from unsay.engines.weave import Goal, weave
from unsay.model.readings.compiled import Packed, Program
from unsay.model.readings.formulas import Formula

Mask = Any
"""A numpy array with a truth for each state, or for each step."""

_LOOK_EVERY = 8192
_TRIED_MAX = 8
"""Of equally near states, so many are tried for the shortest loop."""


@dataclass
class StateGraph:
    """Every reachable state, numbered in the order of ``states``, and every step between them.

    Args:
        program: The machine.
        states: All reachable states, the initial one first.
        pause: Called now and then; what it raises ends the work.
    """

    program: Program
    states: list[Packed]
    pause: Callable[[], None]
    source: Any = field(init=False)
    target: Any = field(init=False)
    action: Any = field(init=False)

    def __post_init__(self) -> None:
        number = {state: i for i, state in enumerate(self.states)}
        source, target, action = array("i"), array("i"), array("i")
        successors = self.program.successors
        for i, state in enumerate(self.states):
            for a, after in successors(state):
                source.append(i)
                target.append(number[after])
                action.append(a)
            if i % _LOOK_EVERY == 0:
                self.pause()
        self.number = number
        self.source, self.target, self.action = (
            numpy.frombuffer(part, dtype=numpy.int32) if part else numpy.zeros(0, numpy.int32)
            for part in (source, target, action)
        )
        self.owed = Owed.by(self.program.ground)
        self.often = recurring(self.program.ground)
        actions = range(len(self.program.actions))
        self.recurs: Mask = numpy.array([a in self.often for a in actions], dtype=bool)[self.action]
        owed = numpy.array([a in self.owed.any for a in actions], dtype=bool)[self.action]
        self.restless: Mask = numpy.zeros(len(self.states), dtype=bool)
        """The states in which a run may not stop: something owed is possible."""
        self.restless[self.source[owed]] = True
        order = numpy.argsort(self.action, kind="stable")
        ends = numpy.searchsorted(self.action[order], numpy.arange(len(actions) + 1))
        self.steps_of: list[Any] = [order[ends[a] : ends[a + 1]] for a in actions]
        """For each action, the steps that it makes."""

    def where(self, formula: Formula) -> Mask:
        """The states in which ``formula`` holds."""
        holds = self.program.test(formula)
        found = numpy.zeros(len(self.states), dtype=bool)
        for i, state in enumerate(self.states):
            found[i] = holds(state)
        self.pause()
        return found

    def nearest_against(self, parts: Iterable[tuple[Formula, Formula]]) -> Found | None:
        """Of the runs against one of ``parts``, one with the shortest stem; None if none is."""
        found = (self.against(premise, conclusion) for premise, conclusion in parts)
        return min(filter(None, found), key=lambda f: (len(f.stem), len(f.loop)), default=None)

    def against(self, premise: Formula, conclusion: Formula) -> Found | None:
        """A run with the shortest stem against "premise leads to conclusion", or None."""
        avoid = ~self.where(conclusion)
        begin = avoid & self.where(premise)
        if not begin.any():
            return None
        within_reach = self._from(begin, avoid)
        labels = self._fair(within_reach)
        still = within_reach & ~self.restless
        wanted = still | (labels >= 0)
        if not wanted.any():
            return None
        numbers, ends = self._way(begin, avoid, wanted)
        calm = [end for end in ends if still[end]]
        if calm:
            return Found(tuple(numbers(calm[0])), ())
        tried = []
        for end in ends[:_TRIED_MAX]:
            ways = _Component(self, labels, int(labels[end]))
            loop = weave(self.states[end], ways, self.owed)
            tried.append((len(loop), end, tuple(a for a, _ in loop)))
        _, end, actions = min(tried)
        return Found(tuple(numbers(end)), actions)

    def _from(self, begin: Mask, inside: Mask) -> Mask:
        """The states that can be reached from ``begin`` through ``inside``."""
        seen = begin.copy()
        source, target = self._within(inside, numpy.ones(len(self.source), dtype=bool))
        grown = True
        while grown:
            self.pause()
            fresh = target[seen[source] & ~seen[target]]
            seen[fresh] = True
            grown = len(fresh) > 0
        return seen

    def _within(self, inside: Mask, which: Mask) -> tuple[Any, Any]:
        chosen = which & inside[self.source] & inside[self.target]
        return self.source[chosen], self.target[chosen]

    def _fair(self, alive: Mask) -> Any:
        """For each state the number of its fair component, or -1 if it is in none.

        Components are found; what cannot be in a fair one is dropped; until nothing is. Of a
        component in which a weakly fair action is possible everywhere and never taken, nothing
        remains: of any part of it the same is true. Of one in which a strongly fair action is
        possible somewhere and never taken, the states remain in which it is not possible.
        """
        alive = alive.copy()
        while True:
            self.pause()
            labels, inner = self._components(alive)
            lively = numpy.zeros(len(self.states) + 1, dtype=bool)
            lively[labels[self.source[inner]]] = True
            left = alive & lively[labels]
            sizes = numpy.bincount(labels[left], minlength=len(lively))
            for action in sorted(self.owed.any):
                steps = self.steps_of[action]
                taken = numpy.zeros(len(lively), dtype=bool)
                taken[labels[self.source[steps[inner[steps]]]]] = True
                possible = numpy.zeros(len(self.states), dtype=bool)
                possible[self.source[steps]] = True
                if action in self.owed.strong:
                    left &= ~(possible & ~taken[labels])
                else:
                    count = numpy.bincount(labels[alive & possible], minlength=len(lively))
                    neglected = (count == sizes) & (sizes > 0) & ~taken
                    left &= ~neglected[labels]
            if (left == alive).all():
                return numpy.where(alive, labels, -1)
            alive = left

    def _components(self, alive: Mask) -> tuple[Any, Mask]:
        """The component of each state that is alive, and which steps stay within one.

        States that are not alive get the one number that no component has.
        """
        chosen = numpy.flatnonzero(alive)
        place = numpy.full(len(self.states), -1, dtype=numpy.int32)
        place[chosen] = numpy.arange(len(chosen), dtype=numpy.int32)
        usable = self.recurs & alive[self.source] & alive[self.target]
        ends = place[self.source[usable]], place[self.target[usable]]
        ones = numpy.ones(len(ends[0]), dtype=numpy.int8)
        graph = coo_array((ones, ends), shape=(len(chosen), len(chosen))).tocsr()
        _, found = connected_components(graph, connection="strong")
        labels = numpy.full(len(self.states), len(self.states), dtype=numpy.int64)
        labels[chosen] = found
        inner = usable & (labels[self.source] == labels[self.target])
        return labels, inner

    def _way(
        self, begin: Mask, inside: Mask, wanted: Mask
    ) -> tuple[Callable[[int], list[int]], list[int]]:
        """The nearest states of ``wanted``, by runs that come to ``begin`` and then stay inside.

        Gives them after a function that tells the actions of a shortest such run to each.
        """
        size = len(self.states)
        came = numpy.full(2 * size, -1, dtype=numpy.int64)
        """For each state, before and after ``begin`` was reached, the step that led there."""
        seen = numpy.zeros(2 * size, dtype=bool)
        offsets = numpy.searchsorted(self.source, numpy.arange(size + 1))
        layer = [0]
        seen[0] = True
        while layer:
            self.pause()
            for node in list(layer):
                # The premise holds here: the same state counts as one from where to avoid.
                if node < size and begin[node] and not seen[node + size]:
                    seen[node + size] = True
                    came[node + size] = -2
                    layer.append(node + size)
            ends = sorted(n - size for n in layer if n >= size and wanted[n - size])
            if ends:
                return (lambda end: self._back(came, end + size)), ends
            following = []
            for node in layer:
                shift = size if node >= size else 0
                for step in range(offsets[node - shift], offsets[node - shift + 1]):
                    after = int(self.target[step]) + shift
                    if not seen[after] and (not shift or inside[after - shift]):
                        seen[after] = True
                        came[after] = step
                        following.append(after)
            layer = following
        raise AssertionError("every state that is wanted can be reached")

    def _back(self, came: Any, node: int) -> list[int]:
        size = len(self.states)
        backwards = []
        while node:
            step = int(came[node])
            if step == -2:
                node -= size
                continue
            backwards.append(int(self.action[step]))
            node = int(self.source[step]) + (size if node >= size else 0)
        return backwards[::-1]


@dataclass(frozen=True)
class _Component:
    """The states of one fair component, to weave a loop in (``weave.Ways``)."""

    graph: StateGraph
    labels: Any
    label: int

    def possible(self, state: Packed) -> frozenset[int]:
        """See ``Ways.possible``."""
        found = (a for a, _ in self.graph.program.successors(state))
        return frozenset(found) & self.graph.owed.any

    def nearest(self, state: Packed, goal: Goal[Packed]) -> list[tuple[int, Packed]]:
        """See ``Ways.nearest``."""
        came: dict[Packed, tuple[Packed, int]] = {}
        layer = [state]
        while layer:
            following = []
            for here in layer:
                for action, after in self._steps(here):
                    if self._reached(action, after, goal):
                        return [*self._back(came, state, here), (action, after)]
                    if after not in came and after != state:
                        came[after] = (here, action)
                        following.append(after)
            layer = following
        raise AssertionError("the states of a component reach each other")

    def _steps(self, here: Packed) -> list[tuple[int, Packed]]:
        number, labels = self.graph.number, self.labels
        return [
            (a, t)
            for a, t in self.graph.program.successors(here)
            if labels[number[t]] == self.label and a in self.graph.often
        ]

    def _reached(self, action: int, after: Packed, goal: Goal[Packed]) -> bool:
        if goal.home is not None:
            return after == goal.home
        return action in goal.take or not goal.idle <= self.possible(after)

    def _back(
        self, came: dict[Packed, tuple[Packed, int]], start: Packed, here: Packed
    ) -> list[tuple[int, Packed]]:
        backwards = []
        while here != start:
            before, action = came[here]
            backwards.append((action, here))
            here = before
        return backwards[::-1]
