"""Weaving a fair loop: from a state back to itself, serving on the way every action that is owed.

Which states a loop may use was decided before: they all reach each other, and every owed action
can be served among them. What is left is to go from one thing owed to the next, nearest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from unsay.engines.fair import Owed

State = TypeVar("State")
"""A state, in whatever form the engine has it; equal states are equal."""


@dataclass(frozen=True)
class Goal(Generic[State]):
    """Where to go: a step of ``take``, or a state that forbids one of ``idle``, or ``home``."""

    take: frozenset[int] = frozenset()
    idle: frozenset[int] = frozenset()
    home: State | None = None


class Ways(Protocol[State]):
    """The states that a loop may use, and how to get about among them."""

    def possible(self, state: State) -> frozenset[int]:
        """The owed actions that can happen in ``state``."""
        ...

    def nearest(self, state: State, goal: Goal[State]) -> list[tuple[int, State]]:
        """The fewest steps (one at least) from ``state`` to the goal: each with where it leads."""
        ...


Loop = Sequence[tuple[int, State]]
"""Steps, each with the state that it leads to."""


def weave(start: State, ways: Ways[State], owed: Owed) -> list[tuple[int, State]]:
    """A fair loop from ``start`` to itself, as steps with the states that they lead to."""
    loop: list[tuple[int, State]] = []
    here = start
    while True:
        weak, strong = _open(start, loop, ways, owed)
        if not weak and not strong and loop and here == start:
            return _without_detours(start, loop, ways, owed)
        goal: Goal[State] = Goal(take=weak | strong, idle=weak)
        if not weak and not strong:
            goal = Goal(home=start)
        way = ways.nearest(here, goal)
        loop += way
        here = way[-1][1]


def _open(
    start: State, loop: Loop[State], ways: Ways[State], owed: Owed
) -> tuple[frozenset[int], frozenset[int]]:
    """The weakly and the strongly fair actions that going round ``loop`` would neglect."""
    possible = [ways.possible(s) for s in dict.fromkeys([start, *(s for _, s in loop)])]
    taken = frozenset(action for action, _ in loop)
    always = frozenset.intersection(*possible)
    sometimes = frozenset().union(*possible)
    return (always & owed.weak) - taken, (sometimes & owed.strong) - taken


def _without_detours(
    start: State, loop: list[tuple[int, State]], ways: Ways[State], owed: Owed
) -> list[tuple[int, State]]:
    """The loop without the circles within it that it can do without, longest first."""
    cut = True
    while cut:
        cut = False
        states = [start, *(s for _, s in loop)]
        circles = [
            (j - i, i, j)
            for i in range(len(states))
            for j in range(i + 1, len(states))
            if states[i] == states[j] and j - i < len(loop)
        ]
        for _, i, j in sorted(circles, reverse=True):
            shorter = [*loop[:i], *loop[j:]]
            if not any(_open(start, shorter, ways, owed)):
                loop, cut = shorter, True
                break
    return loop
