"""The reading as sets of states: every cell in bits, every action as a change of a whole set.

No primed variables. The image of a set under an action is taken cell by cell: the states that
meet a condition, the cell's bits forgotten, the new value put in. A cell is written before any
cell that its conditions read, so that right-hand sides see the old values. Cells that read each
other in a circle are written together, one branch for each choice of their values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

from unsay.model.readings.formulas import All, Formula, In, cells_of
from unsay.model.readings.ground import Ground, conditions, writes
from unsay.model.readings.ordering import Order, by_structure
from unsay.model.readings.sequence import in_order
from unsay.model.readings.sets import Diagram, Sets, forget, is_empty, meet_and_forget

_Alternatives = list[tuple[Diagram, int | None]]
"""Conditions that exclude each other, each with a cell's new value; None is "as before"."""


@dataclass(frozen=True)
class _Branch:
    """Where ``when`` held before: the bits of ``cube`` are forgotten and set as in ``value``."""

    when: Diagram
    cube: Diagram
    value: Diagram


@dataclass(frozen=True)
class _Change:
    """An action: its guard, then groups of branches; the branches of a group exclude each other.

    The bits of ``chosen`` belong to cells that states say nothing about: forgotten at the end.
    """

    guard: Diagram
    groups: tuple[tuple[_Branch, ...], ...]
    chosen: Diagram | None


