"""Does every fair run come to a standstill? Decided on what a run does for ever, part by part.

A run that never ends takes, from some time on, only steps that it takes again and again. Changes of
a cell are then undone again and again, so a change that no others lead back from is not among
them. That rules most steps out without a look at any reachable state.

What is left is looked at through slices. Seen through a slice, the run goes round states of the
slice for ever, takes the steps that are left or stays where it is, and is fair to the actions whose
guards the slice sees whole. If no such round takes a certain action, no fair run takes that action
for ever, whatever the slice sees. What it sees only decides whether that is found out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from unsay.engines.fair import Owed, recurring
from unsay.engines.fair_hull import Steps, Turns, hull
from unsay.engines.lifting import false_atoms
from unsay.engines.pieces import Symmetry
from unsay.engines.reach import reachable
from unsay.model.readings.formulas import cells_of
from unsay.model.readings.ground import conditions
from unsay.model.readings.symbolic import Diagram, Symbolic, is_empty

_BITS_MAX = 64
"""A slice of more bits is not looked at: then it is not known whether runs settle."""

_FAILURES_MAX = 3
"""After so many actions that may go on for ever, for all that is found out, no more are tried."""

Cells = frozenset[int]


@dataclass
class Settling:
    """What a run may do for ever.

    Args:
        whole: The machine as sets of states.
        symmetry: Its symmetries.
        pause: Called between two pieces of work; what it raises ends the work.
        report: Told of progress.

    Attributes:
        slices: Slices that were needed.
        states: The reachable states of the largest of them.
    """

    whole: Symbolic
    symmetry: Symmetry
    pause: Callable[[], None]
    report: Callable[[str], None]
    slices: int = field(default=0, init=False)
    states: int = field(default=0, init=False)

    @cached_property
    def settled(self) -> bool:
        """Whether every fair run is known to come to where nothing owed is possible, and stop."""
        self.report("looking for what may go on for ever")
        grounded = self.whole.ground
        turns = Turns(self.whole, Owed.by(grounded), recurring(grounded), self.pause)
        left = _Left(turns, turns.all_steps()).without(frozenset())
        failed: set[int] = set()
        while waiting := sorted(left.steps.keys() - failed):
            ended = self._ended(left, waiting[0])
            if ended:
                left = left.without(ended)
                failed.clear()
            else:
                failed |= self.symmetry.action_images({waiting[0]})
                if len(failed) > _FAILURES_MAX:
                    return False
        return not left.steps

    def _ended(self, left: _Left, action: int) -> Cells:
        """``action`` and others that no fair run takes for ever; empty if that is not known."""
        sight = left.first_sight(action)
        while self._bits(sight) <= _BITS_MAX:
            self.report(f"looking for what may go on for ever, through {len(sight)} cells")
            view = _View(left, sight, self.pause)
            rounds = view.rounds(action)
            if is_empty(rounds):
                self.slices += 1
                self.states = max(self.states, view.reading.count(view.states))
                also = {a for a in sorted(view.often) if is_empty(view.rounds(a))}
                return self.symmetry.action_images({action} | also)
            wider = left.wider(sight)
            if wider == sight:
                wider = left.unblocking(sight, view.example(rounds))
            if wider == sight:
                break
            sight = wider
        return frozenset()

    def _bits(self, sight: Cells) -> int:
        domains = self.whole.ground.domains
        return sum((len(domains[c]) - 1).bit_length() for c in sight)


@dataclass(frozen=True)
class _Left:
    """The steps that a fair run may take for ever, for all that is known."""

    turns: Turns
    steps: Steps

    def without(self, ended: Cells) -> _Left:
        """What is left when these actions are not taken for ever."""
        steps = {a: where for a, where in self.steps.items() if a not in ended}
        before: Steps = {}
        while steps != before:
            before, steps = steps, self.turns.undone(steps)
        return _Left(self.turns, steps)

    @cached_property
    def guards(self) -> list[Cells]:
        """What each action's guard looks at."""
        return [frozenset(cells_of(a.guard)) for a in self.turns.reading.ground.actions]

    @cached_property
    def changed(self) -> dict[int, Cells]:
        """The cells that each action may change for ever."""
        changes = self.turns.changes
        return {
            a: frozenset(c.cell for c in changes[a] if not is_empty(where & c.where))
            for a, where in self.steps.items()
        }

    @cached_property
    def restless(self) -> Cells:
        """The cells that may change for ever. All others keep their values from some time on."""
        return frozenset().union(*self.changed.values())

    def _asked(self, action: int, cells: Cells) -> set[int]:
        """What decides what the action makes of ``cells``."""
        options = self.turns.reading.ground.actions[action].assignments
        return conditions({c: options[c] for c in cells if c in options})

    # What a slice should see. Only whether something is found out hangs on it.

    def first_sight(self, action: int) -> Cells:
        """What bears on the action at first sight."""
        return self.guards[action] | self.changed[action]

    def wider(self, sight: Cells) -> Cells:
        """Also what may change what is seen, and what is owed because of what changes."""
        found, moving, resting = set(sight), sight & self.restless, sight - self.restless
        for action in self.steps:
            if mine := self.changed[action] & sight:
                found |= self.guards[action] | self._asked(action, mine)
        for action in self.turns.owed.any:
            if self.guards[action] & moving:
                found |= self.guards[action] | self.changed.get(action, frozenset())
        for action in range(len(self.guards)):
            found |= self._asked(action, resting)
        return frozenset(found)

    def unblocking(self, sight: Cells, values: tuple[int, ...]) -> Cells:
        """Also what is owed that may make possible what in a state, for ever, is not."""
        actions = self.turns.reading.ground.actions
        blocking: set[int] = set()
        for action in self.turns.owed.any:
            if self.guards[action] <= sight:
                blocking |= false_atoms(actions[action].guard, values)
        found = set(sight)
        for action in self.turns.owed.any:
            if mine := blocking & actions[action].assignments.keys() - self.restless:
                found |= self.guards[action] | self._asked(action, frozenset(mine))
        return frozenset(found)


class _View:
    """What is left, through a slice. It goes round whatever the machine goes round, and more.

    A step is taken where it is meant for some values of what is not seen, and may then do whatever
    the action does for some values of that. Steps that change nothing that is seen are left out,
    unless they are what is asked for or owed: they leave the slice where it is.
    """

    def __init__(self, left: _Left, sight: Cells, pause: Callable[[], None]) -> None:
        self.reading = left.turns.reading.slice(sight)
        self._left = left
        self._pause = pause
        seen = frozenset(a for a, guard in enumerate(left.guards) if guard <= self.reading.visible)
        owed = left.turns.owed
        self._owed = Owed(owed.weak & seen, owed.strong & seen)
        self.often = frozenset(left.steps.keys() & (set(self.reading.actions) | self._owed.any))

    @cached_property
    def states(self) -> Diagram:
        """What is reachable in the slice: every state of the machine, seen so, is among them."""
        return reachable(self.reading, self._pause, lambda line: None)

    def rounds(self, action: int) -> Diagram:
        """The states that some fair run goes round, taking ``action`` for ever."""
        turns = Turns(
            self.reading,
            self._owed,
            self.often | {action},
            self._pause,
            self._left.steps,
            frozenset([action]),
        )
        return hull(turns, self.states)

    def example(self, rounds: Diagram) -> tuple[int, ...]:
        """One of the states."""
        state = self.reading.some_state(rounds)
        assert state is not None, "it was asked whether there is one"
        return state
