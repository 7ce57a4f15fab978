"""Lassos: a run whose last states are gone through for ever, and what makes one count.

An infinite run is told by its steps and by where its loop begins. An empty loop stands for a run
in which nothing happens any more. This is judged by the reference reading, on the states that the
replay performed: what an engine believes of its own lasso does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unsay.model.language import Fairness, Rule, Symbol, Term
from unsay.model.language.rules import Obligation
from unsay.model.readings.reference import Environment, Moment, Reference, State
from unsay.properties import Property

Taken = tuple[Rule, tuple[int, ...]]
"""A step: a rule at arguments."""


@dataclass(frozen=True)
class Avoided:
    """A part of a claim: its premise held and its conclusion never came, for these values."""

    part: Obligation
    values: Environment


@dataclass(frozen=True)
class Lasso:
    """An infinite run: ``steps``, and from state ``loop`` on the same steps again and again.

    ``states`` has one more member than ``steps``.
    """

    reference: Reference
    states: Sequence[State]
    steps: Sequence[Taken]
    loop: int

    @property
    def again(self) -> Sequence[State]:
        """The states that come again and again; a single one where nothing happens any more."""
        return self.states[self.loop : -1] or self.states[-1:]

    @property
    def taken(self) -> Sequence[Taken]:
        """The steps that are taken again and again."""
        return self.steps[self.loop :]

    def fault(self, claim: Property | None) -> str:
        """Why this is no run that counts, in words; empty if it is one.

        Args:
            claim: The property in question: of the history, only what it reads must recur.
        """
        machine = self.reference.machine
        for rule, _ in self.taken:
            if not machine.may_recur(rule):
                return f"the fault {rule.name} is in the loop, and faults end at some time"
        for symbol, place in self._differing(claim):
            inside = ", ".join(
                machine.structure.members(sort)[i]
                for sort, i in zip(symbol.arguments, place, strict=True)
            )
            return f"the loop does not close: {symbol}[{inside}] differs at its two ends"
        return next((self._told(rule, arguments) for rule, arguments in self._neglected()), "")

    def _differing(self, claim: Property | None) -> Iterator[tuple[Symbol, tuple[int, ...]]]:
        read = claim.reads(self.reference.machine) if claim else set()
        first, last = self.states[self.loop], self.states[-1]
        for (symbol, place), value in first.items():
            if (symbol.role == "state" or symbol in read) and last[symbol, place] != value:
                yield symbol, place

    def _neglected(self) -> Iterator[Taken]:
        """The actions that this run does not treat as fairly as their rules ask."""
        done = {(rule.name, arguments) for rule, arguments in self.taken}
        for rule in self.reference.machine.rules:
            if rule.fairness is Fairness.NONE:
                continue
            enough = all if rule.fairness is Fairness.WEAK else any
            for arguments in self.reference.instances(rule):
                if (rule.name, arguments) in done:
                    continue
                if enough(not self.reference.blocked_by(rule, arguments, s) for s in self.again):
                    yield rule, arguments

    def _told(self, rule: Rule, arguments: tuple[int, ...]) -> str:
        members = self.reference.structure.members
        names = ", ".join(members(p.of)[i] for p, i in zip(rule.parameters, arguments, strict=True))
        often = "all the time" if rule.fairness is Fairness.WEAK else "again and again"
        return f"it is not fair: {rule.name}({names}) is possible {often} and never happens"

    def avoided(self, claim: Property) -> Avoided | None:
        """Which conclusion of the claim never comes although its premise held; None if all come."""
        for part in claim.obligations(self.reference.machine):
            for env in self.reference.scope(part.variables, {}):
                came = self._held(part.conclusion, env)
                if any(came[self.loop :]):
                    continue
                # After the last time that the conclusion held, a premise is one too many.
                since = max((i + 1 for i, held in enumerate(came) if held), default=0)
                if any(self._held(part.premise, env)[since:]):
                    return Avoided(part, env)
        return None

    def _held(self, term: Term, env: Environment) -> list[bool]:
        """In which states ``term`` holds."""
        return [bool(self.reference.value(term, env, Moment(s))) for s in self.states]
