"""Which renamings of numbered members keep a list of facts: colour refinement and search.

Members are numbers, facts are tagged tuples of members; nothing here knows what they stand for.
Members that facts tell apart get different colours (those of a fact colour each other, until
nothing changes). Nearly always the colours leave one sensible guess, which is then tried on
every fact; where they do not, a member is singled out and the search goes on, up to a limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

Fact = tuple[Hashable, tuple[int, ...]]
"""What is said (anything that can be compared) and the members that it is said of."""

Renaming = tuple[int, ...]
"""The image of each member."""

Colours = list[int]


@dataclass(frozen=True)
class Facts:
    """Facts about the members 0 to ``size - 1``; ``kinds`` gives what no renaming may mix."""

    kinds: tuple[Hashable, ...]
    facts: frozenset[Fact]

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self.kinds)

    def kept_by(self, renaming: Renaming) -> bool:
        """Whether ``renaming``, which is one to one, keeps every fact and every kind."""
        return all(self.kinds[i] == self.kinds[x] for i, x in enumerate(renaming)) and all(
            (tag, tuple(renaming[e] for e in ends)) in self.facts for tag, ends in self.facts
        )

    @cached_property
    def _links(self) -> list[Fact]:
        return [f for f in self.facts if len(f[1]) > 1]

    @cached_property
    def colours(self) -> Colours:
        """Members that facts about themselves, or about their neighbours, tell apart."""
        own: list[set[Hashable]] = [set() for _ in self.kinds]
        for tag, ends in self.facts:
            if len(ends) == 1:
                own[ends[0]].add(tag)
        said = [(kind, frozenset(tags)) for kind, tags in zip(self.kinds, own, strict=True)]
        numbers: dict[Hashable, int] = {}
        (found,) = self.refined([[numbers.setdefault(s, len(numbers)) for s in said]])
        return found

    def refined(self, several: list[Colours]) -> list[Colours]:
        """Finer colours, until no fact tells more apart; equal numbers mean the same in each."""
        known = 0
        while True:
            signs: dict[Hashable, int] = {}
            names: dict[Hashable, int] = {}
            several = [self._round(colours, signs, names) for colours in several]
            if len(names) == known:
                return several
            known = len(names)

    def _round(
        self, colours: Colours, signs: dict[Hashable, int], names: dict[Hashable, int]
    ) -> Colours:
        around: list[list[tuple[int, int]]] = [[] for _ in colours]
        for tag, ends in self._links:
            sign = signs.setdefault((tag, *[colours[e] for e in ends]), len(signs))
            for place, end in enumerate(ends):
                around[end].append((sign, place))
        return [
            names.setdefault((colour, *sorted(near)), len(names))
            for colour, near in zip(colours, around, strict=True)
        ]


@dataclass
class Search:
    """A search for renamings that keep facts, which tries at most ``attempts`` guesses."""

    facts: Facts
    attempts: int

    def strong_generators(self) -> list[Renaming]:
        """Renamings that keep all facts, along a chain of stabilisers, first members first.

        For each member in turn, and each other that it can be mapped to by a renaming that keeps
        the earlier members where they are: one such renaming. When the attempts are used up some
        are missing.
        """
        levels = self._levels()
        found: list[list[Renaming]] = []
        basis: list[Renaming] = []  # these alone generate what was found deeper down
        for base, colours in reversed(levels):
            here: dict[int, Renaming] = {}
            hopeless: set[int] = set()
            searched: list[Renaming] = []
            for other in range(self.facts.size):
                alike = colours[other] == colours[base] and other != base
                if not alike or other in here or other in hopeless:
                    continue
                renaming = self._mapping(colours, base, other)
                if renaming is None:
                    hopeless |= _orbit(other, basis)
                    continue
                searched.append(renaming)
                here |= _conjugates(base, renaming, basis)
            found.append([here[other] for other in sorted(here)])
            basis += searched
        return [r for level in reversed(found) for r in level]

    def _levels(self) -> list[tuple[int, Colours]]:
        """Members that are not told apart from all others by the earlier ones, with colours."""
        levels, colours = [], self.facts.colours
        for base in range(self.facts.size):
            if colours.count(colours[base]) > 1:
                levels.append((base, colours))
                (colours,) = self.facts.refined([_singled_out(colours, base)])
        return levels

    def _mapping(self, colours: Colours, member: int, to: int) -> Renaming | None:
        """A renaming that keeps all facts and takes ``member`` to ``to``, within ``colours``."""
        return self._match(_singled_out(colours, member), _singled_out(colours, to))

    def _match(self, left: Colours, right: Colours) -> Renaming | None:
        left, right = self.facts.refined([left, right])
        sizes = Counter(left)
        if sizes != Counter(right) or self.attempts <= 0:
            return None
        self.attempts -= 1
        guess = _guess(left, right)
        if self.facts.kept_by(guess):
            return guess
        open_cells = [m for m, colour in enumerate(left) if sizes[colour] > 1]
        if not open_cells:
            return None
        member = min(open_cells, key=lambda m: sizes[left[m]])
        for other in range(self.facts.size):
            if right[other] == left[member]:
                deeper = self._match(_singled_out(left, member), _singled_out(right, other))
                if deeper is not None:
                    return deeper
        return None


def _singled_out(colours: Colours, member: int) -> Colours:
    return [-1 if m == member else colour for m, colour in enumerate(colours)]


def _guess(left: Colours, right: Colours) -> Renaming:
    """A renaming from colours to equal colours: members stay, else change places, if they can."""
    image = [-1] * len(left)
    free: dict[int, dict[int, None]] = {}
    for member, colour in enumerate(right):
        free.setdefault(colour, {})[member] = None

    def assign(member: int, to: int) -> None:
        image[member] = to
        del free[left[member]][to]

    for member, colour in enumerate(left):
        if colour == right[member]:
            assign(member, member)
    for member, colour in enumerate(left):
        if image[member] < 0:
            to = next(iter(free[colour]))
            assign(member, to)
            if image[to] < 0 and member in free[left[to]]:
                assign(to, member)
    return tuple(image)


def _orbit(member: int, basis: Sequence[Renaming]) -> set[int]:
    found, waiting = {member}, [member]
    while waiting:
        here = waiting.pop()
        fresh = {renaming[here] for renaming in basis} - found
        found |= fresh
        waiting += fresh
    return found


def _conjugates(base: int, renaming: Renaming, basis: Sequence[Renaming]) -> dict[int, Renaming]:
    """Renamings like ``renaming``, of ``base`` to all that ``basis``, which keeps it, leads to."""
    found, waiting = {renaming[base]: renaming}, [renaming]
    while waiting:
        here = waiting.pop()
        for move in basis:
            if move[here[base]] not in found:
                moved = list(here)
                for member, to in enumerate(here):
                    moved[move[member]] = move[to]
                found[moved[base]] = tuple(moved)
                waiting.append(found[moved[base]])
    return found
