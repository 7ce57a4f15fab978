"""Claims about infinite runs on sets of states.

Which states can be gone through for ever, fairly, without the conclusion? A set is shrunk until
each state has a step within it, and from each state each action that is owed can be served within
it (``fair_hull``). If nothing is left, no such run exists. If something is left, one does: take
states that all reach each other and reach no others. There a run can serve everything that is
owed, again and again (Emerson and Lei; Kesten, Pnueli and Raviv). That is exact, not a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from unsay.engines.fair import Found, Owed, recurring
from unsay.engines.fair_hull import Turns, hull
from unsay.engines.weave import Goal, weave
from unsay.model.readings.formulas import Formula, evaluate
from unsay.model.readings.symbolic import Diagram, Symbolic, is_empty

Values = tuple[int, ...]
"""A state: the values of all cells."""

_TRIED_MAX = 4
"""Of equally near states, so many are tried for the shortest loop."""


@dataclass(frozen=True)
class Part:
    """What one premise and conclusion come to.

    ``lost`` are states without the conclusion that a run may come to after the premise and from
    which the conclusion may never come; ``begin`` those of them with the premise; ``circles`` those
    that a fair run may go through for ever (and the ways between them); ``still`` those in which it
    may stop.
    """

    begin: Diagram
    lost: Diagram
    circles: Diagram
    still: Diagram


class FairSets:
    """The infinite runs of a machine, as sets of states.

    Args:
        reading: The machine.
        states: All reachable states.
        pause: Called now and then; what it raises ends the work.
    """

    def __init__(self, reading: Symbolic, states: Diagram, pause: Callable[[], None]) -> None:
        self.reading = reading
        self.states = states
        self.pause = pause
        self.owed = Owed.by(reading.ground)
        self.turns = Turns(reading, self.owed, recurring(reading.ground), pause)

    @cached_property
    def _restless(self) -> Diagram:
        """The states in which a run may not stop: something owed is possible."""
        guards = (self.reading.change(a).guard for a in sorted(self.owed.any))
        return self.reading.sets.join(guards)

    @cached_property
    def _circles(self) -> Diagram:
        """The states that a fair run may go through for ever, whatever is asked of it."""
        return hull(self.turns, self.states)

    def against(self, premise: Formula, conclusion: Formula) -> Part | None:
        """Where "premise leads to conclusion" can be broken; None if nowhere."""
        reading = self.reading
        avoid = self.states & ~reading.formula(conclusion)
        begin = avoid & reading.formula(premise)
        if is_empty(begin):
            return None
        circles, still = hull(self.turns, avoid & self._circles), avoid & ~self._restless
        if is_empty(circles) and is_empty(still):
            return None
        within_reach = self._closure(begin, avoid, reading.image)
        circles, still = hull(self.turns, circles & within_reach), still & within_reach
        if is_empty(circles) and is_empty(still):
            return None
        lost = self._closure(circles | still, within_reach, reading.preimage)
        return Part(begin & lost, lost, circles, still)

    def step(self, before: Diagram) -> Diagram:
        """The states that are one step, of any action, after ``before``."""
        found = self.reading.sets.nothing
        for action in range(len(self.reading.ground.actions)):
            self.pause()
            found = found | self.reading.image(before, action)
        return found

    def _closure(
        self, start: Diagram, inside: Diagram, move: Callable[[Diagram, int], Diagram]
    ) -> Diagram:
        """What repeated moves, of any action, make of ``start`` within ``inside``."""
        found, before = start, self.reading.sets.nothing
        while found != before:
            before = found
            for action in range(len(self.reading.ground.actions)):
                self.pause()
                found = found | (move(found, action) & inside)
        return found

    def nearest(self, parts: Sequence[Part]) -> Found:
        """Of the runs against some of ``parts`` (one at least), one with the shortest stem."""
        free = _Free(self)
        searches = [_Search(self, part, free) for part in parts]
        while True:
            found = [run for search in searches if (run := search.run_to_last_layer())]
            if found:
                return min(found, key=lambda run: len(run.loop))
            free.grow()
            for search in searches:
                search.grow()
            alive = not is_empty(free.layers[-1]) or any(search.goes_on for search in searches)
            assert alive, "what the hull leaves is gone round by some fair run"


class _Free:
    """Reachable states by distance."""

    def __init__(self, fair: FairSets) -> None:
        self._fair = fair
        self.layers = [fair.reading.initial]
        self._seen = fair.reading.initial

    def grow(self) -> None:
        """One layer more."""
        layer = self._fair.step(self.layers[-1]) & ~self._seen
        self._seen = self._seen | layer
        self.layers.append(layer)


class _Search:
    """For a run against one part: states by distance, since the premise has held (``_bound``).

    Only states from which the conclusion may never come are kept.
    """

    def __init__(self, fair: FairSets, part: Part, free: _Free) -> None:
        self._fair = fair
        self._part = part
        self._free = free
        self._circles = part.circles
        self._bound = [free.layers[0] & part.begin]
        self._seen = self._bound[0]

    @property
    def goes_on(self) -> bool:
        """Whether there are states in the last layer."""
        return not is_empty(self._bound[-1])

    def grow(self) -> None:
        """One layer more, as there is one more of free states."""
        layer = self._fair.step(self._bound[-1]) & self._part.lost
        layer = (layer | (self._free.layers[-1] & self._part.begin)) & ~self._seen
        self._seen = self._seen | layer
        self._bound.append(layer)

    def run_to_last_layer(self) -> Found | None:
        """A run that begins to repeat in the last layer, with the shortest loop that was tried."""
        reading, turns = self._fair.reading, self._fair.turns
        calm = reading.some_state(self._bound[-1] & self._part.still)
        if calm is not None:
            return Found(self._back(calm), ())
        tried: list[Found] = []
        near = self._bound[-1] & self._circles
        while len(tried) < _TRIED_MAX:
            start = reading.some_state(near)
            if start is None:
                break
            component, dead = turns.component(start, self._circles)
            near = near & ~dead & ~reading.exactly(start)
            self._circles = self._circles & ~dead
            if component is not None:
                loop = weave(start, _Component(self._fair, component), self._fair.owed)
                tried.append(Found(self._back(start), tuple(a for a, _ in loop)))
        return min(tried, key=lambda run: len(run.loop), default=None)

    def _back(self, state: Values) -> tuple[int, ...]:
        """The actions of a shortest run to ``state``, which is in the last layer."""
        reading = self._fair.reading
        backwards: list[int] = []
        layers, depth = self._bound, len(self._bound) - 1
        while True:
            here = reading.exactly(state)
            if not is_empty(self._free.layers[depth] & self._part.begin & here):
                layers = self._free.layers
            if depth == 0:
                return tuple(reversed(backwards))
            depth -= 1
            for action in range(len(reading.ground.actions)):
                before = reading.some_state(reading.preimage(here, action) & layers[depth])
                if before is not None:
                    backwards.append(action)
                    state = before
                    break
            else:
                raise AssertionError("a state of a layer comes from the layer before")


@dataclass(frozen=True)
class _Component:
    """States that all reach each other, to weave a loop in (``weave.Ways``)."""

    fair: FairSets
    states: Diagram

    def possible(self, state: Values) -> frozenset[int]:
        """See ``Ways.possible``."""
        actions = self.fair.reading.ground.actions
        values = state.__getitem__
        return frozenset(a for a in self.fair.owed.any if evaluate(actions[a].guard, values))

    def nearest(self, state: Values, goal: Goal[Values]) -> list[tuple[int, Values]]:
        """See ``Ways.nearest``."""
        reading = self.fair.reading
        layers = [reading.exactly(state)]
        seen = layers[0]
        while True:
            self.fair.pause()
            fresh = reading.sets.nothing
            for action in sorted(self.fair.turns.often):
                after = reading.image(layers[-1], action) & self.states
                if is_empty(after):
                    continue
                last = reading.some_state(after & self._wanted(action, goal))
                if last is not None:
                    return self._back(layers, action, last)
                fresh = fresh | after
            layers.append(fresh & ~seen)
            seen = seen | fresh
            assert not is_empty(layers[-1]), "the states of a component reach each other"

    def _wanted(self, action: int, goal: Goal[Values]) -> Diagram:
        """The states at which a step of ``action`` has reached the goal."""
        reading = self.fair.reading
        if goal.home is not None:
            return reading.exactly(goal.home)
        if action in goal.take:
            return reading.sets.everything
        return reading.sets.join(~reading.change(a).guard for a in goal.idle)

    def _back(self, layers: list[Diagram], action: int, last: Values) -> list[tuple[int, Values]]:
        reading = self.fair.reading
        steps = [(action, last)]
        before = reading.some_state(reading.preimage(reading.exactly(last), action) & layers[-1])
        for layer in reversed(layers[:-1]):
            assert before is not None
            target = reading.exactly(before)
            number, found = next(
                (a, s)
                for a in sorted(self.fair.turns.often)
                if (s := reading.some_state(reading.preimage(target, a) & layer)) is not None
            )
            steps.append((number, before))
            before = found
        return steps[::-1]
