"""Reachable states as a set: all at once, or layer by layer where a shortest run is wanted."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator

from unsay.engines.budget import BudgetError
from unsay.engines.checkpoint import Place, layout
from unsay.engines.run import Step
from unsay.model.readings.compiled import Program
from unsay.model.readings.formulas import Formula, atoms_of, within
from unsay.model.readings.symbolic import Diagram, Symbolic, is_empty

Pause = Callable[[], None]
Path = tuple[list[int], list[tuple[int, ...]]]
"""Action numbers, and the states before, between and after them."""

_TELL_EVERY = 16
"""Images between two reports."""


class Chain:
    """What is reachable, by one action at a time, until none adds anything.

    Those that touch the lowest part of the diagrams only come first, which keeps the sets in
    between small.

    An action is tried again only after one that touches what it touches. For let the known set S
    be closed under action b, and let action a not touch what b writes, nor the other way round.
    A new state a(s) that allows b comes from a state s that allows b, b(s) is in S and allows a,
    and b(a(s)) = a(b(s)), which is new as well: S with the image of a is closed under b.

    Args:
        reading: The machine, or a slice of it.
        pause: Called before each image.
        report: Told of progress.
        recorded: Keep how each state was found, for ``path_to``.
        place: Where it is kept between two images, to go on in another process.
    """

    def __init__(
        self,
        reading: Symbolic,
        pause: Pause,
        report: Callable[[str], None],
        recorded: bool = False,
        place: Place | None = None,
    ) -> None:
        self.reading = reading
        self.known = reading.initial
        self._pause = pause
        self._report = report
        self._recorded = recorded
        self._found: list[tuple[int, Diagram]] = []  # what was known before an action, in order
        self._relatives = _relatives(reading)
        self._actions = sorted(reading.actions, key=lambda i: _rank(reading, i))
        self._turn = {action: i for i, action in enumerate(self._actions)}
        self._waiting = list(range(len(self._actions)))
        self._queued = dict.fromkeys(self._actions, True)
        self._tried = 0
        self._place = place
        if place is not None:
            self._go_on(place)

    def run(self, until: Diagram | None = None) -> bool:
        """Go on until a state of ``until`` is known, or all are; tells whether one is."""
        while until is None or is_empty(self.known & until):
            if not self._waiting:
                self._keep()
                return False
            try:
                self._pause()
            except BudgetError:
                self._keep()
                raise
            if self._place is not None and self._place.due:
                self._keep()
            self._try(self._actions[heapq.heappop(self._waiting)])
        return True

    def _keep(self) -> None:
        if self._place is None:
            return
        began = time.monotonic()
        about = {
            "layout": self._layout(),
            "waiting": self._waiting,
            "tried": self._tried,
            "found": [action for action, _ in self._found],
        }
        sets = [self.known, *(before for _, before in self._found)]
        self._place.save(about, self.reading.sets.as_bytes(sets), began)

    def _go_on(self, place: Place) -> None:
        """Bring back what was kept, if anything was.

        The actions that wait are part of what is known: an action that does not wait adds nothing.
        """
        part = place.load()
        if part is None:
            return
        if part.about.get("layout") != self._layout():
            raise place.damaged("is of other states than this design has")
        try:
            waiting = [int(i) for i in part.about["waiting"]]
            queued = {self._actions[i] for i in waiting}
            found = part.about["found"]
            known, *before = self.reading.sets.from_bytes(part.data)
            self._found = list(zip(found, before, strict=True))
            self._tried = int(part.about["tried"])
        except (KeyError, TypeError, ValueError, IndexError, OSError):
            raise place.damaged("what it says of the search makes no sense") from None
        self.known, self._waiting = known, waiting
        self._queued = {action: action in queued for action in self._actions}

    def _layout(self) -> str:
        reading = self.reading
        return layout(reading.ground, reading.places, sorted(reading.visible), self._actions)

    def _try(self, action: int) -> None:
        self._queued[action] = False
        self._tried += 1
        if self._tried % _TELL_EVERY == 0:
            size = self.reading.sets.size
            self._report(f"{self._tried:,} images taken, diagrams of {size:,} nodes")
        more = self.known | self.reading.image(self.known, action)
        if more == self.known:
            return
        if self._recorded:
            self._found.append((action, self.known))
        self.known = more
        for other in self._relatives[action]:
            if not self._queued[other]:
                self._queued[other] = True
                heapq.heappush(self._waiting, self._turn[other])

    def path_to(self, wanted: Diagram) -> Path:
        """A run, hardly ever the shortest, to a known state of ``wanted``."""
        reading = self.reading
        state = reading.some_state(self.known & wanted)
        assert state is not None
        actions: list[int] = []
        states = [state]
        last = len(self._found)
        while not is_empty(here := reading.exactly(states[-1]) & ~reading.initial):
            last = self._first_known(here, last)
            action, before = self._found[last]
            state = reading.some_state(reading.preimage(here, action) & before)
            assert state is not None
            actions.append(action)
            states.append(state)
        return actions[::-1], states[::-1]

    def _first_known(self, here: Diagram, before: int) -> int:
        """The last of the first ``before`` entries at which ``here`` was not known yet."""
        low, high = 0, before - 1
        while low < high:
            middle = (low + high + 1) // 2
            if is_empty(here & self._found[middle][1]):
                low = middle
            else:
                high = middle - 1
        return low


def reachable(
    reading: Symbolic, pause: Pause, report: Callable[[str], None], place: Place | None = None
) -> Diagram:
    """Every reachable state; kept at ``place`` on the way."""
    chain = Chain(reading, pause, report, place=place)
    chain.run()
    return chain.known


def _rank(reading: Symbolic, action: int) -> tuple[int, int]:
    first, last = reading.extent(action)
    return -first, last


def _relatives(reading: Symbolic) -> dict[int, list[int]]:
    """For each action, those of which one writes what the other reads or writes."""
    read = {a: reading.reads(a) for a in reading.actions}
    written = {a: reading.writes(a) for a in reading.actions}
    return {
        i: [j for j in read if written[i] & (read[j] | written[j]) or written[j] & read[i]]
        for i in read
    }


class TooLargeError(Exception):
    """A diagram grew past what was to be spent on it."""


class Layers:
    """Reachable states by distance: layer k has those that no run shorter than k reaches.

    Args:
        reading: The machine, or a slice of it.
        pause: Called before each image.
        nodes_max: The most nodes that a layer may have; a larger one raises ``TooLargeError``.
    """

    def __init__(self, reading: Symbolic, pause: Pause, nodes_max: int | None = None) -> None:
        self.reading = reading
        self._pause = pause
        self._nodes_max = nodes_max
        self._layers = [reading.initial]
        self._seen = reading.initial

    def first(self, wanted: Diagram, farthest: int | None = None) -> int | None:
        """The distance of the nearest state of ``wanted``; None if none is within ``farthest``."""
        distance = 0
        while farthest is None or distance <= farthest:
            if distance == len(self._layers) and not self._grow():
                return None
            if not is_empty(self._layers[distance] & wanted):
                return distance
            distance += 1
        return None

    def _grow(self) -> bool:
        reading, found = self.reading, self.reading.sets.nothing
        for action in reading.actions:
            self._pause()
            found = found | reading.image(self._layers[-1], action)
        found = found & ~self._seen
        self._seen = self._seen | found
        if is_empty(found):
            return False
        if self._nodes_max is not None and found.node_count() > self._nodes_max:
            raise TooLargeError
        self._layers.append(found)
        return True

    def path_to(self, wanted: Diagram) -> Path:
        """A shortest run to a state of ``wanted``.

        Raises:
            ValueError: no state of ``wanted`` is reachable.
        """
        distance = self.first(wanted)
        if distance is None:
            raise ValueError("not reachable")
        reading = self.reading
        last = reading.some_state(self._layers[distance] & wanted)
        assert last is not None
        actions: list[int] = []
        states = [last]
        for layer in reversed(self._layers[:distance]):
            before, action = self._one_back(layer, reading.exactly(states[-1]))
            actions.append(action)
            states.append(before)
        return actions[::-1], states[::-1]

    def _one_back(self, layer: Diagram, target: Diagram) -> tuple[tuple[int, ...], int]:
        for action in self.reading.actions:
            from_here = self.reading.preimage(target, action) & layer
            before = None if is_empty(from_here) else self.reading.some_state(from_here)
            if before is not None:
                return before, action
        raise AssertionError("a state of a layer comes from the layer before")


def breaking(
    reading: Symbolic, claim: Formula, steps: bool, pause: Pause
) -> dict[int | None, Diagram]:
    """The states, reachable or not, in which a claim is broken, seen through ``reading``.

    Under None; or, of a claim about ``steps``, under the action that breaks it from there.
    """
    if not steps:
        return {None: reading.seen(~reading.formula(claim))}
    found: dict[int, Diagram] = {}
    for numbers, left in _by_action(reading, claim):
        for action in numbers:
            pause()
            keeps = reading.step_formula(left, action)
            where = reading.seen(reading.change(action).guard & ~keeps)
            if not is_empty(where):
                found[action] = where
    return dict(sorted(found.items()))


def _by_action(reading: Symbolic, claim: Formula) -> Iterator[tuple[list[int], Formula]]:
    """The actions between which a claim makes no difference, and what it then says of them.

    Those of which it says nothing are left out: most claims about steps are about a few actions.
    """
    cell = reading.ground.grounder.action_cell
    named = list({a.values for a in atoms_of(claim) if a.cell == cell})
    alike: dict[tuple[bool, ...], list[int]] = {}
    for action in range(len(reading.ground.actions)):
        alike.setdefault(tuple(action in values for values in named), []).append(action)
    for numbers in alike.values():
        left = within(claim, {cell: frozenset(numbers)})
        if left is not True:
            yield numbers, left


def as_steps(reading: Symbolic, numbers: list[int]) -> tuple[Step, ...]:
    """Action numbers as steps."""
    program = Program(reading.ground)
    actions = (program.actions[n] for n in numbers)
    return tuple(Step(a.rule.name, program.names(a)) for a in actions)
