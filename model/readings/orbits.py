"""One state for all of its images: generated Python over packed states, as the compiled reading's.

An image of a packed state moves fields of bits; those that move equally far move together, in
one masked shift. Images are made from each other along a tree, so that each costs the shifts of
one generator, of which most move little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from unsay.model.language.terms import Term
from unsay.model.readings.compiled import Packed, Packing, Program
from unsay.model.readings.ground import Ground
from unsay.model.readings.symmetry import Permutation, cell_map, generators, group

IMAGES_MAX = 24
"""Images of a state that are looked at. Each costs time at every step of a search."""


@dataclass(frozen=True)
class Orbits:
    """What a group of symmetries does to packed states.

    Attributes:
        order: How many elements the group has.
        least: The least image of a state: the one that stands for all of them.
        size: How many different images a state has, itself among them.
        source: The code of both, which tells whether two searches see the same orbits.
    """

    order: int
    least: Callable[[Packed], Packed]
    size: Callable[[Packed], int]
    source: str = ""


def orbits_of(program: Program, claims: Iterable[Term], limit: int = IMAGES_MAX) -> Orbits | None:
    """The orbits of states under the machine's symmetry, or None where nothing is alike.

    Args:
        program: The machine, compiled.
        claims: The closed formulas that states will be asked; none may tell images apart.
        limit: The most images of a state to look at. Of a larger group a part is used.
    """
    grounded = program.ground
    found = [p for p in generators(grounded.machine, claims) if _keeps_domains(grounded, p)]
    elements = group(found, limit)
    if len(elements) < 2:
        return None
    lines = _images(program.packing, grounded, found, elements)
    images = ", ".join(["s", *(f"s{i}" for i in range(1, len(elements)))])
    space: dict[str, Callable[[Packed], int]] = {}
    for name, result in (("least", f"min({images})"), ("size", f"len({{{images}}})")):
        source = "\n".join([f"def {name}(s):", *lines, f"    return {result}", ""])
        exec(compile(source, f"<orbits of {grounded.machine.name}>", "exec"), space)
    return Orbits(len(elements), space["least"], space["size"], "\n".join([*lines, images]))


def _keeps_domains(grounded: Ground, p: Permutation) -> bool:
    """Whether cells and their images are packed alike: they may hold the same values."""
    cells = cell_map(grounded, p)
    return all(grounded.domains[cell] == grounded.domains[i] for i, cell in enumerate(cells))


def _images(
    packing: Packing,
    grounded: Ground,
    moves: list[Permutation],
    elements: tuple[Permutation, ...],
) -> list[str]:
    """Statements that put the images of ``s`` under all but the first element into s1, s2, ..."""
    by_work = sorted(
        ((cell_map(grounded, p), p) for p in moves if p in elements),
        key=lambda pair: len(_shifts(packing, pair[0])),
    )
    names = {elements[0]: "s"}
    waiting, lines = [elements[0]], []
    for here in waiting:
        for cells, move in by_work:
            further = move.after(here)
            if further not in names:
                names[further] = f"s{len(names)}"
                waiting.append(further)
                lines.append(f"    {names[further]} = {_moved(packing, cells, names[here])}")
    return lines


def _shifts(packing: Packing, cells: tuple[int, ...]) -> dict[int, int]:
    """The bits that move, by how far they move up (down if negative)."""
    masks: dict[int, int] = {}
    for cell, shift in packing.shift.items():
        far = packing.shift[cells[cell]] - shift
        masks[far] = masks.get(far, 0) | packing.mask[cell]
    return masks


def _moved(packing: Packing, cells: tuple[int, ...], state: str) -> str:
    parts = []
    for far, mask in sorted(_shifts(packing, cells).items(), key=lambda pair: abs(pair[0])):
        way = f" << {far}" if far > 0 else f" >> {-far}" if far else ""
        parts.append(f"({state} & {mask}){way}")
    return " | ".join(parts)
