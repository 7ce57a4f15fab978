"""Symmetry: permutations of members that map a machine onto itself.

A permutation moves members of unordered sorts (nodes, devices, messages, commands), each within
its sort, and keeps every rigid table: ``T(p(arguments)) = p(T(arguments))``. Members of ordered
sorts and of enumerations stay where they are. Why that is enough: rules and properties have no
names for members; they speak of them through variables, which range over whole sorts, and
through rigid tables, and all cells of a state table start alike. So the image of an action has
the image of its guard and of its assignments, the initial state is its own image, and whatever
can happen can happen with the members renamed. A closed formula is its own image too, so a
property holds in a state exactly when it holds in the image.

A set of permutations found here may be a part of all that there are. That is sound: what is not
found is not used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from unsay.model.language.machine import Machine
from unsay.model.language.terms import Before, Least, ModelError, Sort, Symbol, Term, walk
from unsay.model.readings.automorphisms import Fact, Facts, Search
from unsay.model.readings.formulas import All, Formula, In, Some, conjunction, disjunction
from unsay.model.readings.ground import Ground

ATTEMPTS = 200
"""Guesses that a search for generators may try; each is tested on every rigid table."""


@dataclass(frozen=True)
class Permutation:
    """A renaming of members: for each sort that may move, the image of each position.

    Permutations of one machine have the same sorts in the same order, and can be compared,
    hashed and composed.
    """

    moves: tuple[tuple[Sort, tuple[int, ...]], ...]

    def __call__(self, sort: Sort, position: int) -> int:
        """The position of the image of a member; sorts that do not move stay."""
        images = self._images.get(sort)
        return position if images is None else images[position]

    @cached_property
    def _images(self) -> dict[Sort, tuple[int, ...]]:
        return dict(self.moves)

    @property
    def is_identity(self) -> bool:
        """Whether no member moves."""
        return all(i == x for _, images in self.moves for i, x in enumerate(images))

    def after(self, first: Permutation) -> Permutation:
        """``first``, and then this one."""
        pairs = zip(self.moves, first.moves, strict=True)
        return Permutation(
            tuple((sort, tuple([then[x] for x in images])) for (sort, then), (_, images) in pairs)
        )

    def inverse(self) -> Permutation:
        """The permutation that undoes this one."""
        return Permutation(
            tuple(
                (sort, tuple(sorted(range(len(images)), key=images.__getitem__)))
                for sort, images in self.moves
            )
        )


def identity(machine: Machine, claims: Iterable[Term] = ()) -> Permutation:
    """The permutation that moves nothing; ``claims`` as for ``generators``."""
    structure = machine.structure
    sorts = movable(machine, claims)
    return Permutation(tuple((s, tuple(range(len(structure.elements[s])))) for s in sorts))


def movable(machine: Machine, claims: Iterable[Term] = ()) -> tuple[Sort, ...]:
    """The sorts whose members have no order and no names of their own.

    The notation lets nobody compare members of an unordered sort, nor keep one in a state table.
    Where a term or table built by hand does so all the same, the sort does not move.
    """
    fixed = {s.value for s in machine.symbols if s.role != "rigid"}
    terms = [t for rule in machine.rules for t in rule.terms()]
    for inner in (t for term in (*terms, *claims) for t in walk(term)):
        if isinstance(inner, Before):
            fixed.add(inner.left.sort)
        elif isinstance(inner, Least):
            fixed.add(inner.sort)
    elements = machine.structure.elements
    return tuple(s for s in elements if not s.ordered and not s.literals and s not in fixed)


def generators(machine: Machine, claims: Iterable[Term] = ()) -> tuple[Permutation, ...]:
    """A strong generating set of the machine's symmetry; empty if there is none.

    Along a chain of stabilisers: for each member in turn and each other member of its sort that
    it can be mapped to while all earlier members stay, one permutation that does so. Those that
    map an earlier member come first. If the search reaches its limit, some are missing.

    Args:
        machine: The machine; only its structure, and which sorts its rules compare, count.
        claims: Closed formulas that the permutations must not tell apart either.
    """
    sorts = movable(machine, claims)
    members = [(s, i) for s in sorts for i in range(len(machine.structure.elements[s]))]
    found = Search(_facts(machine, members), ATTEMPTS).strong_generators()
    permutations = []
    for renaming in found:
        images = [members[to] for to in renaming]
        permutations.append(
            Permutation(tuple((s, tuple(i for t, i in images if t == s)) for s in sorts))
        )
    return tuple(permutations)


def _facts(machine: Machine, members: list[tuple[Sort, int]]) -> Facts:
    """The rigid tables as facts about ``members``, without what each says of most arguments.

    Leaving out one value of a table whose values do not move loses nothing: a permutation that
    keeps the other values everywhere keeps that one as well.
    """
    number = {member: i for i, member in enumerate(members)}
    moving = {sort for sort, _ in members}
    facts: set[Fact] = set()
    for symbol, table in machine.structure.rigid.items():
        usual = None
        if symbol.value not in moving and table:
            ((usual, _),) = Counter(table.values()).most_common(1)
        facts |= {
            _fact(symbol, arguments, value, number)
            for arguments, value in table.items()
            if value != usual
        }
    return Facts(tuple(sort for sort, _ in members), frozenset(f for f in facts if f[1]))


def _fact(
    symbol: Symbol, arguments: tuple[int, ...], value: int, number: dict[tuple[Sort, int], int]
) -> Fact:
    places = list(zip((*symbol.arguments, symbol.value), (*arguments, value), strict=True))
    still: Hashable = tuple(None if place in number else place[1] for place in places)
    return (symbol, still), tuple(number[place] for place in places if place in number)


def group(generators: Sequence[Permutation], limit: int) -> tuple[Permutation, ...]:
    """All that ``generators`` compose to if that is at most ``limit``, else a part of it.

    The part is a group too: that of as many generators as fit, tried from the last to the first.
    The identity comes first; without generators it is all there is.
    """
    if not generators:
        return (Permutation(()),)
    nothing = generators[0].after(generators[0].inverse())
    chosen: list[Permutation] = []
    elements: dict[Permutation, None] = {nothing: None}
    for generator in reversed(generators):
        if 2 * len(elements) > limit:
            break  # a larger group is at least twice as large
        if generator not in elements:
            larger = _closure(nothing, [*chosen, generator], limit)
            if larger is not None:
                chosen, elements = [*chosen, generator], larger
    return tuple(elements)


def _closure(
    nothing: Permutation, moves: Sequence[Permutation], limit: int
) -> dict[Permutation, None] | None:
    elements, waiting = {nothing: None}, [nothing]
    while waiting:
        here = waiting.pop()
        for move in moves:
            further = move.after(here)
            if further not in elements:
                if len(elements) == limit:
                    return None
                elements[further] = None
                waiting.append(further)
    return elements


def cell_map(grounded: Ground, p: Permutation) -> tuple[int, ...]:
    """The number of the image of each cell: the same table at the images of its arguments."""
    number = grounded.grounder.number
    return tuple(
        number[c.symbol, tuple(map(p, c.symbol.arguments, c.arguments))]
        for c in grounded.grounder.cells
    )


def action_map(grounded: Ground, p: Permutation) -> tuple[int, ...]:
    """The number of the image of each action: the same rule at the images of its arguments.

    Raises:
        ModelError: some action has no image, so ``p`` is no symmetry of the machine.
    """
    number = {(a.rule.name, a.arguments): i for i, a in enumerate(grounded.actions)}
    found = []
    for action in grounded.actions:
        sorts = [v.of for v in action.rule.parameters]
        image = action.rule.name, tuple(map(p, sorts, action.arguments))
        if image not in number:
            raise ModelError(f"{image[0]}{image[1]} cannot happen, so this is no symmetry")
        found.append(number[image])
    return tuple(found)


def formula_image(formula: Formula, cells: Sequence[int], actions: Sequence[int]) -> Formula:
    """The image of a ground formula, put in order (see ``in_order``).

    Args:
        formula: Over cells, cells of the next state, and the action taken.
        cells: The image of each cell, from ``cell_map``.
        actions: The image of each action, from ``action_map``; empty for a state formula.
    """
    return in_order(_image(formula, cells, actions))


def _image(formula: Formula, cells: Sequence[int], actions: Sequence[int]) -> Formula:
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, In):
        half = len(cells)
        if formula.cell == 2 * half:
            return In(formula.cell, frozenset(actions[a] for a in formula.values))
        ahead, cell = divmod(formula.cell, half)
        return In(cells[cell] + ahead * half, formula.values)
    return type(formula)(tuple(_image(p, cells, actions) for p in formula.parts))


def in_order(formula: Formula) -> Formula:
    """``formula`` with its parts sorted, and none of them twice.

    Formulas that differ in the order of parts alone, at any depth, become equal.
    """
    if isinstance(formula, bool | In):
        return formula
    parts = (in_order(p) for p in formula.parts)
    merged = conjunction(parts) if isinstance(formula, All) else disjunction(parts)
    if isinstance(merged, bool | In):
        return merged
    return type(merged)(tuple(sorted(merged.parts, key=_rank)))


def _rank(formula: Formula) -> tuple[object, ...]:
    match formula:
        case In(cell, values):
            return (0, cell, tuple(sorted(values)))
        case All(parts):
            return (1, tuple(map(_rank, parts)))
        case Some(parts):
            return (2, tuple(map(_rank, parts)))
    return (3, formula)


__all__ = [
    "Permutation",
    "action_map",
    "cell_map",
    "formula_image",
    "generators",
    "group",
    "identity",
    "in_order",
    "movable",
]
