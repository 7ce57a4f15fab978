"""The reading as a formula: terms to Z3 at a fixed size.

A table becomes one Z3 constant per cell and time, Booleans as Booleans and anything else as a
bit vector just wide enough. Quantifiers are spelt out over the design's members. The translation
is direct, and shares nothing with the grounder of the other finite readings.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import z3

from unsay.model.language.machine import Machine
from unsay.model.language.rules import Rule
from unsay.model.language.terms import (
    BOOL,
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
    Sort,
    Symbol,
    Taken,
    Term,
    Variable,
)

Place = tuple[Symbol, tuple[int, ...]]
Constants = Mapping[Place, Any]
Environment = Mapping[Variable, int]


@dataclass(frozen=True)
class Moment:
    """The constants that a term reads: now, after the step, and which action the step is."""

    now: Constants
    after: Constants | None = None
    taken: Mapping[tuple[str, tuple[int, ...]], Any] | None = None


class FixedSize:
    """Translates the terms and rules of one machine at its structure's size.

    Args:
        machine: The machine.
        keep: The history tables to keep.
        context: The Z3 context to make terms in; by default that of the whole process.
    """

    def __init__(self, machine: Machine, keep: Iterable[Symbol] = (), context: Any = None) -> None:
        self.context = z3.main_ctx() if context is None else context
        self.machine = machine
        self.structure = machine.structure
        wanted = set(keep)
        self.places: tuple[Place, ...] = tuple(
            (s, place)
            for s in machine.symbols
            if s.role == "state" or (s.role == "history" and s in wanted)
            for place in self.structure.cells(s)
        )

    def width(self, sort: Sort) -> int:
        """Bits of a value of ``sort``."""
        return max(1, (len(self.structure.members(sort)) - 1).bit_length())

    def constant(self, value: int, sort: Sort) -> Any:
        """Position ``value`` of ``sort`` as a Z3 value."""
        if sort == BOOL:
            return z3.BoolVal(bool(value), self.context)
        return z3.BitVecVal(value, self.width(sort), self.context)

    def constants(self, time: int) -> dict[Place, Any]:
        """Fresh constants for the state at ``time``."""
        found: dict[Place, Any] = {}
        for symbol, place in self.places:
            name = f"{symbol}[{','.join(map(str, place))}]@{time}"
            found[symbol, place] = self.named(name, symbol.value)
        return found

    def named(self, name: str, sort: Sort) -> Any:
        """A constant of ``sort``."""
        if sort == BOOL:
            return z3.Bool(name, self.context)
        return z3.BitVec(name, self.width(sort), self.context)

    def initial(self, state: Constants) -> Any:
        """The state is the initial one."""
        return z3.And(
            [
                state[s, place] == self.constant(self.structure.initial(s), s.value)
                for s, place in self.places
            ],
            self.context,
        )

    def value(self, term: Term, env: Environment, moment: Moment) -> Any:
        """``term`` as a Z3 expression.

        Raises:
            ModelError: the term reads a table that this machine does not keep.
        """
        match term:
            case Variable():
                return self.constant(env[term], term.of)
            case Literal(name, sort):
                return self.constant(sort.literals.index(name), sort)
            case Least(sort):
                return self.constant(0, sort)
            case Not(body):
                return z3.Not(self.value(body, env, moment))
            case And(parts):
                return z3.And([self.value(p, env, moment) for p in parts], self.context)
            case Or(parts):
                return z3.Or([self.value(p, env, moment) for p in parts], self.context)
            case ForAll(variables, body):
                every = [self.value(body, e, moment) for e in self.scope(variables, env)]
                return z3.And(every, self.context)
            case Exists(variables, body):
                every = [self.value(body, e, moment) for e in self.scope(variables, env)]
                return z3.Or(every, self.context)
            case Equal(left, right):
                return self.value(left, env, moment) == self.value(right, env, moment)
            case Before(left, right):
                return z3.ULT(self.value(left, env, moment), self.value(right, env, moment))
            case IfThenElse(condition, then, otherwise):
                return z3.If(
                    self.value(condition, env, moment),
                    self.value(then, env, moment),
                    self.value(otherwise, env, moment),
                )
        return self._look(term, env, moment)

    def _look(self, term: Term, env: Environment, moment: Moment) -> Any:
        match term:
            case Read(symbol, arguments):
                return self._read(symbol, self._places(arguments, env, moment), moment)
            case Next(body) if moment.after is not None:
                return self.value(body, env, Moment(moment.after))
            case Taken(rule, arguments) if moment.taken is not None:
                return z3.Or(
                    [
                        z3.And(condition, moment.taken[rule, place])
                        for place, condition in self._places(arguments, env, moment)
                        if (rule, place) in moment.taken
                    ],
                    self.context,
                )
        raise ModelError(f"'{term}' has no value in a single state")

    def _read(
        self, symbol: Symbol, places: list[tuple[tuple[int, ...], Any]], moment: Moment
    ) -> Any:
        def at(place: tuple[int, ...]) -> Any:
            if symbol.role == "rigid":
                return self.constant(self.structure.rigid[symbol][place], symbol.value)
            if (symbol, place) not in moment.now:
                raise ModelError(f"table {symbol} is not part of this machine")
            return moment.now[symbol, place]

        result = at(places[-1][0])
        for place, condition in reversed(places[:-1]):
            result = z3.If(condition, at(place), result)
        return result

    def _places(
        self, terms: tuple[Term, ...], env: Environment, moment: Moment
    ) -> list[tuple[tuple[int, ...], Any]]:
        """Every place that ``terms`` may name, with the condition that they do."""
        options: list[list[tuple[int, Any]]] = []
        for term in terms:
            if isinstance(term, Variable):
                options.append([(env[term], z3.BoolVal(True, self.context))])
                continue
            named = z3.simplify(self.value(term, env, moment))
            if z3.is_bv_value(named):
                options.append([(named.as_long(), z3.BoolVal(True, self.context))])
                continue
            size = len(self.structure.members(term.sort))
            options.append([(i, named == self.constant(i, term.sort)) for i in range(size)])
        return [
            (tuple(i for i, _ in choice), z3.And([c for _, c in choice], self.context))
            for choice in itertools.product(*options)
        ]

    def scope(self, variables: tuple[Variable, ...], env: Environment) -> Iterator[Environment]:
        """``env`` extended by every choice of values for ``variables``."""
        ranges = (range(len(self.structure.members(v.of))) for v in variables)
        for values in itertools.product(*ranges):
            yield {**env, **dict(zip(variables, values, strict=True))}

    def guard(self, rule: Rule, arguments: tuple[int, ...], now: Constants) -> Any:
        """``rule`` can happen at ``arguments`` in state ``now``."""
        env = dict(zip(rule.parameters, arguments, strict=True))
        return self.value(rule.guard, env, Moment(now))

    def writes(self, rule: Rule, arguments: tuple[int, ...], now: Constants) -> dict[Place, Any]:
        """The new value of every cell that ``rule`` may write at ``arguments``."""
        env = dict(zip(rule.parameters, arguments, strict=True))
        moment = Moment(now)
        written: dict[Place, Any] = {}
        kept = {symbol for symbol, _ in now}
        for update in rule.updates:
            # History that no property asks for is not kept, and may read itself.
            if update.symbol not in kept:
                continue
            for inner in self.scope(update.each, env):
                where = z3.simplify(self.value(update.where, inner, moment))
                if z3.is_false(where):
                    continue
                value = self.value(update.value, inner, moment)
                for place, condition in self._places(update.arguments, inner, moment):
                    target = (update.symbol, place)
                    old = written.get(target, now[target])
                    written[target] = z3.If(z3.And(where, condition), value, old)
        return {place: z3.simplify(value) for place, value in written.items()}

    def instances(self, rule: Rule) -> Iterator[tuple[int, ...]]:
        """Every tuple of arguments of ``rule``."""
        for env in self.scope(rule.parameters, {}):
            yield tuple(env[p] for p in rule.parameters)
