"""What the texts share that are spelt out for a design: names of cells and actions, formulas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unsay.model.readings.formulas import (
    All,
    Formula,
    In,
    conjunction,
    disjunction,
    negation,
    within,
)
from unsay.model.readings.ground import Action, Ground, ground
from unsay.model.readings.text.claims import Claim, Subject
from unsay.model.readings.text.names import Names, identifier


@dataclass(frozen=True)
class Syntax:
    """How a format writes formulas over cells.

    Attributes:
        both: Between conjuncts.
        either: Between disjuncts.
        no: Before what does not hold.
        equal: Between a cell and its value.
        yes_no: The formulas that never and that always hold.
        reserved: Words that cannot be names.
    """

    both: str
    either: str
    no: str
    equal: str
    yes_no: tuple[str, str]
    reserved: frozenset[str]


class Spelt:
    """A subject, spelt out: cells that can change, by name, and formulas over them."""

    def __init__(self, subject: Subject, syntax: Syntax) -> None:
        self.subject = subject
        self.syntax = syntax
        self.ground: Ground = ground(subject.machine, subject.history())
        names = self.names_taken = Names(syntax.reserved)
        self.claim_names = {c.name: names.take(identifier(c.name)) for c in subject.claims}
        self.live = [c for c, _ in enumerate(self.ground.initial) if len(self.domain(c)) > 1]
        self.names = {c: names.take(self.cell_words(c, "_")) for c in self.live}
        self.action_names = [names.take(self.action_words(a, "_")) for a in self.ground.actions]

    def domain(self, cell: int) -> list[int]:
        """The values that a cell can ever hold."""
        return sorted(self.ground.domains[cell])

    def is_truth(self, cell: int) -> bool:
        """Whether the cell is true or false."""
        return self.ground.grounder.cells[cell].symbol.value.name == "Bool"

    def cell_words(self, cell: int, between: str) -> str:
        """The cell's table and arguments."""
        found = self.ground.grounder.cells[cell]
        return between.join([found.symbol.name, *self._members(cell)])

    def _members(self, cell: int) -> Iterator[str]:
        found = self.ground.grounder.cells[cell]
        for sort, i in zip(found.symbol.arguments, found.arguments, strict=True):
            yield self.subject.machine.structure.members(sort)[i]

    def value_words(self, cell: int) -> str:
        """What the numbers that the cell holds mean."""
        sort = self.ground.grounder.cells[cell].symbol.value
        members = self.subject.machine.structure.members(sort)
        return ", ".join(f"{v} {members[v]}" for v in self.domain(cell))

    def action_words(self, action: Action, between: str) -> str:
        """The action's rule and arguments."""
        members = self.subject.machine.structure.members
        pairs = zip(action.rule.parameters, action.arguments, strict=True)
        return between.join([action.rule.name, *(members(p.of)[i] for p, i in pairs)])

    # Formulas.

    def text(self, formula: Formula) -> str:
        """A formula over the present state."""
        if isinstance(formula, bool):
            return self.syntax.yes_no[formula]
        if isinstance(formula, In):
            return self._holds(formula)
        between = self.syntax.both if isinstance(formula, All) else self.syntax.either
        return "(" + f" {between} ".join(self.text(p) for p in formula.parts) + ")"

    def _holds(self, formula: In) -> str:
        name = self.names[formula.cell]
        values = sorted(formula.values & self.ground.domains[formula.cell])
        if self.is_truth(formula.cell):
            return name if values == [1] else f"{self.syntax.no}{name}"
        equal = [f"{name} {self.syntax.equal} {v}" for v in values]
        return equal[0] if len(equal) == 1 else "(" + f" {self.syntax.either} ".join(equal) + ")"

    def claim(self, claim: Claim) -> Formula:
        """A claim as a formula over the present state.

        A claim about steps becomes one: whatever can happen here, what the step leads to is as
        claimed. That is exact, because an action leads from a state to one state only.
        """
        formula = self.ground.property_formula(claim.formula)
        if not claim.step:
            return formula
        return conjunction(
            disjunction([negation(a.guard, self._size), self._before(formula, number, a)])
            for number, a in enumerate(self.ground.actions)
        )

    def _size(self, cell: int) -> int:
        return self.ground.grounder.size(cell)

    def _before(self, formula: Formula, number: int, action: Action) -> Formula:
        """What must hold before the action for ``formula`` to hold of the step."""
        if isinstance(formula, bool):
            return formula
        if not isinstance(formula, In):
            parts = (self._before(p, number, action) for p in formula.parts)
            return conjunction(parts) if isinstance(formula, All) else disjunction(parts)
        half = len(self.ground.initial)
        if formula.cell == self.ground.grounder.action_cell:
            return number in formula.values
        if formula.cell < half:
            return formula
        cell = formula.cell - half
        possible: list[Formula] = []
        passed: list[Formula] = []
        for condition, value in action.assignments.get(cell, ()):
            if value in formula.values:
                possible.append(conjunction([*passed, condition]))
            passed.append(negation(condition, self._size))
        possible.append(conjunction([*passed, In(cell, formula.values)]))
        return within(disjunction(possible), self.ground.domains)
