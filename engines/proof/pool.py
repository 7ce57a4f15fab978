"""Lemmas on demand: what is true of every sampled state and false of one that is in the way."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unsay.engines.proof.atoms import Signature, Vocabulary
from unsay.engines.proof.clauses import Clause, weight
from unsay.engines.proof.violations import Violation
from unsay.model.language import Symbol, Term
from unsay.model.language.terms import Not, symbols
from unsay.model.readings.arrays import Worlds

Bits = NDArray[np.bool_]
Columns = NDArray[np.intp]
"""A row for each choice of columns."""

_LITERALS_MAX = 4
_STARTS_MAX = 24
"""Clauses of three are looked for among those with one of so many columns, the rarest."""
_STARTS_OF_FOUR_MAX = 24
_SAMPLED_MAX = 600
"""Of each world, so many states are looked at when clauses are made; then all, and those that
break a clause are looked at from then on."""
_TAUGHT_MAX = 30
_NEAREST_MAX = 500
"""Clauses are looked for among so many sampled rows, the likest, and then tried on all."""
_FIRST_MAX = 8
"""So many of the clauses found are tried on all samples before others are looked for."""
_AGAIN_MAX = 6
_EACH_MAX = 12
"""Of the clauses that one binding gives rise to, so many are kept."""


@dataclass
class Rows:
    """What is true of the signature's variables in sampled states: one row of atoms each.

    Attributes:
        signature: The variables.
        atoms: A column each.
        rows: The different rows.
        changing: Which atoms are about state.
    """

    signature: Signature
    atoms: list[Term]
    rows: Bits
    changing: Bits

    def only(self, columns: NDArray[np.intp]) -> Rows:
        """The same with some of the atoms only."""
        atoms = [self.atoms[k] for k in columns]
        return Rows(self.signature, atoms, self.rows[:, columns], self.changing[columns])


@dataclass
class Look:
    """What tells one row of a state from every sampled row.

    Attributes:
        known: The sampled rows.
        row: The row that no sample has.
        agree: For each sampled row, where it agrees with that row.
        weights: What each column costs.
    """

    known: Rows
    row: Bits
    agree: Bits
    weights: NDArray[np.float64]

    def clause(self, columns: Sequence[int]) -> Clause:
        """Never what the row says in ``columns``."""
        atoms = self.known.atoms
        literals = (Not(atoms[k]) if self.row[k] else atoms[k] for k in columns)
        return Clause(self.known.signature, tuple(literals))

    def clauses(self, size: int, barred: Container[Term]) -> Iterator[tuple[float, Clause]]:
        """Some of the cheapest clauses of ``size`` literals that only the row breaks."""
        kept = 0
        seen: set[bytes] = set()
        for chosen in self._separating(size):
            if chosen.tobytes() in seen or self.agree[:, chosen].all(axis=1).any():
                continue
            seen.add(chosen.tobytes())
            clause = self.clause(chosen)
            if clause.general and clause.term not in barred:
                yield float(self.weights[chosen].sum()), clause
                kept += 1
            if kept >= _EACH_MAX:
                break

    def _separating(self, size: int) -> Columns:
        """Columns, one of them at least about state, in all of which no near row agrees.

        No fewer of the columns will do. All there are of one and two; of more, those with some of
        the columns in which the fewest rows agree. The cheapest come first.
        """
        both, changing = self._nearest, self.known.changing
        seldom = both.any(axis=0)
        if size == 1:
            found = np.flatnonzero(~seldom)[:, None]
        else:
            found = np.concatenate(list(self._starting(both, size, np.flatnonzero(seldom))))
        found = np.sort(found[changing[found].any(axis=1)], axis=1)
        return found[np.argsort(self.weights[found].sum(axis=1), kind="stable")]

    @cached_property
    def _nearest(self) -> NDArray[np.float32]:
        """The sampled rows that agree in most: what tells these from the row tells most others."""
        near = np.argsort(self.agree.sum(axis=1), kind="stable")[-_NEAREST_MAX:]
        return self.agree[near].astype(np.float32)

    def _starting(
        self, both: NDArray[np.float32], size: int, columns: NDArray[np.intp]
    ) -> Iterator[Columns]:
        yield np.zeros((0, size), np.intp)
        part = both[:, columns]
        if size == 2:
            yield columns[np.argwhere(np.triu((part.T @ part) == 0, 1))]
            return
        rare = columns[np.argsort(part.sum(axis=0), kind="stable")]
        if size == 3:
            yield separating_triples(both, rare[:_STARTS_MAX], columns)
            return
        for i in rare[:_STARTS_OF_FOUR_MAX]:
            rest = both[both[:, i] > 0]
            # A column in which no row of the rest agrees makes a pair with this one.
            others = columns[rest[:, columns].any(axis=0) & (columns != i)]
            for found in self._starting(rest, size - 1, others):
                yield np.insert(found, 0, i, axis=1)


def separating_triples(
    both: NDArray[np.float32], starts: NDArray[np.intp], columns: NDArray[np.intp]
) -> Columns:
    """One of ``starts`` and two of ``columns`` in all of which no row agrees.

    Some row agrees in the first and either of the others. All starts at once: there are many rows
    of few columns, and to ask for each apart costs more than the answer.
    """
    part = both[:, columns]
    agree = both[:, starts].T[:, :, None] * part
    together = agree.transpose(0, 2, 1) @ part
    usable = agree.any(axis=1) & (columns != starts[:, None])
    found = np.triu(together == 0, 1) & usable[:, :, None] & usable[:, None, :]
    start, first, second = np.nonzero(found)
    return np.stack([starts[start], columns[first], columns[second]], axis=1)


def _look(
    known: Rows, row: Bits, columns: NDArray[np.intp], weights: NDArray[np.int_]
) -> Iterator[Look]:
    """What tells ``row`` from the samples in some columns, if anything does.

    Of columns in which the same samples agree with the row, the simplest will do.
    """
    agree = known.rows[:, columns] == row[columns]
    if agree.all(axis=1).any():
        return
    simplest: dict[bytes, int] = {}
    packed = np.packbits(agree, axis=0)
    for k in np.argsort(weights[columns], kind="stable"):
        simplest.setdefault(packed[:, k].tobytes(), int(k))
    kept = np.array(sorted(simplest.values()))
    agree = agree[:, kept]
    chosen = columns[kept]
    yield Look(known.only(chosen), row[chosen], agree, weights[chosen] + 1 - agree.mean(axis=0))


def _by_weight(found: tuple[float, Clause]) -> tuple[float, int]:
    return found[0], len(str(found[1].term))


class Pool:
    """Clauses over a vocabulary that every sampled state satisfies.

    Args:
        vocabulary: What clauses are made of.
        worlds: The samples.
        variables_max: How many variables a clause may have.
        pause: Called now and then; what it raises ends the work.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        worlds: Sequence[Worlds],
        variables_max: int,
        pause: Callable[[], None],
    ) -> None:
        self._all = list(worlds)
        self._worlds = [
            w.only(np.arange(0, w.states, 1 + w.states // _SAMPLED_MAX)) for w in worlds
        ]
        self._vocabulary = vocabulary
        self._pause = pause
        self._variables_max = variables_max
        self._signatures = list(vocabulary.signatures(variables_max))
        self._rows: dict[int, Rows] = {}

    @property
    def samples(self) -> Sequence[Worlds]:
        """All sampled states."""
        return self._all

    def all_rows(self, variables: int) -> Iterator[Rows]:
        """What some of the samples say of up to so many members, for each choice of their sorts."""
        for i, signature in enumerate(self._signatures):
            if len(signature.variables) <= variables:
                self._pause()
                yield self._sampled(i)

    def against(
        self,
        states: Worlds | Sequence[Violation],
        near: Set[Symbol],
        barred: Container[Term],
        longest: int | None = None,
    ) -> Iterator[Iterable[Clause]]:
        """Clauses that ``states`` break and every sample keeps, the simplest first.

        A clause counts by its literals and variables. Those of one count come together.

        Args:
            states: A single state; or some, and clauses about the members that they name, in what
                these states have in common.
            near: Tables that clauses should be about, if that can be.
            barred: Closed formulas that are not wanted.
            longest: No clause has more literals and variables together, if it is given.
        """
        sorts = {s for table in near for s in (*table.arguments, table.value)}
        usable = [
            i
            for i, signature in enumerate(self._signatures)
            if sorts.issuperset(v.of for v in signature.variables)
        ]
        looks: dict[tuple[int, int], list[Look]] = {}

        def looked(i: int) -> list[Look]:
            # What is learnt meanwhile is one world more, and makes other looks.
            key = (i, len(self._worlds))
            if key not in looks:
                looks[key] = list(self._looks(i, states, near))
            return looks[key]

        most = self._variables_max + _LITERALS_MAX
        for count in range(2, min(longest or most, most) + 1):
            found = self._of_count(count, usable, looked, barred)
            if found:
                yield filter(self.lasts, found)

    def _of_count(
        self,
        count: int,
        usable: Sequence[int],
        looked: Callable[[int], list[Look]],
        barred: Container[Term],
    ) -> list[Clause]:
        """Clauses of ``count`` literals and variables, the cheapest first.

        Where the first ones turn out to be broken by some sample, that is learnt, and others are
        looked for: the ones that are not found are simpler than those that are left.
        """
        cheapest: list[Clause] = []
        for _ in range(_AGAIN_MAX):
            found: dict[Term, tuple[float, Clause]] = {}
            for i in usable:
                self._pause()
                literals = count - len(self._signatures[i].variables)
                if 1 <= literals <= _LITERALS_MAX:
                    for look in looked(i):
                        found |= {c.term: (w, c) for w, c in look.clauses(literals, barred)}
            cheapest = [c for _, c in sorted(found.values(), key=_by_weight)]
            kept = [self.lasts(c) for c in cheapest[:_FIRST_MAX]]
            if all(kept):
                break
        return cheapest

    def lasts(self, clause: Clause) -> bool:
        """Whether all sampled states keep ``clause``; those that do not are learnt from."""
        for world in self._all:
            broken = np.flatnonzero(~world.holds(clause.term))
            if broken.size:
                self._learn(world.only(broken[:: 1 + broken.size // _TAUGHT_MAX]))
                return False
        return True

    def _learn(self, world: Worlds) -> None:
        self._worlds.append(world)
        for known in self._rows.values():
            fresh = rows_of(world, known.signature, known.atoms)
            known.rows = _unique(np.concatenate([known.rows, fresh]))

    def _looks(
        self, i: int, states: Worlds | Sequence[Violation], near: Set[Symbol]
    ) -> Iterator[Look]:
        known = self._sampled(i)
        weights = np.array([weight(a, near) for a in known.atoms])
        if isinstance(states, Worlds):
            for row in _unique(rows_of(states, known.signature, known.atoms)):
                yield from _look(known, row, np.arange(len(row)), weights)
            return
        for chosen in states[0].choices(known.signature):
            found = (v.row(known.signature, known.atoms, chosen) for v in states)
            rows = [row for row in found if row is not None]
            if len(rows) == len(states):
                same = np.flatnonzero((np.stack(rows) == rows[0]).all(axis=0))
                yield from _look(known, rows[0], same, weights)

    def _sampled(self, i: int) -> Rows:
        if i not in self._rows:
            self._rows[i] = self._seen(self._signatures[i], self._worlds)
        return self._rows[i]

    def _seen(self, signature: Signature, worlds: Iterable[Worlds]) -> Rows:
        atoms = self._vocabulary.atoms(signature)
        rows = np.concatenate([rows_of(w, signature, atoms) for w in worlds])
        changing = [any(s.role != "rigid" for s in symbols(a)) for a in atoms]
        return Rows(signature, atoms, _unique(rows), np.array(changing, dtype=bool))


def rows_of(world: Worlds, signature: Signature, atoms: Sequence[Term]) -> Bits:
    """Each atom's truth for all values of the signature's variables for which its premise holds."""
    variables = signature.variables
    wanted = world.value(signature.premise, variables).astype(bool).ravel()
    columns = [world.value(a, variables).astype(bool).ravel()[wanted] for a in atoms]
    return np.stack(columns, axis=1) if columns else np.zeros((int(wanted.sum()), 0), bool)


def _unique(rows: Bits) -> Bits:
    """The different rows. Told apart by a hash: rows that collide could only cost a lemma."""
    if len(rows) < 2:
        return rows
    packed = np.packbits(rows, axis=1)
    room = np.zeros((len(rows), -packed.shape[1] % 8 + packed.shape[1]), np.uint8)
    room[:, : packed.shape[1]] = packed
    words = room.view(np.uint64)
    mixed = np.zeros(len(rows), np.uint64)
    for word in words.T:
        mixed = (mixed ^ word) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    _, first = np.unique(mixed, return_index=True)
    return rows[first]
