"""Runs: the steps of a counterexample or witness, and their replay.

An engine hands over rule names and argument names, nothing else. ``replay`` executes them with
the reference reading, step by step, and judges the property afresh; what it cannot confirm is an
error of this program, never a verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unsay.engines.lasso import Lasso
from unsay.model.language import Machine, Rule, Symbol
from unsay.model.readings.reference import Reference, State
from unsay.properties import Property, PropertyKind


class ReplayError(Exception):
    """A run that the machine cannot perform, or that does not show what it should."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rule at named arguments: ``Step("deliver", ("m1.send", "singapore", "china"))``."""

    rule: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule}({', '.join(self.arguments)})"


@dataclass(frozen=True)
class Replay:
    """A run as the machine performed it.

    ``states`` has one more member than ``steps``: ``states[i]`` is the state before step ``i``
    (counted from 0). ``broken`` tells whether ``property`` fails at the end of the run: in the
    last state or, for a step property, in the last step; an eventually property, on the infinite
    run of which ``loop`` is the state at which what comes again and again begins. A loop that
    begins at the last state is empty: nothing happens any more. ``supposed`` tells that the first
    state is not the initial one but one that was supposed, which perhaps no run leads to.
    """

    machine: Machine
    steps: tuple[Step, ...]
    states: tuple[State, ...]
    property: Property | None = None
    broken: bool = False
    loop: int | None = None
    supposed: bool = False

    def rule(self, index: int) -> Rule:
        """The rule of step ``index``."""
        return self.machine.rule(self.steps[index].rule)

    def arguments(self, index: int) -> tuple[int, ...]:
        """The arguments of step ``index``, as positions in their sorts."""
        return positions(self.machine, self.steps[index])


def positions(machine: Machine, step: Step) -> tuple[int, ...]:
    """The arguments of ``step`` as positions in their sorts.

    Raises:
        ReplayError: the machine has no such rule, or no such member.
    """
    try:
        rule = machine.rule(step.rule)
    except KeyError:
        raise ReplayError(f"{step}: the design's machine has no rule {step.rule}") from None
    if len(rule.parameters) != len(step.arguments):
        raise ReplayError(f"{step}: rule {step.rule} takes {len(rule.parameters)} arguments")
    found = []
    for parameter, name in zip(rule.parameters, step.arguments, strict=True):
        members = machine.structure.members(parameter.of)
        if name not in members:
            raise ReplayError(f"{step}: the design has no {parameter.of} {name}")
        found.append(members.index(name))
    return tuple(found)


def replay(
    machine: Machine,
    steps: Sequence[Step],
    claim: Property | None = None,
    loop: int | None = None,
    start: State | None = None,
) -> Replay:
    """Perform ``steps`` from the initial state and judge ``claim`` at their end.

    Args:
        machine: What performs them.
        steps: The run; of an infinite one, up to where it begins to repeat.
        claim: The property to judge.
        loop: Of an infinite run, the state from which on it repeats (0 is the initial one).
        start: A state to begin from instead of the initial one. Nobody asks whether a run leads
            there, and the history that it does not have is not kept.

    Raises:
        ReplayError: some step is impossible where it stands; the message names the step and the
            guards that forbid it. Or the loop is none, or not a fair one.
    """
    keep: set[Symbol] = {s for s in machine.symbols if s.role == "history"}
    if start is not None:
        keep &= {symbol for symbol, _ in start}
    reference = Reference(machine, keep)
    states = [reference.initial() if start is None else start]
    for number, step in enumerate(steps, start=1):
        arguments = positions(machine, step)
        rule = machine.rule(step.rule)
        blocked = reference.blocked_by(rule, arguments, states[-1])
        if blocked:
            raise ReplayError(f"step {number}, {step}: blocked by {', '.join(blocked)}")
        states.append(reference.step(rule, arguments, states[-1]))
    if loop is not None:
        broken = _broken_for_ever(reference, claim, steps, states, loop)
    else:
        broken = claim is not None and _broken(reference, claim, steps, states)
    supposed = start is not None
    return Replay(machine, tuple(steps), tuple(states), claim, broken, loop, supposed)


def lasso_of(
    reference: Reference, steps: Sequence[Step], states: Sequence[State], loop: int
) -> Lasso:
    """The infinite run that goes through ``states[loop:]`` again and again.

    Raises:
        ReplayError: the run has no state of that number.
    """
    machine = reference.machine
    if not 0 <= loop < len(states):
        raise ReplayError(
            f"the loop begins at state {loop}, but the last state is {len(states) - 1}"
        )
    taken = [(machine.rule(s.rule), positions(machine, s)) for s in steps]
    return Lasso(reference, states, taken, loop)


def _broken_for_ever(
    reference: Reference,
    claim: Property | None,
    steps: Sequence[Step],
    states: Sequence[State],
    loop: int,
) -> bool:
    lasso = lasso_of(reference, steps, states, loop)
    if claim is not None and claim.kind is not PropertyKind.EVENTUALLY:
        raise ReplayError(f"has a loop, but {claim.name} is about finite runs")
    if fault := lasso.fault(claim):
        raise ReplayError(fault)
    return claim is not None and lasso.avoided(claim) is not None


def _broken(
    reference: Reference, claim: Property, steps: Sequence[Step], states: Sequence[State]
) -> bool:
    machine = reference.machine
    term = claim.claim(machine)
    if claim.kind is PropertyKind.EVENTUALLY:
        return False  # What has not come by the end of a finite run may come later.
    if claim.kind is PropertyKind.ALWAYS:
        return not reference.holds(term, states[-1])
    if not steps:
        return False
    last = steps[-1]
    rule, arguments = machine.rule(last.rule), positions(machine, last)
    return not reference.holds_at_step(term, states[-2], rule, arguments, states[-1])
