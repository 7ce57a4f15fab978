"""Clauses: the form of a lemma that is looked for, and how simple one is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Set
from dataclasses import dataclass

from unsay.engines.proof.atoms import Signature, is_naming
from unsay.model.language import Symbol, Term
from unsay.model.language.terms import (
    TRUE,
    Exists,
    ForAll,
    Not,
    Or,
    Read,
    Variable,
    children,
    substitute,
    symbols,
    walk,
)


@dataclass(frozen=True)
class Clause:
    """``for all variables: premise implies one of literals``; each an atom, or its negation."""

    signature: Signature
    literals: tuple[Term, ...]

    @property
    def term(self) -> Term:
        """The clause as a closed formula."""
        premise = self.signature.premise
        parts = self.literals if premise == TRUE else (Not(premise), *self.literals)
        return ForAll(self.signature.variables, Or(parts))

    @property
    def general(self) -> bool:
        """Whether no simpler signature says the same, or more.

        A variable that does not occur says nothing; one that occurs as ``f[x]`` only, for one
        function, could be any member of that sort; and of two of a sort the names are no matter.
        """
        for variable in self.signature.variables:
            if len({t for a in self.literals for t in _around(a, variable)}) < 2 and not any(
                _direct(a, variable) for a in self.literals
            ):
                return False
        return all(str(self.term) <= str(other) for other in self._swapped())

    def _swapped(self) -> Iterator[Term]:
        for x, y in itertools.combinations(self.signature.variables, 2):
            if x.of == y.of:
                swap: dict[Variable, Term] = {x: y, y: x}
                yield Clause(self.signature, tuple(substitute(a, swap) for a in self.literals)).term

    def cost(self) -> tuple[int, int]:
        """How far from simple."""
        size = sum(weight(a, frozenset()) for a in self.literals)
        return size + len(self.signature.variables), len(str(self.term))


def _around(term: Term, variable: Variable) -> set[Symbol]:
    """The functions of one argument that are read at ``variable`` in ``term``."""
    reads = (t for t in walk(term) if isinstance(t, Read) and t.arguments == (variable,))
    return {t.symbol for t in reads if is_naming(t.symbol)}


def _direct(term: Term, variable: Variable) -> bool:
    """Whether ``variable`` occurs in ``term`` otherwise than as such an argument."""
    if term == variable:
        return True
    if isinstance(term, Read) and is_naming(term.symbol) and term.arguments == (variable,):
        return False
    return any(_direct(child, variable) for child in children(term))


def weight(literal: Term, near: Set[Symbol]) -> int:
    """How far a literal is from simple; one about tables that are not ``near`` is farther."""
    about = {s for s in symbols(literal) if s.role != "rigid"}
    nested = sum(isinstance(t, (Exists, ForAll)) for t in walk(literal)) - 1
    return (4 if about else 3) + 3 * len(about - near) + 4 * max(nested, 0)


def clause_of(term: Term) -> Clause | None:
    """The clause whose ``term`` is the one given, if it has that form."""
    match term:
        case ForAll(variables, Or(parts)):
            return Clause(Signature(variables), parts)
    return None
