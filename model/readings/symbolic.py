"""The reading as sets of states: every cell in bits, every action as a change of a whole set.

No primed variables. The image of a set under an action is taken cell by cell: the states that
meet a condition, the cell's bits forgotten, the new value put in. A cell is written before any
cell that its conditions read, so that right-hand sides see the old values. Cells that read each
other in a circle are written together, one branch for each choice of their values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from unsay.model.readings.formulas import All, Formula, In
from unsay.model.readings.ground import Action, Ground, reads, writes
from unsay.model.readings.ordering import Order, by_structure
from unsay.model.readings.sequence import in_order
from unsay.model.readings.sets import Diagram, Sets, forget, is_empty, meet_and_forget

_Options = Sequence[tuple[Formula, int]]


@dataclass(frozen=True)
class _Branch:
    """Where ``when`` held before: the bits of ``cube`` are forgotten and set as in ``value``."""

    when: Diagram
    cube: Diagram
    value: Diagram


@dataclass(frozen=True)
class _Change:
    """An action: its guard, then groups of branches; the branches of a group exclude each other."""

    guard: Diagram
    groups: tuple[tuple[_Branch, ...], ...]


class Symbolic:
    """A machine at its scope, read as sets of states.

    Args:
        grounded: The machine, spelt out.
        memory_mib: What all sets together may take; more raises ``MemoryError``.
        order: In which order cells come in the diagrams.
        pause: Called between two pieces of work; what it raises ends the work.
    """

    def __init__(
        self,
        grounded: Ground,
        memory_mib: float = 2048,
        order: Order = by_structure,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self.ground = grounded
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
        self._changes: dict[int, _Change] = {}

    # Sets of states.

    @cached_property
    def initial(self) -> Diagram:
        """The state before anything happened, alone."""
        pairs = enumerate(self.ground.initial)
        return self.sets.meet(self._holds(cell, value) for cell, value in pairs)

    def formula(self, formula: Formula) -> Diagram:
        """The states in which ``formula`` holds. It must not speak of the next state."""
        if isinstance(formula, bool):
            return self.sets.everything if formula else self.sets.nothing
        if isinstance(formula, In):
            possible = sorted(formula.values & self.ground.domains[formula.cell])
            return self.sets.join(self._holds(formula.cell, v) for v in possible)
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
        """The values of all cells in some state of ``among``, or None if there is none."""
        vector = self.sets.member(among)
        if vector is None:
            return None
        found = []
        for cell, value in enumerate(self.ground.initial):
            domain = sorted(self.ground.domains[cell])
            bits = self._bits.get(cell, ())
            code = sum(vector[bit] << i for i, bit in enumerate(bits))
            found.append(domain[code] if bits else value)
        return tuple(found)

    def exactly(self, values: Sequence[int]) -> Diagram:
        """The state in which the cells hold ``values``, alone."""
        return self.sets.meet(self._holds(cell, value) for cell, value in enumerate(values))

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
        return found

    def preimage(self, after: Diagram, action: int) -> Diagram:
        """The states from which ``action`` can happen and leads into ``after``."""
        change = self.change(action)
        found = after
        for group in reversed(change.groups):
            found = self.sets.join(
                branch.when & meet_and_forget(found, branch.value, branch.cube) for branch in group
            )
        return found & change.guard

    def change(self, number: int) -> _Change:
        """The action of that number, as changes of sets."""
        if number not in self._changes:
            self._pause()
            action = self.ground.actions[number]
            groups = tuple(self._group(action, cells) for cells in in_order(action.assignments))
            self._changes[number] = _Change(self.formula(action.guard), groups)
        return self._changes[number]

    def extent(self, number: int) -> tuple[int, int]:
        """The first and the last bit that an action looks at or writes."""
        action = self.ground.actions[number]
        bits = [b for c in reads(action) | writes(action) for b in self._bits.get(c, ())]
        return min(bits, default=0), max(bits, default=0)

    # Details.

    def _holds(self, cell: int, value: int) -> Diagram:
        """The states in which ``cell`` holds ``value``."""
        if (cell, value) not in self._values:
            code = sorted(self.ground.domains[cell]).index(value)
            bits = enumerate(self._bits.get(cell, ()))
            self._values[cell, value] = self.sets.meet(
                self.sets.bit(bit, bool(code >> i & 1)) for i, bit in reversed(list(bits))
            )
        return self._values[cell, value]

    def _alternatives(self, options: _Options) -> list[tuple[Diagram, int | None]]:
        """The options of a cell as conditions that exclude each other; None is "as before"."""
        found: list[tuple[Diagram, int | None]] = []
        left = self.sets.everything
        for condition, value in options:
            holds = self.formula(condition)
            found.append((left & holds, value))
            left = left & ~holds
        found.append((left, None))
        return [(when, value) for when, value in found if not is_empty(when)]

    def _group(self, action: Action, cells: Sequence[int]) -> tuple[_Branch, ...]:
        """Cells that are written together."""
        chosen: list[tuple[Diagram, dict[int, int]]] = [(self.sets.everything, {})]
        for cell in cells:
            alternatives = self._alternatives(action.assignments[cell])
            chosen = [
                (both, values if value is None else {**values, cell: value})
                for when, values in chosen
                for also, value in alternatives
                if not is_empty(both := when & also)
            ]
        return tuple(self._branch(when, values) for when, values in chosen)

    def _branch(self, when: Diagram, values: Mapping[int, int]) -> _Branch:
        bits = [b for cell in values for b in self._bits[cell]]
        put = self.sets.meet(self._holds(cell, value) for cell, value in values.items())
        return _Branch(when, self.sets.cube(bits), put)

    def _will_hold(self, cell: int, values: frozenset[int], number: int) -> Diagram:
        options = self.ground.actions[number].assignments.get(cell, ())
        return self.sets.join(
            when & self.formula(In(cell, values) if value is None else value in values)
            for when, value in self._alternatives(options)
        )


__all__ = ["Diagram", "Symbolic", "forget", "is_empty"]
