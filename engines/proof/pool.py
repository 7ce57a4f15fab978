"""Lemmas on demand: what is true of every sampled state and false of one that is in the way."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unsay.engines.proof.atoms import Signature, Vocabulary
from unsay.engines.proof.clauses import Clause, weight
from unsay.engines.proof.separating import Separating
from unsay.engines.proof.violations import Violation
from unsay.model.language import Symbol, Term
from unsay.model.language.terms import Not, symbols
from unsay.model.readings.arrays import Worlds

Bits = NDArray[np.bool_]
_LITERALS_MAX = 5
_STEPS_MAX = 4_000
"""For the clauses of one size that tell one row from the sampled ones, so many steps are taken."""
_SAMPLED_MAX = 600
"""Of each world, so many states are looked at when clauses are made; then all, and those that
break a clause are looked at from then on."""
_TAUGHT_MAX = 30
_NEAREST_MAX = 1_000
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
        sets = [s for s in self._near.of(size) if self.known.changing[list(s)].any()]
        kept = 0
        for chosen in sorted(sets, key=lambda s: float(self.weights[list(s)].sum())):
            if self.agree[:, chosen].all(axis=1).any():
                continue
            clause = self.clause(chosen)
            if clause.general and clause.term not in barred:
                yield float(self.weights[list(chosen)].sum()), clause
                kept += 1
            if kept >= _EACH_MAX:
                break

    @cached_property
    def _near(self) -> Separating:
        """From the sampled rows that agree in most: what is told from these is from most others."""
        near = np.argsort(self.agree.sum(axis=1), kind="stable")[-_NEAREST_MAX:]
        order = np.argsort(self.weights, kind="stable").tolist()
        return Separating(self.agree[near], order, _STEPS_MAX)


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
        """What some of the samples say of up to so many members, for each choice of their sorts.

        In the words for short lemmas.
        """
        for i, signature in enumerate(self._signatures):
            if len(signature.variables) <= variables:
                self._pause()
                known = self._sampled(i)
                short = set(self._vocabulary.atoms(signature, short=True))
                said = known.only(np.flatnonzero([a in short for a in known.atoms]))
                yield replace(said, rows=_unique(said.rows))

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
