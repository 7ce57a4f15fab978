"""Small states from which a step breaks a lemma, although all known lemmas hold in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import z3

from unsay.engines.proof.obligations import (
    NO_STEP,
    Answer,
    Countermodel,
    Goal,
    Obligation,
    asked,
    kept_apart,
)
from unsay.model.language import Machine, Sort, Symbol, Term
from unsay.model.language.effects import after
from unsay.model.language.finite import beginnings
from unsay.model.language.terms import ForAll, Variable, symbols
from unsay.model.readings.anysize import AtSizes
from unsay.model.readings.solved import world_of


class Countermodels:
    """Looks for them at fixed sizes, with the rigid tables open.

    Args:
        machine: The machine.
        tables: Those that lemmas may read.
        sizes: Members of each sort.
        milliseconds: Limit for one question; one that takes longer counts as "found none".
        minimal: Whether nothing can be left out of what is said to be needed.
    """

    def __init__(
        self,
        machine: Machine,
        tables: Sequence[Symbol],
        sizes: Mapping[Sort, int],
        milliseconds: int,
        minimal: bool = True,
    ) -> None:
        self.machine = machine
        self.tables = tables
        self.sizes = sizes
        self.minimal = minimal
        self.reading = AtSizes(machine, sizes=sizes)
        self.rules = {r.name: kept_apart(r) for r in (*machine.rules, NO_STEP)}
        self._limit = milliseconds
        self._solvers: dict[str, Any] = {}
        self._assumed: dict[Term, Any] = {}
        self._told: dict[str, set[Term]] = {}
        self._goals: dict[tuple[str, Goal], Any] = {}

    def ask(self, obligation: Obligation) -> Answer:
        """Whether no state of these sizes goes against ``obligation``.

        What takes too long counts as "none found": it is put to the solver at any size anyway.
        """
        solver, answer = self._asked(obligation)
        if answer == z3.sat:
            rule = obligation.rule or ""
            found = world_of(self.reading, solver.model(), self.tables, self.rules[rule].parameters)
            assert found is not None, "the members are numbered"
            return Answer(False, against=Countermodel(found[0], rule, found[1]))
        return Answer(True, frozenset(obligation.assumed) if answer == z3.unsat else frozenset())

    def needed(self, obligation: Obligation) -> Answer:
        """The same; ``used`` is what of the assumptions was needed, which takes longer to say."""
        answer = self.ask(obligation)
        if not answer.used:
            return answer
        core = {c.get_id() for c in self._solver(obligation.rule or "").unsat_core()}
        return Answer(True, frozenset(k for k in answer.used if self._label(k).get_id() in core))

    def _asked(self, obligation: Obligation) -> tuple[Any, Any]:
        """The solver of the obligation's rule, and its answer."""
        rule = obligation.rule
        assert rule is not None, "initial states are asked for at any size"
        solver = self._told_of(rule, obligation.assumed)
        goal = self._goal(solver, obligation.goal, rule)
        labels = (self._label(k) for k in obligation.assumed)
        return solver, asked(solver, goal, *labels, milliseconds=self._limit)

    def keeps(self, goal: Goal, rule: str, assumed: Iterable[Term]) -> bool:
        """Whether no step of ``rule`` at these sizes breaks ``goal``; nothing of it is remembered.

        ``assumed`` and the goal itself are assumed of the state before.
        """
        solver = self._told_of(rule, assumed)
        solver.push()
        solver.add(self.reading.formula(goal.term), self._broken(goal, rule))
        answer = asked(solver, *(self._label(k) for k in assumed), milliseconds=self._limit)
        solver.pop()
        return bool(answer == z3.unsat)

    def possible(self, rule: str) -> list[Any]:
        """What holds where ``rule`` can be taken: its parameters are members, and its guard.

        Afterwards, too, hops lead to all that a tree reaches.
        """
        reading, own = self.reading, self.rules[rule]
        members = [reading.within(p.of, reading.constant(p)) for p in own.parameters]
        laws = (law.term for law in beginnings(self.machine) if own.writes & symbols(law.term))
        return [
            *members,
            reading.formula(own.guard),
            *(reading.formula(after(own, t)) for t in laws),
        ]

    def _told_of(self, rule: str, assumed: Iterable[Term]) -> Any:
        """The solver of ``rule``, which knows what the labels of ``assumed`` stand for."""
        solver, told = self._solver(rule), self._told[rule]
        for known in assumed:
            if known not in told:
                told.add(known)
                solver.add(z3.Implies(self._label(known), self.reading.closed(known)))
        return solver

    def _solver(self, rule: str) -> Any:
        if rule not in self._solvers:
            solver = z3.Solver(ctx=self.reading.context)
            solver.set("timeout", self._limit)
            solver.set("core.minimize", self.minimal)
            solver.add(*(formula for _, formula in self.reading.background()))
            solver.add(*self.possible(rule))
            self._solvers[rule], self._told[rule] = solver, set()
        return self._solvers[rule]

    def _label(self, known: Term) -> Any:
        if known not in self._assumed:
            name = f"assumed-{len(self._assumed)}"
            self._assumed[known] = z3.Bool(name, self.reading.context)
        return self._assumed[known]

    def _goal(self, solver: Any, goal: Goal, rule: str) -> Any:
        """A label for "the step breaks ``goal``"."""
        key = (rule, goal)
        if key not in self._goals:
            label = z3.Bool(f"breaks-{len(self._goals)}", self.reading.context)
            solver.add(z3.Implies(label, self._broken(goal, rule)))
            self._goals[key] = label
        return self._goals[key]

    def _broken(self, goal: Goal, rule: str) -> Any:
        """The step breaks ``goal``: for one choice of values, rather than each choice spelt out."""
        reading = self.reading
        seen = goal.after(self.rules[rule])
        parts: list[Any] = []
        chosen: dict[Variable, Any] = {}
        if isinstance(seen, ForAll):
            chosen = {v: z3.FreshConst(reading.sort(v.of), v.name) for v in seen.variables}
            parts = [reading.within(v.of, c) for v, c in chosen.items()]
            seen = seen.body
        return z3.And(*parts, z3.Not(reading.formula(seen, chosen)))
