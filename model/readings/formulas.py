"""Ground formulas: what remains of a term once a design has fixed who exists.

Every atom says that one cell holds one of some values, so negation disappears (the other values)
and formulas are built from "all of" and "any of" alone. ``True`` and ``False`` stand for
themselves. The finite engines that need speed (compiled step, decision diagrams) read these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class In:
    """Cell number ``cell`` holds one of ``values``."""

    cell: int
    values: frozenset[int]


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Some part holds."""

    parts: tuple[Formula, ...]


Formula = bool | In | All | Some
Cases = tuple[tuple[int, Formula], ...]
"""A value as alternatives: exactly one condition holds in each state."""


def conjunction(parts: Iterable[Formula]) -> Formula:
    """All of ``parts``, with constants folded and atoms on one cell merged."""
    atoms: dict[int, frozenset[int]] = {}
    rest: dict[Formula, None] = {}
    for part in _flattened(parts, All):
        if part is False:
            return False
        if isinstance(part, In):
            values = atoms[part.cell] & part.values if part.cell in atoms else part.values
            if not values:
                return False
            atoms[part.cell] = values
        elif part is not True:
            rest[part] = None
    merged: list[Formula] = [In(c, v) for c, v in atoms.items()] + list(rest)
    return merged[0] if len(merged) == 1 else All(tuple(merged)) if merged else True


def disjunction(parts: Iterable[Formula]) -> Formula:
    """Some of ``parts``, with constants folded and atoms on one cell merged."""
    atoms: dict[int, frozenset[int]] = {}
    rest: dict[Formula, None] = {}
    for part in _flattened(parts, Some):
        if part is True:
            return True
        if isinstance(part, In):
            atoms[part.cell] = atoms.get(part.cell, frozenset()) | part.values
        elif part is not False:
            rest[part] = None
    merged: list[Formula] = [In(c, v) for c, v in atoms.items()] + list(rest)
    return merged[0] if len(merged) == 1 else Some(tuple(merged)) if merged else False


def _flattened(parts: Iterable[Formula], kind: type[All] | type[Some]) -> Iterator[Formula]:
    for part in parts:
        if isinstance(part, kind):
            # Made by one of the two above, so there is none of its kind among its parts.
            yield from part.parts
        else:
            yield part


def negation(formula: Formula, sizes: Callable[[int], int]) -> Formula:
    """The opposite of ``formula``; ``sizes`` gives the number of values of each cell."""
    if isinstance(formula, bool):
        return not formula
    if isinstance(formula, In):
        others = frozenset(range(sizes(formula.cell))) - formula.values
        return In(formula.cell, others) if others else False
    opposite = (negation(p, sizes) for p in formula.parts)
    return disjunction(opposite) if isinstance(formula, All) else conjunction(opposite)


def within(formula: Formula, domains: Mapping[int, frozenset[int]]) -> Formula:
    """``formula`` simplified, given that each cell only ever holds values of its domain."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, In):
        domain = domains.get(formula.cell)
        if domain is None:
            return formula
        values = formula.values & domain
        return values == domain or (In(formula.cell, values) if values else False)
    parts = (within(p, domains) for p in formula.parts)
    return conjunction(parts) if isinstance(formula, All) else disjunction(parts)


def atoms_of(formula: Formula) -> set[In]:
    """What ``formula`` asks of single cells."""
    if isinstance(formula, bool):
        return set()
    if isinstance(formula, In):
        return {formula}
    return set().union(*(atoms_of(p) for p in formula.parts))


def cells_of(formula: Formula) -> set[int]:
    """The cells that ``formula`` looks at."""
    if isinstance(formula, bool):
        return set()
    if isinstance(formula, In):
        return {formula.cell}
    return set().union(*(cells_of(p) for p in formula.parts))


def ahead(formula: Formula, cells: int) -> Formula:
    """``formula`` about the state after a step, where ``cells`` is the number of all cells."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, In):
        return In(formula.cell + cells, formula.values)
    return type(formula)(tuple(ahead(p, cells) for p in formula.parts))


def evaluate(formula: Formula, values: Callable[[int], int]) -> bool:
    """The truth of ``formula`` where ``values`` gives each cell's value."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, In):
        return values(formula.cell) in formula.values
    check = all if isinstance(formula, All) else any
    return check(evaluate(p, values) for p in formula.parts)
