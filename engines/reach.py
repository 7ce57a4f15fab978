"""Reachable states as a set: all at once, or layer by layer where a shortest run is wanted."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from unsay.engines.run import Step
from unsay.model.readings.compiled import Program
from unsay.model.readings.ground import reads, writes
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
    count = len(reading.ground.actions)
    relatives = _relatives(reading)
    first_to_last = sorted(range(count), key=lambda i: _rank(reading, i))
    rank = {action: i for i, action in enumerate(first_to_last)}
    waiting, queued = list(range(count)), [True] * count
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


def _relatives(reading: Symbolic) -> list[list[int]]:
    """For each action, those of which one writes what the other reads or writes."""
    read = [reads(a) for a in reading.ground.actions]
    written = [writes(a) for a in reading.ground.actions]
    every = range(len(read))
    return [
        [j for j in every if written[i] & (read[j] | written[j]) or written[j] & read[i]]
        for i in every
    ]


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
        for action in range(len(reading.ground.actions)):
            self.pause()
            found = found | reading.image(self._layers[-1], action)
        found = found & ~self._seen
        self._seen = self._seen | found
        if is_empty(found):
            return False
        self._layers.append(found)
        return True

    def run_to(self, wanted: Diagram) -> tuple[list[int], tuple[int, ...]]:
        """A shortest run to a state of ``wanted``, as action numbers, and that state.

        Raises:
            ValueError: no state of ``wanted`` is reachable.
        """
        distance = self.first(wanted)
        if distance is None:
            raise ValueError("not reachable")
        reading = self.reading
        last = reading.some_state(self._layers[distance] & wanted)
        assert last is not None
        backwards: list[int] = []
        at = last
        for layer in reversed(self._layers[:distance]):
            before, action = self._one_back(layer, reading.exactly(at))
            backwards.append(action)
            at = before
        return backwards[::-1], last

    def _one_back(self, layer: Diagram, target: Diagram) -> tuple[tuple[int, ...], int]:
        for action in range(len(self.reading.ground.actions)):
            before = self.reading.some_state(self.reading.preimage(target, action) & layer)
            if before is not None:
                return before, action
        raise AssertionError("a state of a layer comes from the layer before")


def as_steps(reading: Symbolic, numbers: list[int]) -> tuple[Step, ...]:
    """Action numbers as steps."""
    program = Program(reading.ground)
    actions = (program.actions[n] for n in numbers)
    return tuple(Step(a.rule.name, program.names(a)) for a in actions)
