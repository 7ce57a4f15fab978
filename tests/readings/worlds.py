"""States of one reading put into another: as arrays, and as Z3 formulas that leave no choice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import z3

from unsay.model.language import Machine, Sort, Structure, Symbol
from unsay.model.language.terms import BOOL
from unsay.model.readings.anysize import AnySize, AtSizes
from unsay.model.readings.arrays import Worlds
from unsay.model.readings.reference import State


def worlds(machine: Machine, states: Sequence[State]) -> Worlds:
    """``states`` as arrays."""
    structure = machine.structure
    tables = {}
    for table in machine.symbols:
        shape = tuple(len(structure.members(s)) for s in table.arguments)
        if table.role == "rigid":
            tables[table] = np.zeros(shape, dtype=np.int16)
            for place, value in structure.rigid[table].items():
                tables[table][place] = value
        elif (table, structure.cells(table)[0]) in states[0]:
            tables[table] = np.zeros((len(states), *shape), dtype=np.int16)
            for i, state in enumerate(states):
                for place in structure.cells(table):
                    tables[table][(i, *place)] = state[table, place]
    sizes = {s: len(e) for s, e in structure.elements.items()}
    return Worlds(sizes, len(states), tables)


def sorts_of(machine: Machine) -> list[Sort]:
    """Every sort of a table that is no enumeration."""
    found = {s for t in machine.symbols for s in (*t.arguments, t.value) if not s.literals}
    return sorted(found, key=str)


def at_sizes(machine: Machine) -> AtSizes:
    """The reading with as many members as the machine's structure has."""
    sizes = {s: len(e) for s, e in machine.structure.elements.items()}
    return AtSizes(machine, sizes=sizes)


class Pinned:
    """A reading in which each member of the machine's structure has a name."""

    def __init__(self, reading: AnySize) -> None:
        self.reading = reading
        self.structure: Structure = reading.machine.structure

    def member(self, sort: Sort, position: int) -> Any:
        """The member of ``sort`` at a position."""
        if sort == BOOL:
            return z3.BoolVal(bool(position), self.reading.context)
        if isinstance(self.reading, AtSizes):
            return self.reading.at(sort, position)
        if sort.literals:
            return self.reading.member(sort, sort.literals[position])
        return z3.Const(f"{sort}-{position}", self.reading.sort(sort))

    def universe(self) -> list[Any]:
        """The sorts have the structure's members, in its order, and no others."""
        if isinstance(self.reading, AtSizes):
            return []
        found = []
        for sort in sorts_of(self.reading.machine):
            every = [self.member(sort, i) for i in range(len(self.structure.members(sort)))]
            x = z3.FreshConst(self.reading.sort(sort), "any")
            found.append(z3.ForAll([x], z3.Or([x == e for e in every])))
            if len(every) > 1:
                found.append(z3.Distinct(every))
            if sort.ordered:
                found.append(self.reading.least(sort) == every[0])
                for i, one in enumerate(every):
                    for j, other in enumerate(every):
                        before = self.reading.before(one, other)
                        found.append(before if i < j else z3.Not(before))
        return found

    def cell(self, symbol: Symbol, place: Iterable[int]) -> Any:
        """The value of a table at a place."""
        members = (self.member(s, i) for s, i in zip(symbol.arguments, place, strict=True))
        return self.reading.function(symbol)(*members)

    def rigid(self) -> list[Any]:
        """What the structure says of the rigid tables."""
        return [
            self.cell(table, place) == self.member(table.value, value)
            for table in self.reading.machine.symbols
            if table.role == "rigid"
            for place, value in self.structure.rigid[table].items()
        ]

    def state(self, state: State) -> list[Any]:
        """The tables that rules change are as ``state`` has them."""
        return [
            self.cell(table, place) == self.member(table.value, value)
            for (table, place), value in state.items()
        ]

    def solver(self) -> Any:
        """A solver that knows the structure."""
        found = z3.Solver(ctx=self.reading.context)
        found.add(*self.universe(), *self.rigid())
        return found


def possible(solver: Any, *formulas: Any) -> bool:
    """Whether ``formulas`` can hold together with what the solver knows."""
    answer = solver.check(*formulas)
    assert answer != z3.unknown, solver.reason_unknown()
    return bool(answer == z3.sat)
