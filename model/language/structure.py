"""The finite world of a design, what every design promises of it, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unsay.model.language.terms import Read, Sort, Symbol, Term, Variable


@dataclass(frozen=True)
class Structure:
    """The finite world of a design.

    ``elements`` names the members of every sort that is not an enumeration; an ordered sort is
    listed from its least member up. ``rigid`` gives every rigid table in full: from positions of
    the arguments to the position of the value (0 and 1 for false and true).
    """

    elements: Mapping[Sort, tuple[str, ...]]
    rigid: Mapping[Symbol, Mapping[tuple[int, ...], int]]

    def members(self, sort: Sort) -> tuple[str, ...]:
        """Names of the members of ``sort``, in order."""
        return sort.literals or self.elements[sort]

    def cells(self, symbol: Symbol) -> list[tuple[int, ...]]:
        """Every argument tuple of ``symbol``, in order."""
        tuples: list[tuple[int, ...]] = [()]
        for sort in symbol.arguments:
            tuples = [(*t, i) for t in tuples for i in range(len(self.members(sort)))]
        return tuples

    def initial(self, symbol: Symbol) -> int:
        """The value that every cell of a state table starts with."""
        return 0 if symbol.initially is None else symbol.value.literals.index(symbol.initially)


@dataclass(frozen=True)
class Axiom:
    """What every design promises of its rigid tables; the any-size reading assumes it."""

    name: str
    says: str
    formula: Term


@dataclass(frozen=True)
class Reach:
    """A promise about a rigid relation: step by step, it leads from a root to every member.

    No formula says so of any number of members; what proofs need of it is told (``finite``).

    Attributes:
        name: Short, for lists.
        says: As a sentence.
        hop: The relation, read at ``places`` and at two members, of which the second comes next.
        here: The first of these.
        there: The second.
        root: Where it begins.
        places: What else relation and root are about.
    """

    name: str
    says: str
    hop: Read
    here: Variable
    there: Variable
    root: Term
    places: tuple[Variable, ...]


@dataclass(frozen=True)
class Flow:
    """How a table of things in flight is drawn: what travels, from where, to where."""

    symbol: Symbol
    variables: tuple[Variable, ...]
    carries: Term
    source: Term
    target: Term


@dataclass(frozen=True)
class View:
    """What a holder holds of a subject, for pictures: ``value`` over the two variables."""

    name: str
    holder: Variable
    subject: Variable
    value: Term
