"""Runs of a fixed number of steps as constraints: the fixed-size reading, step after step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import z3

from unsay.model.language.rules import Rule
from unsay.model.language.terms import BOOL
from unsay.model.readings.smt import FixedSize, Moment, Place

Action = tuple[str, tuple[int, ...]]


@dataclass
class Unrolling:
    """Runs of a growing number of steps.

    Attributes:
        reading: The machine as constraints.
        assume: Takes each constraint.
        one_of: Takes the Booleans of one time, of which exactly one is to be true, and the time.
        states: The constants of every state so far.
        taken: The Boolean of every action at every step so far.
    """

    reading: FixedSize
    assume: Callable[[Any], None]
    one_of: Callable[[dict[Action, Any], int], None]
    states: list[dict[Place, Any]] = field(default_factory=list)
    taken: list[dict[Action, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.states.append(self.reading.constants(0))
        self.assume(self.reading.initial(self.states[0]))

    @property
    def length(self) -> int:
        """The number of steps."""
        return len(self.taken)

    def grow(self, pause: Callable[[], None] = lambda: None) -> None:
        """Runs become one step longer; ``pause`` is called between two actions."""
        time, now = self.length, self.states[-1]
        after = self.reading.constants(time + 1)
        choices: dict[Action, Any] = {}
        written: dict[Place, list[tuple[Any, Any]]] = {}
        for rule in self.reading.machine.rules:
            for arguments in self.reading.instances(rule):
                pause()
                chosen = self._choose(rule, arguments, now, time)
                if chosen is None:
                    continue
                choices[rule.name, arguments] = chosen
                for place, value in self.reading.writes(rule, arguments, now).items():
                    written.setdefault(place, []).append((chosen, value))
        for place, old in now.items():
            value = old
            for chosen, new in written.get(place, []):
                value = z3.If(chosen, new, value)
            self.assume(after[place] == value)
        self.one_of(choices, time)
        self.states.append(after)
        self.taken.append(choices)

    def _choose(self, rule: Rule, arguments: tuple[int, ...], now: Any, time: int) -> Any:
        guard = z3.simplify(self.reading.guard(rule, arguments, now))
        if z3.is_false(guard):
            return None
        chosen = self.reading.named(f"{rule.name}({','.join(map(str, arguments))})@{time}", BOOL)
        self.assume(z3.Implies(chosen, guard))
        return chosen

    def at_end(self, term: Any, *, step: bool) -> Any:
        """``term`` at the end of the run: in its last state, or of its last step."""
        if not step:
            return self.reading.value(term, {}, Moment(self.states[-1]))
        if not self.taken:
            return self.reading.constant(1, BOOL)
        moment = Moment(self.states[-2], self.states[-1], self.taken[-1])
        return self.reading.value(term, {}, moment)
