"""A claim in pieces that can be decided apart, and pieces of which one stands for all.

"Every device of every message ..." is as many claims as there are devices and messages, and each
hangs on a small part of the machine. Where the machine looks the same with members renamed, a
piece and its image are broken by runs that are images of each other, so one of them is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from unsay.model.language import Machine
from unsay.model.readings.formulas import All, Formula, Some, cells_of, disjunction
from unsay.model.readings.ground import Ground
from unsay.model.readings.symmetry import (
    action_map,
    cell_map,
    formula_image,
    generators,
    in_order,
)

_DISTRIBUTED_MIN = 3
"""An "all of" of fewer parts within a "some of" is left alone."""


Formulas = tuple[Formula, ...]


@dataclass(frozen=True)
class Piece:
    """A part of a claim, and the cells that it is about rather than what it assumes."""

    claim: Formula
    core: frozenset[int]


def pieces(claim: Formula) -> list[Piece]:
    """Claims that all hold exactly where ``claim`` holds."""
    found = (Piece(in_order(part), frozenset(core)) for part, core in _parts(claim))
    return list({piece.claim: piece for piece in found}.values())


def _parts(claim: Formula) -> Iterator[tuple[Formula, set[int]]]:
    """ "A or (B and C)" is "(A or B) and (A or C)": B and C are what it is about."""
    if claim is True:
        return
    if isinstance(claim, All):
        for part in claim.parts:
            yield from _parts(part)
        return
    largest = None
    if isinstance(claim, Some):
        largest = max(
            (p for p in claim.parts if isinstance(p, All)), key=lambda p: len(p.parts), default=None
        )
    if largest is None or len(largest.parts) < _DISTRIBUTED_MIN:
        yield claim, cells_of(claim)
        return
    assert isinstance(claim, Some)
    others = [p for p in claim.parts if p is not largest]
    for part, core in _parts(largest):
        whole = disjunction([*others, part])
        if whole is not True:
            yield whole, core


class Symmetry:
    """The renamings that map a ground machine onto itself."""

    def __init__(self, machine: Machine, grounded: Ground) -> None:
        found = generators(machine)
        self._maps = [(cell_map(grounded, p), action_map(grounded, p)) for p in found]

    def standing_for_all(self, every: Sequence[Piece]) -> list[Piece]:
        """One piece of each set of pieces that are images of each other, in order."""
        return [every[i] for i in self.first_of_each([(piece.claim,) for piece in every])]

    def first_of_each(self, every: Sequence[Formulas]) -> list[int]:
        """Where the first of each set of items that are images of each other is, in order.

        Args:
            every: Each some formulas, in order (``in_order``), that move together.
        """
        number = {item: i for i, item in reversed(list(enumerate(every)))}
        done = [False] * len(every)
        kept = []
        for i, item in enumerate(every):
            if not done[number[item]]:
                kept.append(i)
                self._mark(item, number, done)
        return kept

    def _mark(self, first: Formulas, number: dict[Formulas, int], done: list[bool]) -> None:
        waiting, done[number[first]] = [first], True
        while waiting:
            item = waiting.pop()
            for image in (self._image(item, *maps) for maps in self._maps):
                if image in number and not done[number[image]]:
                    done[number[image]] = True
                    waiting.append(image)

    def _image(self, item: Formulas, cells: tuple[int, ...], actions: tuple[int, ...]) -> Formulas:
        return tuple(formula_image(formula, cells, actions) for formula in item)

    def action_images(self, actions: Iterable[int]) -> frozenset[int]:
        """The actions, by number, and all their images."""
        found = set(actions)
        waiting = list(found)
        while waiting:
            action = waiting.pop()
            fresh = {images[action] for _, images in self._maps} - found
            found |= fresh
            waiting.extend(fresh)
        return frozenset(found)
