"""Few columns in which no row agrees: the sets that hit each row's disagreements.

Which literals tell one state from all others is such a question. The sets are grown column by
column, each next one chosen from a row that none has hit yet, and only while every column is the
only one to hit some row. (MMCS: Murakami and Uno, Discrete Applied Mathematics 170, 2014.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]
Chosen = tuple[int, ...]


@dataclass
class Separating:
    """Minimal sets of columns, in none of which a row agrees throughout.

    Attributes:
        agree: For each row, in which columns it agrees.
        order: The columns, those that are tried first at the beginning.
        steps_max: After so many steps of growing, what is found is all there is.
    """

    agree: Bits
    order: Sequence[int]
    steps_max: int
    _rows: list[list[int]] = field(init=False)
    _hit_by: dict[int, int] = field(init=False)
    _all: int = field(init=False)
    _most: int = field(init=False)
    _steps: int = field(init=False)

    def __post_init__(self) -> None:
        differ = _least(~self.agree)
        self._rows = [[c for c in self.order if row[c]] for row in differ]
        self._all = (1 << len(differ)) - 1
        self._hit_by = {
            c: sum(1 << int(r) for r in np.flatnonzero(differ[:, c])) for c in self.order
        }
        self._most = max((hits.bit_count() for hits in self._hit_by.values()), default=0)

    def of(self, size: int) -> Iterator[Chosen]:
        """Sets of ``size`` columns of which no fewer would do, each in ascending order."""
        self._steps = 0
        for chosen in self._grown((), (), self._all, frozenset(self.order), size):
            yield tuple(sorted(chosen))

    def _grown(
        self,
        chosen: Chosen,
        only: tuple[int, ...],
        left: int,
        free: frozenset[int],
        more: int,
    ) -> Iterator[Chosen]:
        """Sets that have the columns ``chosen`` and ``more`` others of those that are ``free``.

        Args:
            chosen: Columns.
            only: Of each of these, the rows that no other hits.
            left: The rows that none hits.
            free: Columns of which no set with the same others has been looked at.
            more: How many columns are wanted yet.
        """
        if not left:
            if not more:
                yield chosen
            return
        if left.bit_count() > more * self._most or self._steps >= self.steps_max:
            return
        options = self._fewest(left, free)
        free = free.difference(options)
        for column in options:
            self._steps += 1
            hits = self._hit_by[column]
            still = [rows & ~hits for rows in only]
            if (more > 1 or not left & ~hits) and all(still):
                yield from self._grown(
                    (*chosen, column), (*still, left & hits), left & ~hits, free, more - 1
                )
            free |= {column}

    def _fewest(self, left: int, free: frozenset[int]) -> list[int]:
        """The free columns of that row of ``left`` that has the fewest."""
        best: list[int] | None = None
        while left:
            row = self._rows[(left & -left).bit_length() - 1]
            options = [c for c in row if c in free]
            if best is None or len(options) < len(best):
                best = options
            if len(best) < 2:
                break
            left &= left - 1
        assert best is not None
        return best


def _least(differ: Bits) -> Bits:
    """The rows without those that some other is hit with: those with the fewest columns first."""
    differ = np.unique(differ, axis=0)
    differ = differ[np.argsort(differ.sum(axis=1), kind="stable")]
    counts = differ.sum(axis=1)
    within = (differ.astype(np.float32) @ differ.T.astype(np.float32)) == counts[:, None]
    np.fill_diagonal(within, False)
    found: Bits = differ[~within.any(axis=0)]
    return found
