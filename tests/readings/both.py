"""What tests of texts share: a machine under the reference reading, beside what its text says."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from tests.readings.texts import cups_subject
from unsay.model.language import Guard, Rule
from unsay.model.language.terms import TRUE
from unsay.model.readings.reference import Place, Reference
from unsay.model.readings.text.claims import Subject

Ours = Mapping[Place, int]


class Beside(ABC):
    """A subject's machine under the reference reading, to be compared with its text."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.reference = Reference(subject.machine, subject.history())

    @abstractmethod
    def differences(self, state: Ours) -> list[str]:
        """What the two readings do not agree on in ``state`` and in the steps out of it."""

    def our_steps(self, state: Ours) -> Iterator[tuple[Rule, tuple[int, ...], Ours]]:
        for rule in self.machine.rules:
            for arguments in self.reference.instances(rule):
                if not self.reference.blocked_by(rule, arguments, state):
                    yield rule, arguments, self.reference.step(rule, arguments, state)

    def everywhere(self) -> tuple[int, list[str]]:
        """The number of reachable states, and all differences in them."""
        first = self.reference.initial()
        seen, waiting, found = {tuple(first.values())}, [first], []
        while waiting:
            state = waiting.pop()
            found += self.differences(state)
            for _, _, after in self.our_steps(state):
                if tuple(after.values()) not in seen:
                    seen.add(tuple(after.values()))
                    waiting.append(after)
        return len(seen), found

    def along(self, steps: int, chance: random.Random) -> list[str]:
        """The differences along a random run."""
        state, found = self.reference.initial(), []
        for _ in range(steps):
            found += self.differences(state)
            possible = [after for _, _, after in self.our_steps(state)]
            if not possible:
                break
            state = chance.choice(possible)
        return found


CHANGES: dict[str, Callable[[Rule], Rule]] = {
    "updates turned round": lambda r: replace(r, updates=r.updates[::-1]),
    "the last update dropped": lambda r: replace(r, updates=r.updates[:-1]),
    "the guards dropped": lambda r: replace(r, guards=(Guard("any_time", TRUE),)),
    "a condition dropped": lambda r: replace(
        r, updates=tuple(replace(u, where=TRUE) for u in r.updates)
    ),
}
"""What a writer could forget of a rule."""


def with_rule(name: str, change: Callable[[Rule], Rule]) -> Subject:
    """The cups with one rule changed."""
    rules = cups_subject().machine.rules
    return cups_subject(*(change(r) if r.name == name else r for r in rules))
