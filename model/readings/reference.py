"""The reference reading: terms evaluated directly, as slowly and plainly as they are defined.

It shares no code with the grounder or with Z3, so that the agreement tests compare readings that
can disagree. Replay and explanations use it, too: what a person is shown was computed here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from unsay.model.language.machine import Machine
from unsay.model.language.rules import Rule
from unsay.model.language.terms import (
    And,
    Before,
    Equal,
    Exists,
    ForAll,
    IfThenElse,
    Least,
    Literal,
    ModelError,
    Next,
    Not,
    Or,
    Read,
    Symbol,
    Taken,
    Term,
    Variable,
)

Place = tuple[Symbol, tuple[int, ...]]
State = Mapping[Place, int]
Environment = Mapping[Variable, int]


@dataclass(frozen=True)
class Moment:
    """What a term is evaluated in: a state and, for step properties, the step taken from it."""

    state: State
    after: State | None = None
    rule: str = ""
    arguments: tuple[int, ...] = ()


class Reference:
    """Evaluates the terms and rules of one machine."""

    def __init__(self, machine: Machine, keep: Iterable[Symbol] = ()) -> None:
        self.machine = machine
        self.structure = machine.structure
        wanted = set(keep)
        self.symbols = tuple(
            s for s in machine.symbols if s.role == "state" or (s.role == "history" and s in wanted)
        )

    def initial(self) -> State:
        """The state before anything happened."""
        return {
            (s, place): self.structure.initial(s)
            for s in self.symbols
            for place in self.structure.cells(s)
        }

    def value(self, term: Term, env: Environment, moment: Moment) -> int:
        """The value of ``term``: a position in its sort (for a formula, 0 or 1).

        Raises:
            ModelError: the term reads a table that this machine does not keep.
        """
        match term:
            case Variable():
                return env[term]
            case Literal(name, sort):
                return sort.literals.index(name)
            case Least():
                return 0
            case Not(body):
                return 1 - self.value(body, env, moment)
            case And(parts):
                return int(all(self.value(p, env, moment) for p in parts))
            case Or(parts):
                return int(any(self.value(p, env, moment) for p in parts))
            case ForAll(variables, body):
                return int(all(self.value(body, e, moment) for e in self.scope(variables, env)))
            case Exists(variables, body):
                return int(any(self.value(body, e, moment) for e in self.scope(variables, env)))
            case Equal(left, right):
                return int(self.value(left, env, moment) == self.value(right, env, moment))
            case Before(left, right):
                return int(self.value(left, env, moment) < self.value(right, env, moment))
            case IfThenElse(condition, then, otherwise):
                chosen = then if self.value(condition, env, moment) else otherwise
                return self.value(chosen, env, moment)
        return self._look(term, env, moment)

    def _look(self, term: Term, env: Environment, moment: Moment) -> int:
        match term:
            case Read(symbol, arguments):
                place = tuple(self.value(a, env, moment) for a in arguments)
                if symbol.role == "rigid":
                    return self.structure.rigid[symbol][place]
                if (symbol, place) not in moment.state:
                    raise ModelError(f"table {symbol} is not part of this machine")
                return moment.state[symbol, place]
            case Next(body) if moment.after is not None:
                return self.value(body, env, Moment(moment.after))
            case Taken(rule, arguments):
                place = tuple(self.value(a, env, moment) for a in arguments)
                return int((rule, place) == (moment.rule, moment.arguments))
        raise ModelError(f"'{term}' has no value in a single state")

    def scope(self, variables: tuple[Variable, ...], env: Environment) -> Iterator[Environment]:
        """``env`` extended by every choice of values for ``variables``."""
        ranges = (range(len(self.structure.members(v.of))) for v in variables)
        for values in itertools.product(*ranges):
            yield {**env, **dict(zip(variables, values, strict=True))}

    def holds(self, term: Term, state: State) -> bool:
        """The truth of a closed state formula."""
        return bool(self.value(term, {}, Moment(state)))

    def holds_at_step(
        self, term: Term, state: State, rule: Rule, arguments: tuple[int, ...], after: State
    ) -> bool:
        """The truth of a closed step formula."""
        return bool(self.value(term, {}, Moment(state, after, rule.name, arguments)))

    def blocked_by(self, rule: Rule, arguments: tuple[int, ...], state: State) -> tuple[str, ...]:
        """The names of the guards that forbid ``rule`` here; empty if it can happen."""
        env = dict(zip(rule.parameters, arguments, strict=True))
        return tuple(g.name for g in rule.guards if not self.value(g.condition, env, Moment(state)))

    def step(self, rule: Rule, arguments: tuple[int, ...], state: State) -> State:
        """The state after ``rule``: every right-hand side reads ``state``, later updates count.

        Raises:
            ValueError: a guard forbids it.
        """
        if blocked := self.blocked_by(rule, arguments, state):
            raise ValueError(f"{rule.name} is blocked by {', '.join(blocked)}")
        env = dict(zip(rule.parameters, arguments, strict=True))
        moment = Moment(state)
        after = dict(state)
        for update in rule.updates:
            # History that no property asks for is not kept, and may read other history.
            if update.symbol not in self.symbols:
                continue
            for inner in self.scope(update.each, env):
                if self.value(update.where, inner, moment):
                    place = tuple(self.value(a, inner, moment) for a in update.arguments)
                    after[update.symbol, place] = self.value(update.value, inner, moment)
        return after

    def instances(self, rule: Rule) -> Iterator[tuple[int, ...]]:
        """Every tuple of arguments of ``rule``."""
        for env in self.scope(rule.parameters, {}):
            yield tuple(env[p] for p in rule.parameters)