class Symbolic:
    """A machine at its scope, read as sets of states.

    Args:
        grounded: The machine, spelt out.
        memory_mib: What all sets together may take; more raises ``MemoryError``.
        order: In which order cells come in the diagrams.
        pause: Called between two pieces of work; what it raises ends the work.

    Attributes:
        visible: The cells that states are about. All of them, but for a ``slice``.
        actions: The numbers of the actions that may change a visible cell.
    """

    def __init__(
        self,
        grounded: Ground,
        memory_mib: float = 2048,
        order: Order = by_structure,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self.ground = grounded
        self.visible = frozenset(range(len(grounded.initial)))
        self.actions: tuple[int, ...] = tuple(range(len(grounded.actions)))
        self._pause = pause
        self._bits: dict[int, tuple[int, ...]] = {}
        taken = 0
        for cell in order(grounded):
            width = (len(grounded.domains[cell]) - 1).bit_length()
            if width:
                self._bits[cell] = tuple(range(taken, taken + width))
                taken += width
        self.sets = Sets(taken, memory_mib)
        self._values: dict[tuple[int, int], Diagram] = {}
        self._changes: dict[tuple[int, frozenset[int]], _Change] = {}
        self._options: dict[tuple[int, int], _Alternatives] = {}
        self._guards = [frozenset(cells_of(a.guard)) for a in grounded.actions]
        self._asked = [
            {cell: frozenset(conditions({cell: o})) for cell, o in a.assignments.items()}
            for a in grounded.actions
        ]

    def slice(self, visible: Collection[int]) -> Symbolic:
        """The same machine, seen through some of its cells.

        What the other cells hold is left open: at every step they may hold anything. So each run
        of the machine, looked at through ``visible``, is a run of the slice. The slice may have
        others. Diagrams are shared, and mean the same in both.
        """
        found = copy(self)
        found.__dict__.pop("initial", None)
        found.visible = frozenset(cell for cell in visible if cell in self._bits)
        found.actions = tuple(
            number
            for number, action in enumerate(self.ground.actions)
            if not found.visible.isdisjoint(action.assignments)
        )
        return found

    @property
    def places(self) -> list[tuple[int, tuple[int, ...]]]:
        """For each cell that has any, its bits in the diagrams."""
        return sorted(self._bits.items())

    # Sets of states.

    @cached_property
    def initial(self) -> Diagram:
        """The state before anything happened, alone."""
        return self.exactly(self.ground.initial)

    def formula(self, formula: Formula) -> Diagram:
        """The states in which ``formula`` holds. It must not speak of the next state."""
        if isinstance(formula, bool):
            return self.sets.everything if formula else self.sets.nothing
        if isinstance(formula, In):
            possible = sorted(formula.values & self.ground.domains[formula.cell])
            return self.sets.join(self.holds(formula.cell, v) for v in possible)
        parts = (self.formula(p) for p in formula.parts)
        return self.sets.meet(parts) if isinstance(formula, All) else self.sets.join(parts)

    def step_formula(self, formula: Formula, action: int) -> Diagram:
        """The states from which action ``action``, if it happens, makes ``formula`` true."""
        half = len(self.ground.initial)
        if isinstance(formula, In):
            if formula.cell == self.ground.grounder.action_cell:
                return self.formula(action in formula.values)
            if formula.cell >= half:
                return self._will_hold(formula.cell - half, formula.values, action)
            return self.formula(formula)
        if isinstance(formula, bool):
            return self.formula(formula)
        parts = (self.step_formula(p, action) for p in formula.parts)
        return self.sets.meet(parts) if isinstance(formula, All) else self.sets.join(parts)

    def some_state(self, among: Diagram) -> tuple[int, ...] | None:
        """The values of all cells in some state of ``among``, or None if there is none.

        A cell that is not visible, or never changes, is given its first value.
        """
        vector = self.sets.member(among)
        if vector is None:
            return None
        found = []
        for cell, value in enumerate(self.ground.initial):
            bits = self._bits.get(cell) if cell in self.visible else None
            if bits is None:
                found.append(value)
                continue
            code = sum(vector[bit] << i for i, bit in enumerate(bits))
            found.append(sorted(self.ground.domains[cell])[code])
        return tuple(found)

    def exactly(self, values: Sequence[int]) -> Diagram:
        """The state in which the cells hold ``values``, alone."""
        pairs = enumerate(values)
        return self.sets.meet(self.holds(c, v) for c, v in pairs if c in self.visible)

    def count(self, among: Diagram) -> int:
        """How many states ``among`` has, exactly."""
        unseen = sum(len(bits) for cell, bits in self._bits.items() if cell not in self.visible)
        return self.sets.count(among) >> unseen

    def seen(self, among: Diagram) -> Diagram:
        """The states that look like one of ``among``: what is not visible is forgotten."""
        return forget(among, self._cube(self._bits.keys() - self.visible))

    # Steps.

    def image(self, before: Diagram, action: int) -> Diagram:
        """The states to which ``action`` leads from a state of ``before``."""
        change = self.change(action)
        groups = change.groups
        found = before & change.guard
        for group in groups:
            if is_empty(found):
                return found
            found = self.sets.join(
                meet_and_forget(found, branch.when, branch.cube) & branch.value for branch in group
            )
        return found if change.chosen is None else forget(found, change.chosen)

    def preimage(self, after: Diagram, action: int) -> Diagram:
        """The states from which ``action`` can happen and leads into ``after``."""
        change = self.change(action)
        found = after
        for group in reversed(change.groups):
            found = self.sets.join(
                branch.when & meet_and_forget(found, branch.value, branch.cube) for branch in group
            )
        found = found & change.guard
        return found if change.chosen is None else forget(found, change.chosen)

    def change(self, number: int) -> _Change:
        """The action of that number, as changes of sets."""
        written = self.writes(number)
        looks_at = self._looks_at(number)
        key = number, self.visible & (looks_at | written)
        if key not in self._changes:
            self._pause()
            action = self.ground.actions[number]
            assignments = {c: o for c, o in action.assignments.items() if c in written}
            groups = tuple(self._group(number, cells) for cells in in_order(assignments))
            unseen = looks_at - self.visible
            decisive = unseen.intersection(*[set().union(*self._asked_by(number))])
            guard = self.formula(action.guard)
            if unseen - decisive:
                guard = forget(guard, self._cube(unseen - decisive))
            chosen = self._cube(decisive) if decisive else None
            self._changes[key] = _Change(guard, groups, chosen)
        return self._changes[key]

    def enabled(self, number: int) -> Diagram:
        """The states in which action ``number`` can happen."""
        change = self.change(number)
        return change.guard if change.chosen is None else forget(change.guard, change.chosen)

    def extent(self, number: int) -> tuple[int, int]:
        """The first and the last bit that an action looks at or writes."""
        bits = [b for c in self.reads(number) | self.writes(number) for b in self._bits.get(c, ())]
        return min(bits, default=0), max(bits, default=0)

    def reads(self, number: int) -> frozenset[int]:
        """The visible cells that decide whether an action can happen and what it writes."""
        return self._looks_at(number) & self.visible

    def writes(self, number: int) -> frozenset[int]:
        """The visible cells that an action may change."""
        return self.visible & writes(self.ground.actions[number])

    def assigned(self, number: int, cell: int) -> list[tuple[Diagram, int]]:
        """Where the action puts which value into ``cell``; elsewhere the cell keeps its value."""
        options = self._alternatives(number, cell)
        return [(when, value) for when, value in options if value is not None]

    # Details.

    def _looks_at(self, number: int) -> frozenset[int]:
        """The cells that decide whether an action can happen and what visible cells it writes."""
        return self._guards[number].union(*self._asked_by(number))

    def _asked_by(self, number: int) -> list[frozenset[int]]:
        """The cells that decide what each visible cell becomes."""
        return [asked for cell, asked in self._asked[number].items() if cell in self.visible]

    def _cube(self, cells: Iterable[int]) -> Diagram:
        return self.sets.cube(b for cell in cells for b in self._bits.get(cell, ()))

    def holds(self, cell: int, value: int) -> Diagram:
        """The states in which ``cell`` holds ``value``."""
        if (cell, value) not in self._values:
            code = sorted(self.ground.domains[cell]).index(value)
            bits = enumerate(self._bits.get(cell, ()))
            self._values[cell, value] = self.sets.meet(
                self.sets.bit(bit, bool(code >> i & 1)) for i, bit in reversed(list(bits))
            )
        return self._values[cell, value]

    def _alternatives(self, number: int, cell: int) -> _Alternatives:
        """What an action makes of a cell, by conditions that exclude each other."""
        if (number, cell) not in self._options:
            found: list[tuple[Diagram, int | None]] = []
            left = self.sets.everything
            for condition, value in self.ground.actions[number].assignments.get(cell, ()):
                holds = self.formula(condition)
                found.append((left & holds, value))
                left = left & ~holds
            found.append((left, None))
            possible = [(when, value) for when, value in found if not is_empty(when)]
            self._options[number, cell] = possible
        return self._options[number, cell]

    def _group(self, number: int, cells: Sequence[int]) -> tuple[_Branch, ...]:
        """Cells that are written together."""
        chosen: list[tuple[Diagram, dict[int, int]]] = [(self.sets.everything, {})]
        for cell in cells:
            chosen = [
                (both, values if value is None else {**values, cell: value})
                for when, values in chosen
                for also, value in self._alternatives(number, cell)
                if not is_empty(both := when & also)
            ]
        return tuple(self._branch(when, values) for when, values in chosen)

    def _branch(self, when: Diagram, values: Mapping[int, int]) -> _Branch:
        bits = [b for cell in values for b in self._bits[cell]]
        put = self.sets.meet(self.holds(cell, value) for cell, value in values.items())
        return _Branch(when, self.sets.cube(bits), put)

    def _will_hold(self, cell: int, values: frozenset[int], number: int) -> Diagram:
        return self.sets.join(
            when & self.formula(In(cell, values) if value is None else value in values)
            for when, value in self._alternatives(number, cell)
        )


__all__ = ["Diagram", "Symbolic", "forget", "is_empty"]
