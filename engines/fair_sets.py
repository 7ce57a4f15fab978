"""Claims about infinite runs on sets of states.

Which states can be gone through for ever, fairly, without the conclusion? A set is shrunk until
each state has a step within it, and from each state each action that is owed can be served within
it (``fair_hull``). If nothing is left, no such run exists. If something is left, one does: take
states that all reach each other and reach no others. There a run can serve everything that is
owed, again and again (Emerson and Lei; Kesten, Pnueli and Raviv). That is exact, not a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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

    ``begin`` are the states with the premise from which the conclusion may never come, ``avoid``
    those without the conclusion, ``circles`` those of ``avoid`` that a fair run may go through
    for ever (and the ways between them), ``still`` those in which it may stop.
    """

    begin: Diagram
    avoid: Diagram
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
        return Part(begin & lost, avoid, circles, still)

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

    def nearest(self, parts: Iterable[Part]) -> Found:
        """Of the runs against some of ``parts`` (one at least), one with the shortest stem."""
        best: Found | None = None
        for part in parts:
            limit = len(best.stem) if best else None
            found = self._lasso(part, limit)
            if found and (best is None or _length(found) < _length(best)):
                best = found
        assert best is not None, "every part has a run against it"
        return best

    def _lasso(self, part: Part, limit: int | None) -> Found | None:
        """A run against ``part`` with the shortest stem, if that has at most ``limit`` steps."""
        ways = _Stems(self, part)
        circles = part.circles
        while limit is None or ways.depth <= limit:
            calm = self.reading.some_state(ways.bound[-1] & part.still)
            if calm is not None:
                return Found(ways.back(calm), ())
            tried: list[Found] = []
            near = ways.bound[-1] & circles
            while len(tried) < _TRIED_MAX:
                start = self.reading.some_state(near)
                if start is None:
                    break
                component, dead = self.turns.component(start, circles)
                near = near & ~dead & ~self.reading.exactly(start)
                circles = circles & ~dead
                if component is not None:
                    loop = weave(start, _Component(self, component), self.owed)
                    tried.append(Found(ways.back(start), tuple(a for a, _ in loop)))
            if tried:
                return min(tried, key=_length)
            ways.grow()
        return None


def _length(found: Found) -> tuple[int, int]:
    return len(found.stem), len(found.loop)


class _Stems:
    """States by distance: ``free`` of any promise, and ``bound`` since the premise has held."""

    def __init__(self, fair: FairSets, part: Part) -> None:
        self._fair = fair
        self._part = part
        first = fair.reading.initial
        self.free = [first]
        self.bound = [first & part.begin]
        self._seen_free, self._seen_bound = self.free[0], self.bound[0]

    @property
    def depth(self) -> int:
        """The distance of the last layer."""
        return len(self.free) - 1

    def grow(self) -> None:
        """One layer more."""
        free = self._image(self.free[-1]) & ~self._seen_free
        bound = (self._image(self.bound[-1]) & self._part.avoid) | (free & self._part.begin)
        bound = bound & ~self._seen_bound
        self._seen_free, self._seen_bound = self._seen_free | free, self._seen_bound | bound
        assert not is_empty(free) or not is_empty(bound), "what is wanted can be reached"
        self.free.append(free)
        self.bound.append(bound)

    def _image(self, before: Diagram) -> Diagram:
        reading = self._fair.reading
        found = reading.sets.nothing
        for action in range(len(reading.ground.actions)):
            self._fair.pause()
            found = found | reading.image(before, action)
        return found

    def back(self, state: Values) -> tuple[int, ...]:
        """The actions of a shortest run to ``state``, which is in the last layer of ``bound``."""
        reading = self._fair.reading
        backwards: list[int] = []
        layers, depth = self.bound, self.depth
        while True:
            here = reading.exactly(state)
            if layers is self.bound and not is_empty(self.free[depth] & self._part.begin & here):
                layers = self.free
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
