"""The reading as arrays: what a term is worth in many states, for all values of its variables.

Made for looking at a formula everywhere at once. Values are positions in their sorts, as in the
other finite readings; an array has one axis for the states and one for each variable in scope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    Not,
    Or,
    Read,
    Sort,
    Symbol,
    Term,
    Variable,
)

Values = NDArray[Any]


@dataclass(frozen=True)
class Worlds:
    """Some states of one structure.

    Attributes:
        sizes: How many members each sort has that is no enumeration.
        states: How many states there are.
        tables: Every table in full. Rigid ones have an axis for each argument; others have one for
            the states before these.
    """

    sizes: Mapping[Sort, int]
    states: int
    tables: Mapping[Symbol, Values]

    def value(self, term: Term, variables: Sequence[Variable] = ()) -> Values:
        """``term`` in each state for all values of ``variables``, its free ones.

        The shape is that of states, then of each variable in turn.

        Raises:
            ModelError: the term is about steps or runs, not about a state.
        """
        shape = (self.states, *(self.size(v.of) for v in variables))
        return np.broadcast_to(self._value(term, tuple(variables)), shape)

    def holds(self, term: Term) -> Values:
        """In which states the closed formula ``term`` holds."""
        return self.value(term).astype(bool)

    def only(self, chosen: Values) -> Worlds:
        """Some of the states, by position or mask."""
        tables = {t: a if t.role == "rigid" else a[chosen] for t, a in self.tables.items()}
        states = int(np.arange(self.states)[chosen].size)
        return Worlds(self.sizes, states, tables)

    def size(self, sort: Sort) -> int:
        """How many members ``sort`` has."""
        return len(sort.literals) or self.sizes[sort]

    def _value(self, term: Term, scope: tuple[Variable, ...]) -> Any:
        match term:
            case Variable():
                # The innermost of equal names counts, as in the other readings.
                axis = len(scope) - scope[::-1].index(term)
                return self._along(axis, self.size(term.of), scope)
            case Literal(name, sort):
                return np.asarray(sort.literals.index(name))
            case Least():
                return np.asarray(0)
            case Not(body):
                return ~self._truth(body, scope)
            case And(parts) | Or(parts):
                join = np.logical_and if isinstance(term, And) else np.logical_or
                found: Any = np.asarray(isinstance(term, And))
                for part in parts:
                    found = join(found, self._truth(part, scope))
                return found
            case Equal(left, right):
                return np.equal(self._value(left, scope), self._value(right, scope))
            case Before(left, right):
                return np.less(self._value(left, scope), self._value(right, scope))
            case IfThenElse(condition, then, otherwise):
                sides = (self._value(then, scope), self._value(otherwise, scope))
                return np.where(self._truth(condition, scope), *sides)
            case Read(symbol, arguments):
                return self._read(symbol, arguments, scope)
            case ForAll(variables, body) | Exists(variables, body):
                inner = (*scope, *variables)
                shape = (self.states, *(self.size(v.of) for v in inner))
                every = np.broadcast_to(self._truth(body, inner), shape)
                axes = tuple(range(1 + len(scope), 1 + len(inner)))
                return every.all(axis=axes) if isinstance(term, ForAll) else every.any(axis=axes)
        raise ModelError(f"'{term}' says nothing about a single state")

    def _truth(self, term: Term, scope: tuple[Variable, ...]) -> Any:
        return np.asarray(self._value(term, scope)).astype(bool, copy=False)

    def _read(
        self, symbol: Symbol, arguments: tuple[Term, ...], scope: tuple[Variable, ...]
    ) -> Any:
        places = [self._value(a, scope) for a in arguments]
        if symbol.role != "rigid":
            places.insert(0, self._along(0, self.states, scope))
        return self.tables[symbol][tuple(places)]

    def _along(self, axis: int, size: int, scope: tuple[Variable, ...]) -> Any:
        shape = [1] * (1 + len(scope))
        shape[axis] = size
        return np.arange(size).reshape(shape)
