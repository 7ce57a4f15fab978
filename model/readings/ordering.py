"""In which order cells come in a decision diagram: what is often asked together stands together.

The order decides whether a set of states takes a thousand nodes or a billion. It is taken from
the machine alone: a cell goes by the place that it is at (the sort at which most rules happen, so
nodes, with what a rigid table puts at them, so devices), then by the other members that it is
about. What is at no place comes first. Measured against other orders in docs/decisions/0003.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from unsay.model.language.machine import Machine
from unsay.model.language.terms import Sort, Symbol
from unsay.model.readings.ground import Cell, Ground

Order = Callable[[Ground], list[int]]
"""Every cell of a machine once, by number."""


def by_place(grounded: Ground) -> list[int]:
    """Cells place by place; at one place by the other members, in the order of their sorts."""
    return _sorted(grounded, subject_first=False)


def by_subject(grounded: Ground) -> list[int]:
    """Cells by what they are about (messages), then place by place."""
    return _sorted(grounded, subject_first=True)


def as_declared(grounded: Ground) -> list[int]:
    """Cells table by table, as the machine declares them."""
    return list(range(len(grounded.grounder.cells)))


def _sorted(grounded: Ground, subject_first: bool) -> list[int]:
    machine = grounded.machine
    view = _View(machine)

    def key(number: int) -> tuple[object, ...]:
        cell = grounded.grounder.cells[number]
        where, others = view.place(cell), view.others(cell)
        return (others[:1], where, others, number) if subject_first else (where, others, number)

    return sorted(as_declared(grounded), key=key)


_NONE = 1 << 30


class _View:
    """Where the members of a machine's sorts are, and what they belong to."""

    def __init__(self, machine: Machine) -> None:
        at = Counter(p.of for r in machine.rules for p in r.parameters if p.name == r.at)
        self.places: Sort = at.most_common(1)[0][0]
        self.sorts = [s for s in machine.structure.elements if s != self.places]
        self._functions: dict[Sort, list[Symbol]] = {}
        self._rigid = machine.structure.rigid
        for symbol in machine.structure.rigid:
            if len(symbol.arguments) == 1 and symbol.value in machine.structure.elements:
                self._functions.setdefault(symbol.arguments[0], []).append(symbol)

    def members(self, cell: Cell) -> dict[Sort, int]:
        """The members that a cell is about, and those that a rigid function leads to from them.

        Of two members of one sort the later counts: a copy on its way belongs to where it goes.
        """
        found = dict(zip(cell.symbol.arguments, cell.arguments, strict=True))
        waiting = list(found)
        while waiting:
            sort = waiting.pop(0)
            for function in self._functions.get(sort, ()):
                if function.value not in found:
                    found[function.value] = self._rigid[function][found[sort],]
                    waiting.append(function.value)
        return found

    def place(self, cell: Cell) -> int:
        """The place of ``cell``, or -1: directly, or by one rigid function of an argument."""
        own = [
            i
            for sort, i in zip(cell.symbol.arguments, cell.arguments, strict=True)
            if sort == self.places
        ]
        if own:
            return max(own)
        for sort, i in zip(cell.symbol.arguments, cell.arguments, strict=True):
            for function in self._functions.get(sort, ()):
                if function.value == self.places:
                    return self._rigid[function][i,]
        return -1

    def others(self, cell: Cell) -> tuple[int, ...]:
        """Positions of the other members in the order of their sorts; about none comes last."""
        found = self.members(cell)
        return tuple(found.get(sort, _NONE) for sort in self.sorts)
