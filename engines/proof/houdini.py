"""The short lemmas that stand together: those of all short clauses that every rule keeps.

Every clause of a few literals that all samples keep is a candidate. While some step, from a state
in which all candidates hold, leads to one in which some do not, these are dropped; what is left is
the largest set of candidates that is inductive. (Houdini: Flanagan and Leino, FME 2001.) Of that
set, what the rest implies is left out. All of it is asked at one small size; that the lemmas hold
at any size is for the search to show.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import z3

from unsay.engines.proof.atoms import Signature
from unsay.engines.proof.clauses import Clause
from unsay.engines.proof.countermodels import Countermodels
from unsay.engines.proof.obligations import asked
from unsay.engines.proof.pool import Rows
from unsay.model.language import Machine, Rule, Symbol, Term
from unsay.model.language.effects import after
from unsay.model.language.terms import Not, symbols
from unsay.model.readings.anysize import joined

_TRIPLES_MAX = 1_500
"""Clauses of three literals over one signature; if there are more, none is a candidate."""


def short_clauses(known: Rows) -> Iterator[Clause]:
    """Clauses of up to three literals that all rows keep and no shorter one says."""
    count = len(known.atoms)
    false = np.concatenate([~known.rows, known.rows], axis=1).astype(np.float32)
    changing = np.concatenate([known.changing, known.changing])
    literals = [*known.atoms, *(Not(a) for a in known.atoms)]
    seldom = np.flatnonzero(false.any(axis=0))
    both = false.T @ false
    found: list[tuple[np.intp, ...]] = [(k,) for k in np.flatnonzero(~false.any(axis=0))]
    pairs = itertools.combinations(seldom, 2)
    found += [(a, b) for a, b in pairs if not both[a, b] and b - a != count]
    triples = []
    for a in seldom:
        rest = false[false[:, a] > 0]
        three = rest.T @ rest
        for b in seldom[(seldom > a) & (both[a, seldom] > 0)]:
            last = np.flatnonzero((three[b] == 0) & (both[a] > 0) & (both[b] > 0))
            triples += [(a, b, c) for c in last[last > b]]
    triples = [t for t in triples if changing[list(t)].any()]
    for chosen in found + (triples if len(triples) <= _TRIPLES_MAX else []):
        if changing[list(chosen)].any():
            clause = Clause(known.signature, tuple(literals[k] for k in chosen))
            if clause.general:
                yield clause


@dataclass(frozen=True, eq=False)
class Candidate:
    """A clause on trial, and the constants that stand for it.

    Attributes:
        clause: The clause.
        holds: Stands for "it holds in the state before".
        broken: Stands for "it does not hold in the state after".
    """

    clause: Clause
    holds: Any
    broken: Any


class Houdini:
    """Finds which of many clauses stand, at one small size.

    Args:
        machine: The machine.
        small: That size.
        pause: Called now and then; what it raises ends the work.
    """

    def __init__(self, machine: Machine, small: Countermodels, pause: Callable[[], None]) -> None:
        self.machine = machine
        self.pause = pause
        self.small, self.reading = small, small.reading
        self._values: dict[tuple[str, Signature, Term], list[Any]] = {}
        self._instances: dict[tuple[Clause, str | None], list[Any]] = {}

    def standing(self, clauses: Iterable[Clause], given: Iterable[Term]) -> list[Clause]:
        """Those of ``clauses`` that stand together, without what the others imply.

        Args:
            clauses: The candidates, the simplest first.
            given: What holds in every state.
        """
        given = list(given)
        context = self.reading.context
        waiting = [
            Candidate(c, z3.Bool(f"holds {i}", context), z3.Bool(f"broken {i}", context))
            for i, c in enumerate(clauses)
        ]
        implied = _Implied(self, given)
        steps = [_Steps(self, rule, given) for rule in self.machine.rules]
        kept = implied.independent(waiting)
        while dropped := self._drop(kept, steps):
            # What only they implied may stand without them. Most of it does: it is left for the
            # end to say again what is implied.
            kept = [c for c in kept if c not in dropped] + implied.because_of(dropped)
        kept = implied.independent(kept)
        return [c.clause for c in kept]

    def _drop(self, some: Sequence[Candidate], steps: Sequence[_Steps]) -> set[Candidate]:
        dropped: set[Candidate] = set()
        alive = list(some)
        quiet = 0
        for rule in itertools.cycle(steps):
            quiet += 1
            while broken := rule.broken(alive):
                self.pause()
                dropped |= broken
                alive = [c for c in alive if c not in broken]
                quiet = 1
            if quiet >= len(steps):
                break
        return dropped

    def instances(self, clause: Clause, rule: Rule | None = None) -> list[Any]:
        """The clause for each choice of its variables' values; after a step of ``rule``, if any."""
        key = (clause, None if rule is None else rule.name)
        if key not in self._instances:
            signature = clause.signature
            parts = [self._each(signature, Not(signature.premise), None)]
            parts += [self._each(signature, literal, rule) for literal in clause.literals]
            self._instances[key] = [self.either(some) for some in zip(*parts, strict=True)]
        return self._instances[key]

    def _each(self, signature: Signature, literal: Term, rule: Rule | None) -> list[Any]:
        """A literal for each choice of values."""
        if rule is not None and not rule.writes & symbols(literal):
            rule = None
        key = ("" if rule is None else rule.name, signature, literal)
        if key not in self._values:
            if isinstance(literal, Not):
                found = [z3.Not(x) for x in self._each(signature, literal.body, rule)]
            else:
                term = literal if rule is None else after(rule, literal)
                found = self.reading.instances(term, signature.variables)
            self._values[key] = found
        return self._values[key]

    def every(self, clause: Clause, rule: Rule | None = None) -> Any:
        """The clause as one formula; after a step of ``rule``, if any."""
        return joined(z3.Z3_mk_and, self.instances(clause, rule), self.reading.context)

    def held(self, candidate: Candidate) -> Any:
        """That it holds where its constant says so."""
        return self.either([z3.Not(candidate.holds), self.every(candidate.clause)])

    def either(self, formulas: Sequence[Any]) -> Any:
        """Their disjunction."""
        return joined(z3.Z3_mk_or, formulas, self.reading.context)

    def solver(self, given: Iterable[Term]) -> Any:
        """A solver that knows the axioms and ``given``."""
        solver = z3.Solver(ctx=self.reading.context)
        solver.add(*(formula for _, formula in self.reading.background()))
        solver.add(*(self.reading.closed(t) for t in given))
        assert solver.check() != z3.unsat, "there are worlds of this size"
        return solver


