"""Transits: what was in flight during a run, from where to where, and how it ended.

Everything is read off the states and off the rules as data. A cell of a flow table that turns
true is a departure; one that turns false is an end. No rule is known here by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from unsay.engines.run import Replay
from unsay.model.language import Flow, Kind, Rule, Symbol, Term
from unsay.model.language.terms import And, Read, Variable, free_variables, walk
from unsay.model.readings.reference import Moment, Reference
from unsay.traces.lanes import Lane

Place = tuple[int, ...]
LaneAt = Mapping[tuple[str, int], Lane]


class Outcome(Enum):
    """How one leg of a copy's way ended."""

    RECEIVED = "received"
    DUPLICATED = "duplicated"
    """Received, while another copy stayed in flight."""
    LOST = "lost"
    IN_FLIGHT = "in flight"
    """Still under way when the run ends."""


@dataclass(frozen=True)
class Transit:
    """One arrow: a copy on its way. Events are counted from 1; 0 is before the first.

    ``arrived`` is the event that received or lost it, ``None`` if none did. ``copy`` is 1 unless
    the copy was left over by a duplication.
    """

    flow: Symbol
    carries: str
    command: int
    source: Lane
    target: Lane
    departed: int
    arrived: int | None
    outcome: Outcome
    copy: int = 1


def transits(replay: Replay, lanes: LaneAt) -> tuple[Transit, ...]:
    """Every transit of the run, in the order of departure; ``lanes`` by sort name and position."""
    reference = Reference(replay.machine)
    found: list[Transit] = []
    for flow in replay.machine.flows:
        for place in _moved(replay, flow.symbol):
            found += _Track(replay, reference, lanes, flow, place).transits()
    flows = [f.symbol.name for f in replay.machine.flows]
    end = len(replay.steps) + 1
    found.sort(key=lambda t: (t.departed, t.arrived or end, flows.index(t.flow.name), t.command))
    return tuple(found)


def _moved(replay: Replay, symbol: Symbol) -> list[Place]:
    """The cells of a flow table in which something is in flight at some time."""
    cells = replay.machine.structure.cells(symbol)
    return [p for p in cells if any(state[symbol, p] for state in replay.states)]


@dataclass
class _Track:
    """One cell of a flow table over the whole run."""

    replay: Replay
    reference: Reference
    lanes: LaneAt
    flow: Flow
    place: Place

    def transits(self) -> Iterator[Transit]:
        states, symbol = self.replay.states, self.flow.symbol
        departed = 0 if states[0][symbol, self.place] else None
        copy = 1
        for number in range(1, len(states)):
            before, after = (bool(states[i][symbol, self.place]) for i in (number - 1, number))
            if after and not before:
                departed, copy = number, 1
            elif before and departed is not None:
                if not after:
                    yield self._transit(departed, number, self._end(number), copy)
                    departed = None
                elif self._duplicates(number):
                    yield self._transit(departed, number, Outcome.DUPLICATED, copy)
                    copy += 1
        if departed is not None:
            yield self._transit(departed, None, Outcome.IN_FLIGHT, copy)

    def _transit(self, departed: int, arrived: int | None, outcome: Outcome, copy: int) -> Transit:
        command = self._value(self.flow.carries, departed)
        name = self.replay.machine.structure.members(self.flow.carries.sort)[command]
        source = self._lane(self.flow.source, departed)
        target = self._lane(self.flow.target, departed)
        return Transit(
            self.flow.symbol, name, command, source, target, departed, arrived, outcome, copy
        )

    def _value(self, term: Term, number: int) -> int:
        env = dict(zip(self.flow.variables, self.place, strict=True))
        return self.reference.value(term, env, Moment(self.replay.states[number]))

    def _lane(self, term: Term, number: int) -> Lane:
        return self.lanes[term.sort.name, self._value(term, number)]

    def _at_target(self, number: int) -> bool:
        """Whether event ``number`` happens on the lane that the copy is bound for."""
        rule, arguments = self.replay.rule(number - 1), self.replay.arguments(number - 1)
        here = next(
            (p.of.name, a)
            for p, a in zip(rule.parameters, arguments, strict=True)
            if p.name == rule.at
        )
        target = self._lane(self.flow.target, number - 1)
        return here == (target.sort.name, target.position)

    def _end(self, number: int) -> Outcome:
        """Received if the target took it: a rule there, no fault, that looks for what flies.

        A rule at the target that clears the table without ever looking at it (a device that is
        wiped) discards copies, and so does any fault.
        """
        rule = self.replay.rule(number - 1)
        looks = any(
            isinstance(t, Read) and t.symbol == self.flow.symbol
            for guard in rule.guards
            for t in walk(guard.condition)
        )
        taken = looks and rule.kind is not Kind.FAULT and self._at_target(number)
        return Outcome.RECEIVED if taken else Outcome.LOST

    def _duplicates(self, number: int) -> bool:
        """A fault at the target that demands this very copy, and leaves it in flight."""
        rule, arguments = self.replay.rule(number - 1), self.replay.arguments(number - 1)
        if rule.kind is not Kind.FAULT or not self._at_target(number):
            return False
        env = dict(zip(rule.parameters, arguments, strict=True))
        moment = Moment(self.replay.states[number - 1])
        return any(
            tuple(self.reference.value(a, env, moment) for a in read.arguments) == self.place
            for read in _demanded(rule, self.flow.symbol)
        )


def _demanded(rule: Rule, symbol: Symbol) -> Iterator[Read]:
    """The reads of ``symbol``, at the rule's parameters, that must be true for it to happen."""
    waiting: list[Term] = [guard.condition for guard in rule.guards]
    parameters: set[Variable] = set(rule.parameters)
    while waiting:
        term = waiting.pop()
        if isinstance(term, And):
            waiting += term.parts
        elif (
            isinstance(term, Read) and term.symbol == symbol and free_variables(term) <= parameters
        ):
            yield term
