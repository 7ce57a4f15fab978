"""Ground formulas: whatever is folded, merged or pushed inwards, the truth stays the same.

Judged by brute force: every valuation of four small cells, by an evaluator of three lines.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unsay.model.readings.formulas import (
    All,
    Formula,
    In,
    Some,
    cells_of,
    conjunction,
    disjunction,
    evaluate,
    negation,
    within,
)

SIZES = (2, 3, 4, 3)
"""How many values each cell can hold."""

CELLS = range(len(SIZES))

CALM = settings(deadline=None, suppress_health_check=list(HealthCheck))


def truth(formula: Formula, values: tuple[int, ...]) -> bool:
    if isinstance(formula, In):
        return values[formula.cell] in formula.values
    if isinstance(formula, All | Some):
        parts = [truth(p, values) for p in formula.parts]
        return all(parts) if isinstance(formula, All) else any(parts)
    return formula


def valuations(domains: Mapping[int, frozenset[int]] | None = None) -> Iterator[tuple[int, ...]]:
    domains = domains or {c: frozenset(range(SIZES[c])) for c in CELLS}
    yield from itertools.product(*(sorted(domains[c]) for c in CELLS))


@st.composite
def atoms(draw: st.DrawFn) -> In:
    cell = draw(st.sampled_from(CELLS))
    return In(cell, draw(st.frozensets(st.integers(0, SIZES[cell] - 1), min_size=1)))


def formulas() -> st.SearchStrategy[Formula]:
    """Formulas of any shape, also ones that nobody has folded: empty, nested, doubled."""
    parts = st.booleans() | atoms()
    return st.recursive(
        parts,
        lambda inner: st.builds(
            lambda kind, parts: kind(tuple(parts)),
            st.sampled_from([All, Some]),
            st.lists(inner, max_size=3),
        ),
        max_leaves=10,
    )


@st.composite
def domains(draw: st.DrawFn) -> dict[int, frozenset[int]]:
    """Values that each cell can ever hold, with gaps: any but none of its sort's."""
    return {
        c: draw(st.frozensets(st.integers(0, SIZES[c] - 1), min_size=1, max_size=SIZES[c]))
        for c in CELLS
    }


def folded(formula: Formula) -> bool:
    """Nothing that ``conjunction`` or ``disjunction`` promises to fold is left."""
    if isinstance(formula, In):
        return bool(formula.values)
    if not isinstance(formula, All | Some):
        return True
    cells = [p.cell for p in formula.parts if isinstance(p, In)]
    return (
        len(formula.parts) > 1
        and len(set(cells)) == len(cells)
        and len(set(formula.parts)) == len(formula.parts)
        and not any(isinstance(p, bool | type(formula)) for p in formula.parts)
        and all(folded(p) for p in formula.parts)
    )


@CALM
@given(formulas())
def test_evaluate_is_the_truth(formula: Formula) -> None:
    for values in valuations():
        assert evaluate(formula, values.__getitem__) == truth(formula, values)


@CALM
@given(st.lists(formulas(), max_size=4))
def test_conjunction_is_all_of_its_parts(parts: list[Formula]) -> None:
    made = conjunction(parts)
    for values in valuations():
        assert truth(made, values) == all(truth(p, values) for p in parts)


@CALM
@given(st.lists(formulas(), max_size=4))
def test_disjunction_is_some_of_its_parts(parts: list[Formula]) -> None:
    made = disjunction(parts)
    for values in valuations():
        assert truth(made, values) == any(truth(p, values) for p in parts)


@CALM
@given(formulas())
def test_negation_is_the_opposite(formula: Formula) -> None:
    opposite = negation(formula, SIZES.__getitem__)
    again = negation(opposite, SIZES.__getitem__)
    for values in valuations():
        assert truth(opposite, values) != truth(formula, values)
        assert truth(again, values) == truth(formula, values)


@CALM
@given(formulas(), domains())
def test_within_keeps_the_truth_in_the_domains(
    formula: Formula, kept: dict[int, frozenset[int]]
) -> None:
    simpler = within(formula, kept)
    for values in valuations(kept):
        assert truth(simpler, values) == truth(formula, values)


@CALM
@given(formulas(), domains())
def test_within_speaks_of_possible_values_only(
    formula: Formula, kept: dict[int, frozenset[int]]
) -> None:
    """The code generator knows codes for the values of the domain and no others."""

    def possible(part: Formula) -> bool:
        if isinstance(part, In):
            return part.values <= kept[part.cell] and len(kept[part.cell]) > 1
        return isinstance(part, bool) or all(possible(p) for p in part.parts)

    assert possible(within(formula, kept))


@CALM
@given(formulas(), domains())
def test_within_leaves_unknown_cells_alone(
    formula: Formula, kept: dict[int, frozenset[int]]
) -> None:
    """The pseudo-cell of the action taken has no domain."""
    del kept[0]
    simpler = within(formula, kept)
    for values in valuations({0: frozenset(range(SIZES[0])), **kept}):
        assert truth(simpler, values) == truth(formula, values)


@CALM
@given(formulas(), domains())
def test_what_is_built_is_folded(formula: Formula, kept: dict[int, frozenset[int]]) -> None:
    """Merged atoms are what makes one masked comparison of many."""
    assert folded(within(formula, kept))
    # ``conjunction`` folds one level; what negation rebuilds is folded all the way down.
    assert folded(negation(within(formula, kept), SIZES.__getitem__))


@CALM
@given(formulas())
def test_cells_that_a_formula_does_not_name_do_not_matter(formula: Formula) -> None:
    named = cells_of(formula)
    for values in valuations():
        blurred = tuple(v if c in named else 0 for c, v in enumerate(values))
        assert truth(formula, blurred) == truth(formula, values)


def test_constants_fold_away() -> None:
    """A formula that cannot be true, or false, says so: engines leave such rules out."""
    here, there = In(0, frozenset([0])), In(0, frozenset([1]))
    assert conjunction([]) is True
    assert disjunction([]) is False
    assert conjunction([here, there]) is False
    assert conjunction([here, False]) is False
    assert disjunction([here, True]) is True
    assert conjunction([here, True]) == here
    assert disjunction([here, there]) == In(0, frozenset([0, 1]))
    assert negation(In(0, frozenset([0, 1])), SIZES.__getitem__) is False
    assert within(In(1, frozenset([0, 2])), {1: frozenset([0, 2])}) is True
    assert within(In(1, frozenset([1])), {1: frozenset([0, 2])}) is False
