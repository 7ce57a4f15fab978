"""Reachable states as a set: all at once, or layer by layer where a shortest run is wanted."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from unsay.engines.run import Step
from unsay.model.readings.compiled import Program
from unsay.model.readings.symbolic import Diagram, Symbolic, is_empty

Pause = Callable[[], None]

_TELL_EVERY = 16
"""Images between two reports."""


def reachable(reading: Symbolic, pause: Pause, report: Callable[[str], None]) -> Diagram:
    """Every reachable state.

    One action at a time, from what is known by then, until none adds anything. Those that touch
    the lowest part of the diagrams only come first, which keeps the sets in between small.

    An action is tried again only after one that touches what it touches. For let the known set S
    be closed under action b, and let action a not touch what b writes, nor the other way round.
    A new state a(s) that allows b comes from a state s that allows b, b(s) is in S and allows a,
    and b(a(s)) = a(b(s)), which is new as well: S with the image of a is closed under b.
    """
    relatives = _relatives(reading)
    first_to_last = sorted(reading.actions, key=lambda i: _rank(reading, i))
    rank = {action: i for i, action in enumerate(first_to_last)}
    waiting, queued = list(range(len(first_to_last))), dict.fromkeys(first_to_last, True)
    known = reading.initial
    tried = 0
    while waiting:
        action = first_to_last[heapq.heappop(waiting)]
        queued[action] = False
        pause()
        tried += 1
        if tried % _TELL_EVERY == 0:
            report(f"{tried:,} images taken, diagrams of {reading.sets.size:,} nodes")
        more = known | reading.image(known, action)
        if more == known:
            continue
        known = more
        for other in relatives[action]:
            if not queued[other]:
                queued[other] = True
                heapq.heappush(waiting, rank[other])
    return known


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


@dataclass
class Layers:
    """Reachable states by distance: ``layers[k]`` are those that no run shorter than k reaches."""

    reading: Symbolic
    pause: Pause

    def __post_init__(self) -> None:
        self._layers = [self.reading.initial]
        self._seen = self.reading.initial

    def first(self, wanted: Diagram) -> int | None:
        """The distance of the nearest state of ``wanted``, or None if there is none."""
        distance = 0
        while True:
            if not is_empty(self._layers[distance] & wanted):
                return distance
            distance += 1
            if distance == len(self._layers) and not self._grow():
                return None

    def _grow(self) -> bool:
        reading, found = self.reading, self.reading.sets.nothing
        for action in reading.actions:
            self.pause()
            found = found | reading.image(self._layers[-1], action)
        found = found & ~self._seen
        self._seen = self._seen | found
        if is_empty(found):
            return False
        self._layers.append(found)
        return True

    def run_to(self, wanted: Diagram) -> tuple[list[int], list[tuple[int, ...]]]:
        """A shortest run to a state of ``wanted``: action numbers, and the states on the way.

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


def as_steps(reading: Symbolic, numbers: list[int]) -> tuple[Step, ...]:
    """Action numbers as steps."""
    program = Program(reading.ground)
    actions = (program.actions[n] for n in numbers)
    return tuple(Step(a.rule.name, program.names(a)) for a in actions)
