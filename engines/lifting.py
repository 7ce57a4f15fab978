"""From a run of a slice to a run of the machine, or to the cells that the slice should have seen.

A slice lets the cells that it does not see hold anything at any step, so a run of it may be none
of the machine. Performed on the machine, it then fails somewhere: an action cannot happen, a cell
becomes something else, or the claim is kept at the end. Each time some unseen cell is to blame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set

from unsay.engines.reach import Path
from unsay.model.readings.compiled import Program
from unsay.model.readings.formulas import All, Formula, In, Some, cells_of, evaluate
from unsay.model.readings.ground import conditions


class Lifting:
    """Runs of slices, tried on the machine.

    Args:
        program: The machine, as a step.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._ground = program.ground
        self._half = len(program.ground.initial)
        self._behind: dict[int, set[int]] = {}
        for action in program.ground.actions:
            able = cells_of(action.guard)
            for cell, options in action.assignments.items():
                self._behind.setdefault(cell, set()).update(able, conditions({cell: options}))

    def distances(self, core: Iterable[int]) -> dict[int, int]:
        """How many steps back each cell can first bear on a cell of ``core``."""
        found = dict.fromkeys(core, 0)
        waiting = deque(found)
        while waiting:
            here = waiting.popleft()
            for cell in self._behind.get(here, ()):
                if cell not in found:
                    found[cell] = found[here] + 1
                    waiting.append(cell)
        return found

    def to_blame(
        self,
        path: Path,
        last: int | None,
        visible: frozenset[int],
        claim: Formula,
        distances: Mapping[int, int],
    ) -> frozenset[int]:
        """The unseen cells because of which the machine does not run like this; empty if it does.

        Args:
            path: A run of a slice.
            last: For a claim about steps, the action that breaks it after that run.
            visible: What the slice sees.
            claim: What is broken at the end.
            distances: From ``distances``, of what the claim is about.
        """
        program, actions = self._program, self._ground.actions
        numbers, expected = path
        state = program.initial
        for number, wanted in zip(numbers, expected[1:], strict=True):
            if not program.enabled(state, number):
                return self._blocking(number, state, visible, distances)
            state = program.step(state, number)
            values = program.packing.unpack(state)
            wrong = [c for c in visible if values[c] != wanted[c]]
            if wrong:
                written = actions[number].assignments
                asked = conditions({c: written[c] for c in wrong if c in written})
                return self._nearest([asked], visible, distances)
        if last is None:
            values = program.packing.unpack(state)
            return self._keeping(claim, values, None, visible, distances)
        if not program.enabled(state, last):
            return self._blocking(last, state, visible, distances)
        after = program.packing.unpack(program.step(state, last))
        both = (*program.packing.unpack(state), *after, last)
        return self._keeping(claim, both, last, visible, distances)

    def _blocking(
        self, number: int, state: int, seen: frozenset[int], distances: Mapping[int, int]
    ) -> frozenset[int]:
        """The unseen cells of one condition because of which an action cannot happen."""
        values = self._program.packing.unpack(state)
        guard = self._ground.actions[number].guard
        parts = guard.parts if isinstance(guard, All) else (guard,)
        return self._nearest((false_atoms(part, values) for part in parts), seen, distances)

    def _nearest(
        self, choices: Iterable[Set[int]], seen: frozenset[int], distances: Mapping[int, int]
    ) -> frozenset[int]:
        """The unseen cells of one of ``choices``, all of which have some or none at all.

        Of several the one that is nearest to what the claim is about; among such the one with the
        fewest unseen cells, most of it seen already. Looking for the nearest first is what keeps
        slices small: what bears on the claim early is followed, not what is far.
        """

        def rank(cells: frozenset[int]) -> tuple[int, int, list[int]]:
            farthest = max(distances.get(c, self._half) for c in cells - seen)
            return farthest, len(cells - seen) - 3 * len(cells & seen), sorted(cells)

        unseen = [frozenset(cells) for cells in choices if cells - seen]
        return min(unseen, key=rank) - seen

    def _keeping(
        self,
        claim: Formula,
        values: Sequence[int],
        last: int | None,
        seen: frozenset[int],
        distances: Mapping[int, int],
    ) -> frozenset[int]:
        """The unseen cells of one alternative by which the claim is kept; none if it is broken."""
        if not evaluate(claim, values.__getitem__):
            return frozenset()
        parts = claim.parts if isinstance(claim, Some) else (claim,)
        kept = (self._cells(part, last) for part in parts if evaluate(part, values.__getitem__))
        return self._nearest(kept, seen, distances)

    def _cells(self, part: Formula, last: int | None) -> frozenset[int]:
        """The cells, before the last step, that decide ``part``."""
        found: set[int] = set()
        for cell in cells_of(part):
            if cell < self._half:
                found.add(cell)
            elif cell < 2 * self._half and last is not None:
                now = cell - self._half
                options = self._ground.actions[last].assignments.get(now, ())
                found |= {now} | conditions({now: options})
        return frozenset(found)


def false_atoms(formula: Formula, values: Sequence[int]) -> set[int]:
    """The cells that make ``formula`` false; none where it is true."""
    if isinstance(formula, bool) or evaluate(formula, values.__getitem__):
        return set()
    if isinstance(formula, In):
        return {formula.cell}
    return set().union(*(false_atoms(p, values) for p in formula.parts))
