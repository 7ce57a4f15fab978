"""The reading as SMT-LIB 2: is there a run of at most so many steps that breaks a claim?

Plain bit vectors and Booleans without quantifiers, so that any solver of QF_BV can answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from unsay.model.language.terms import BOOL
from unsay.model.readings.smt import FixedSize
from unsay.model.readings.text.claims import Claim, Subject, commented, head, one_line, sorts_of
from unsay.model.readings.unrolling import Action, Unrolling


def script(subject: Subject) -> str:
    """The script. Its one answer is ``sat`` if some run breaks some claim."""
    return "\n".join(_lines(subject)) + "\n"


def _lines(subject: Subject) -> Iterator[str]:
    runs = _Runs(subject)
    broken = [runs.ask(claim) for claim in subject.claims]
    runs.solver.add(z3.Or(broken, runs.reading.context))
    told = [
        *head(subject),
        f"The answer is sat if a run of at most {subject.depth} steps breaks a property, "
        "unsat if none does. Nothing is said of longer runs.",
        "name[i,j]@t is the cell of table name at members i, j after t steps; step@t the number of "
        "the action then, or that of no action where the run has ended.",
    ]
    for line in told:
        yield from commented(line, "; ")
    for sort in sorts_of(subject.machine):
        members = subject.machine.structure.members(sort)
        yield f"; {sort}: {', '.join(f'{i} {one_line(m)}' for i, m in enumerate(members))}"
    for number, action in enumerate(runs.numbers):
        yield f"; step {number}: {runs.words(action)}"
    yield f"; step {len(runs.numbers)}: none"
    yield "(set-logic QF_BV)"
    yield from str(runs.solver.to_smt2()).splitlines()[1:]


class _Runs(Unrolling):
    """Runs of at most the subject's depth. One that has ended stays as it is.

    They are made in a context of their own, so that equal subjects make equal texts: the names of
    parts, and their order, come from what was made there before.
    """

    def __init__(self, subject: Subject) -> None:
        reading = FixedSize(subject.machine, subject.history(), z3.Context())
        self.solver: Any = z3.Solver(ctx=reading.context)
        self.numbers: dict[Action, int] = {}
        for rule in subject.machine.rules:
            for arguments in reading.instances(rule):
                self.numbers[rule.name, arguments] = len(self.numbers)
        self._broken: dict[str, list[Any]] = {c.name: [] for c in subject.claims}
        super().__init__(reading, self.solver.add, self._number)
        self._look(subject)
        for _ in range(subject.depth):
            self.grow()
            self._look(subject)

    def _number(self, choices: dict[Action, Any], time: int) -> None:
        """An action is chosen where the step has its number, so never two; or none is."""
        width = len(self.numbers).bit_length()
        step = z3.BitVec(f"step@{time}", width, self.reading.context)
        for action, chosen in choices.items():
            self.solver.add(chosen == (step == self.numbers[action]))

    def _look(self, subject: Subject) -> None:
        """Whether each claim is broken now."""
        for claim in subject.claims:
            fails = z3.Not(self.at_end(claim.formula, step=claim.step))
            if claim.step:
                # To have ended is no step.
                never = self.reading.constant(0, BOOL)
                actions = list(self.taken[-1].values()) if self.taken else []
                moved = z3.Or(actions) if actions else never
                fails = z3.And(moved, fails)
            name = self.reading.named(f"broken.{claim.name}@{self.length}", BOOL)
            self.solver.add(name == fails)
            self._broken[claim.name].append(name)

    def ask(self, claim: Claim) -> Any:
        """That the claim is broken at some time."""
        name = self.reading.named(f"broken.{claim.name}", BOOL)
        self.solver.add(name == z3.Or(self._broken[claim.name]))
        return name

    def words(self, action: Action) -> str:
        """An action with the names of its arguments."""
        name, arguments = action
        parameters = self.reading.machine.rule(name).parameters
        members = self.reading.structure.members
        pairs = zip(parameters, arguments, strict=True)
        return one_line(f"{name}({', '.join(members(p.of)[i] for p, i in pairs)})")
