"""In which order cells come in a decision diagram: what is often asked together stands together.

The order decides whether a set of states takes a thousand nodes or a billion. It is taken from
the machine alone. A cell goes by the place that it is at: the sort at which most rules happen (so
nodes), with what a rigid table puts there (so devices); then by the other members that it is
about. Where no action ever touches two members of some sort (messages that nothing relates), each
of these has a part of the diagram to itself. Measured in docs/decisions/0003-diagrams.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from unsay.model.language.machine import Machine
from unsay.model.language.terms import Sort, Symbol
from unsay.model.readings.ground import Cell, Ground, reads, writes

Order = Callable[[Ground], list[int]]
"""Every cell of a machine once, by number."""


def by_structure(grounded: Ground) -> list[int]:
    """Apart what no action relates; within that, place by place."""
    apart = _View(grounded.machine).unrelated(grounded)
    return by_subject(grounded, apart) if apart is not None else by_place(grounded)


def by_place(grounded: Ground) -> list[int]:
    """Cells place by place; at one place by the other members, in the order of their sorts."""
    return _sorted(grounded, None)


def by_subject(grounded: Ground, subject: Sort) -> list[int]:
    """Cells by the member of ``subject`` that they are about, then place by place."""
    return _sorted(grounded, subject)


def as_declared(grounded: Ground) -> list[int]:
    """Cells table by table, as the machine declares them."""
    return list(range(len(grounded.grounder.cells)))


def _sorted(grounded: Ground, subject: Sort | None) -> list[int]:
    view = _View(grounded.machine)

    def key(number: int) -> tuple[object, ...]:
        cell = grounded.grounder.cells[number]
        about = view.members(cell).get(subject, _NONE) if subject is not None else _NONE
        return about, view.place(cell), view.others(cell), number

    return sorted(as_declared(grounded), key=key)


_NONE = 1 << 30


class _View:
    """Where the members of a machine's sorts are, and what they belong to."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
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

    def unrelated(self, grounded: Ground) -> Sort | None:
        """A sort of which no action touches two members, nor anything that is about none."""
        cells = grounded.grounder.cells
        live = {c for c in range(len(cells)) if len(grounded.domains[c]) > 1}
        touched = [live & (reads(a) | writes(a)) for a in grounded.actions]
        for sort in self.sorts:
            about = {c: self.members(cells[c]).get(sort) for c in live}
            if len(self.machine.structure.elements[sort]) > 1 and all(
                None not in (members := {about[c] for c in some}) and len(members) <= 1
                for some in touched
            ):
                return sort
        return None

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
