"""The states that a run may go through for ever and fairly: a set shrunk until it is exactly that.

Most of what cannot be gone through for ever falls to a simple remark. Some changes cannot be undone
within the set: an acknowledgement that has come, a register that only grows. A step that makes one
is on no circle. An owed action all of whose steps are such forces every run onwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import networkx

from unsay.engines.fair import Owed
from unsay.model.readings.symbolic import Diagram, Symbolic, is_empty

Steps = dict[int, Diagram]
"""For each action, the states from which its step is meant."""


@dataclass(frozen=True)
class Change:
    """From the states ``where``, an action may turn ``cell`` from ``old`` to ``new``.

    From those of ``surely`` it does. Only where a slice hides what decides are these fewer.
    """

    cell: int
    old: int
    new: int
    where: Diagram
    surely: Diagram


@dataclass
class Turns:
    """The steps that may be on a circle.

    Args:
        reading: The machine, or a slice of it. The circles of a slice are more than those of the
            machine: where none is left, the machine has none.
        owed: What a run has to treat fairly. Of a slice, only what it sees whole guards of.
        often: The actions that a run may take infinitely often.
        pause: Called now and then; what it raises ends the work.
        meant: From which states of the machine they may be taken so; wherever possible if None.
        demanded: Only circles on which each of these is taken are of interest.
    """

    reading: Symbolic
    owed: Owed
    often: frozenset[int]
    pause: Callable[[], None]
    meant: Steps | None = None
    demanded: frozenset[int] = frozenset()

    @cached_property
    def changes(self) -> dict[int, list[Change]]:
        """What each action may do to each cell that is seen."""
        return {action: list(self._changes(action)) for action in sorted(self.often)}

    def _changes(self, action: int) -> Iterator[Change]:
        self.pause()
        seen, domains, meant = self.reading.seen, self.reading.ground.domains, self._meant(action)
        for cell in sorted(self.reading.writes(action)):
            for when, new in self.reading.assigned(action, cell):
                for old in sorted(domains[cell] - {new}):
                    here = meant & self.reading.holds(cell, old)
                    where = seen(here & when)
                    if not is_empty(where):
                        yield Change(cell, old, new, where, where & ~seen(here & ~when))

    def _meant(self, action: int) -> Diagram:
        return self.guard(action) if self.meant is None else self.meant[action]

    def guard(self, action: int) -> Diagram:
        """Where the action is possible."""
        return self.reading.change(action).guard

    def within(self, inside: Diagram, steps: Steps) -> Steps:
        """Those of ``steps`` that begin and end in ``inside`` and change nothing for good."""
        return self.undone(self._staying(inside, steps))

    def begun(self, inside: Diagram, steps: Steps) -> Steps:
        """Those of ``steps`` that begin in ``inside`` and change nothing for good."""
        here = {action: inside & where for action, where in steps.items()}
        return self.undone({action: where for action, where in here.items() if not is_empty(where)})

    def _staying(self, inside: Diagram, steps: Steps) -> Steps:
        staying = {}
        for action, where in steps.items():
            self.pause()
            here = inside & where
            if not is_empty(here):
                here = here & self.reading.preimage(inside, action)
            if not is_empty(here):
                staying[action] = here
        return staying

    def undone(self, steps: Steps) -> Steps:
        """``steps`` without those that change a cell in a way that no others lead back from."""
        graphs: dict[int, networkx.DiGraph[int]] = {}
        made: list[tuple[int, Change]] = []
        for action, where in steps.items():
            for change in self.changes[action]:
                if not is_empty(where & change.where):
                    made.append((action, change))
                    graph = graphs.setdefault(change.cell, networkx.DiGraph())
                    graph.add_edge(change.old, change.new)
        left = dict(steps)
        for action, change in made:
            if not networkx.has_path(graphs[change.cell], change.new, change.old):
                left[action] = left[action] & ~change.surely
        return {action: where for action, where in left.items() if not is_empty(where)}

    def all_steps(self) -> Steps:
        """Every step that may be taken infinitely often."""
        return {action: self.reading.seen(self._meant(action)) for action in sorted(self.often)}

    def backward(self, goal: Diagram, steps: Steps) -> Diagram:
        """The states from which ``steps`` lead to ``goal``, and ``goal`` itself."""
        found, before = goal, self.reading.sets.nothing
        while found != before:
            before = found
            for action, where in steps.items():
                self.pause()
                found = found | (where & self.reading.preimage(found, action))
        return found

    def forward(self, start: Diagram, steps: Steps) -> Diagram:
        """The states to which ``steps`` lead from ``start``, and ``start`` itself."""
        found, before = start, self.reading.sets.nothing
        while found != before:
            before = found
            for action, where in steps.items():
                self.pause()
                found = found | self.reading.image(found & where, action)
        return found

    def component(self, start: tuple[int, ...], inside: Diagram) -> tuple[Diagram | None, Diagram]:
        """The fair component of ``start`` within ``inside``, or None if it is in none.

        Then the second set are states that are in none, among them ``start``; else it is empty.
        """
        here = self.reading.exactly(start)
        while True:
            steps = self.within(inside, self.all_steps())
            ahead = self.forward(here, steps)
            whole = ahead & self.backward(here, steps)
            steps = self.within(whole, self.all_steps())
            if not steps:
                return None, here
            hurried = self.reading.sets.join(
                self.guard(a) for a in sorted(self.owed.strong) if a not in steps
            )
            if not is_empty(here & hurried):
                return None, whole & hurried
            if not is_empty(whole & hurried):
                inside = whole & ~hurried
                continue
            idle = (a for a in self.owed.weak if a not in steps)
            if any(is_empty(whole & ~self.guard(a)) for a in idle):
                return None, whole
            return whole, self.reading.sets.nothing


def hull(turns: Turns, inside: Diagram) -> Diagram:
    """The states of ``inside`` that a fair run may go through for ever, and the ways between them.

    Where something is demanded, only runs that take it again and again count.

    Empty exactly if no fair run stays in ``inside`` for ever and never stops.
    """
    left, steps = inside, turns.all_steps()
    while not is_empty(left):
        before = left
        # What is cheap to ask comes first, and again after each success of what is not.
        steps = turns.begun(left, steps)
        left = _hurried(turns, left, steps)
        if left == before:
            left = _served(turns, left, steps)
        if left == before:
            steps = turns.within(left, steps)
            left = _hurried(turns, left, steps)
            if left == before and left == _served(turns, left, steps):
                return left
    return left


def _hurried(turns: Turns, left: Diagram, steps: Steps) -> Diagram:
    """``left`` without states where something owed is possible that is on no circle, or nothing."""
    sets = turns.reading.sets
    left = left & sets.join(steps.values())
    if not turns.demanded <= steps.keys():
        return sets.nothing
    for action in sorted(turns.owed.strong):
        if action not in steps:
            left = left & ~turns.guard(action)
    for action in sorted(turns.owed.weak):
        if action not in steps and is_empty(left & ~turns.guard(action)):
            return sets.nothing
    return left


def _served(turns: Turns, left: Diagram, steps: Steps) -> Diagram:
    """``left`` without states from which something owed cannot be served; the first kind found."""
    nothing = turns.reading.sets.nothing
    for action in sorted(turns.owed.any | turns.demanded):
        guard, taken = turns.guard(action), steps.get(action, nothing)
        if action in turns.demanded:
            kept = turns.backward(taken, steps)
        elif action in turns.owed.weak:
            kept = turns.backward(taken | (left & ~guard), steps)
        else:
            kept = (left & ~guard) | turns.backward(taken, steps)
        if left & kept != left:
            return left & kept
    return left