class _Implied:
    """What other candidates imply, and which of them do."""

    def __init__(self, houdini: Houdini, given: Iterable[Term]) -> None:
        self._houdini = houdini
        self._solver = houdini.solver(given)
        self._because: dict[Candidate, frozenset[int]] = {}
        self._told: set[Candidate] = set()

    def independent(self, some: Iterable[Candidate]) -> list[Candidate]:
        """Those of ``some`` that the ones before them do not imply."""
        found: list[Candidate] = []
        held: list[Any] = []
        for candidate in some:
            self._houdini.pause()
            why = self._why(candidate, held)
            if why is not None:
                self._because[candidate] = why
                continue
            found.append(candidate)
            held.append(candidate.holds)
            if candidate not in self._told:
                self._told.add(candidate)
                self._solver.add(self._houdini.held(candidate))
        return found

    def because_of(self, dropped: set[Candidate]) -> list[Candidate]:
        """What was implied only with the help of some of ``dropped``."""
        gone = {c.holds.get_id() for c in dropped}
        found = [c for c, why in self._because.items() if why & gone]
        for candidate in found:
            del self._because[candidate]
        return found

    def _why(self, candidate: Candidate, held: Sequence[Any]) -> frozenset[int] | None:
        solver = self._solver
        solver.push()
        solver.add(z3.Not(self._houdini.every(candidate.clause)))
        answer = asked(solver, *held)
        why = None
        if answer == z3.unsat:
            why = frozenset(c.get_id() for c in solver.unsat_core())
        solver.pop()
        return why


class _Steps:
    """The steps of one rule, from states in which some candidates hold."""

    def __init__(self, houdini: Houdini, rule: Rule, given: Iterable[Term]) -> None:
        self._houdini = houdini
        self._rule = houdini.small.rules[rule.name]
        self._solver = houdini.solver(given)
        self._solver.add(*houdini.small.possible(rule.name))
        self._after: dict[Candidate, Any] = {}

    def broken(self, some: Sequence[Candidate]) -> set[Candidate]:
        """Some of ``some`` that one step breaks from where all of them hold; none if none does."""
        solver = self._solver
        for candidate in some:
            if candidate not in self._after:
                self._add(candidate)
        touched = [c for c in some if self._after[c] is not None]
        if not touched:
            return set()
        solver.push()
        solver.add(z3.Or(*(c.broken for c in touched)))
        answer = asked(solver, *(c.holds for c in some))
        broken: set[Candidate] = set()
        if answer == z3.sat:
            model = solver.model()
            broken = {c for c in touched if not _is_true(model, self._after[c])}
        solver.pop()
        return broken

    def _add(self, candidate: Candidate) -> None:
        houdini, clause = self._houdini, candidate.clause
        read: set[Symbol] = set().union(*(symbols(k) for k in clause.literals))
        self._solver.add(houdini.held(candidate))
        then = houdini.every(clause, self._rule) if self._rule.writes & read else None
        self._after[candidate] = then
        if then is not None:
            self._solver.add(houdini.either([z3.Not(candidate.broken), z3.Not(then)]))


def _is_true(model: Any, formula: Any) -> bool:
    return bool(z3.is_true(model.eval(formula, model_completion=True)))
