"""Proofs of a machine's properties at any size: what the search needs, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from unsay.engines.proof.archive import Archive, weaker
from unsay.engines.proof.atoms import vocabulary, written
from unsay.engines.proof.clauses import Clause, clause_of
from unsay.engines.proof.countermodels import Countermodels
from unsay.engines.proof.houdini import Houdini, short_clauses
from unsay.engines.proof.obligations import Goal, Obligations
from unsay.engines.proof.pool import Pool
from unsay.engines.proof.samples import worlds_of
from unsay.engines.proof.search import Search
from unsay.engines.proof.sizes import base_sizes, sizes
from unsay.model.language import Machine, Symbol, Term
from unsay.model.language.effects import as_at_first
from unsay.model.language.terms import symbols
from unsay.model.readings.arrays import Worlds

_STATES_MAX = 6000
_VARIABLES_MAX = 3
_SHORT_VARIABLES_MAX = 2
_SMALLEST_MILLISECONDS = 5_000
_SMALL_MILLISECONDS = 1_000
"""What takes longer at small sizes is sooner put to the solver at any size."""
_ANY_MILLISECONDS = 10_000


def searcher(
    machine: Machine,
    claims: Sequence[Term],
    keep: Iterable[Symbol],
    samples: Iterable[Machine],
    pause: Callable[[], None],
    report: Callable[[str], None],
    archive: Archive | None = None,
    pause_for_all: Callable[[], None] | None = None,
) -> Search:
    """A search for proofs of ``claims`` about ``machine``.

    Args:
        machine: The machine.
        claims: What is to be proved.
        keep: The history that the claims read.
        samples: Machines with the same rules on small structures.
        pause: Called now and then; what it raises ends the work.
        report: Told of progress.
        archive: Lemmas that are tried first; those that come with this program, if None.
        pause_for_all: Called instead of ``pause`` while lemmas are found that serve many claims.
    """
    history = set(keep)
    tables = [s for s in machine.symbols if s.role != "history" or s in history]
    limits = (_SMALLEST_MILLISECONDS, _SMALL_MILLISECONDS, _SMALL_MILLISECONDS)
    # At the largest size it takes most of the time to find out that nothing can be left out.
    small = [
        Countermodels(machine, tables, some, limit, minimal)
        for some, limit, minimal in zip(sizes(machine), limits, (True, True, False), strict=True)
    ]
    sources = _Sources(
        machine=machine,
        claims=claims,
        samples=[worlds_of(m, history, _STATES_MAX, pause) for m in samples],
        given=tuple(never_written(machine)),
        at=[
            Countermodels(machine, tables, base_sizes(machine), _SMALLEST_MILLISECONDS),
            small[1],
        ],
        archive=Archive.shipped() if archive is None else archive,
        pause=pause,
        pause_for_all=pause_for_all or pause,
        report=report,
    )
    return Search(
        machine=machine,
        pool=sources.pool,
        remembered=sources.remembered,
        bases=(sources.standing, sources.base),
        small=small,
        obligations=Obligations(machine, tables, _ANY_MILLISECONDS),
        given=sources.given,
        pause=pause,
        report=report,
    )


@dataclass
class _Sources:
    """Where lemmas come from: one pool, and one base, for each choice of history.

    What a claim does not read only offers more words.

    Attributes:
        machine: The machine.
        claims: What is to be proved.
        samples: Sampled reachable states.
        given: Lemmas that hold, by obligations that are trivially discharged.
        at: The sizes at which lemmas have to stand that nothing asked for.
        archive: Lemmas of other designs.
        pause: Called now and then; what it raises ends the work.
        pause_for_all: The same while lemmas are found that serve many claims.
        report: Told of progress.
    """

    machine: Machine
    claims: Sequence[Term]
    samples: Sequence[Worlds]
    given: Sequence[Term]
    at: Sequence[Countermodels]
    archive: Archive
    pause: Callable[[], None]
    pause_for_all: Callable[[], None]
    report: Callable[[str], None]
    _pools: dict[frozenset[Symbol], Pool] = field(default_factory=dict)
    _bases: dict[frozenset[Symbol], list[Term]] = field(default_factory=dict)
    _stand: dict[frozenset[Symbol], list[Term]] = field(default_factory=dict)
    _others: dict[frozenset[Symbol], list[Term]] = field(default_factory=dict)
    _seen: dict[Term, bool] = field(default_factory=dict)

    def pool(self, goal: Goal) -> Pool:
        """Clauses for ``goal``."""
        return self._pool(_history(goal.term))

    def remembered(self, goal: Goal) -> Sequence[Term]:
        """Lemmas of other designs that every sample keeps, of no history but that of ``goal``."""
        return self._others_kept(_history(goal.term))

    def standing(self, goal: Goal) -> Sequence[Term]:
        """Those of them that stand together."""
        return self._in_two(goal, self._stand, self._remembered)

    def base(self, goal: Goal) -> Sequence[Term]:
        """Short lemmas for ``goal`` that stand together."""
        return self._in_two(goal, self._bases, self._short)

    def _in_two(
        self,
        goal: Goal,
        found: dict[frozenset[Symbol], list[Term]],
        clauses: Callable[[frozenset[Symbol]], Sequence[Clause]],
    ) -> Sequence[Term]:
        """Lemmas about no history, which all claims share, and those about that of ``goal``."""
        plain, read = frozenset[Symbol](), _history(goal.term)
        for some in (plain, read):
            if some not in found:
                found[some] = self._standing(clauses(some), found[plain] if some else ())
        return [*found[plain], *found[read]] if read else found[plain]

    def _standing(self, clauses: Sequence[Clause], known: Sequence[Term]) -> list[Term]:
        for size in self.at:
            houdini = Houdini(self.machine, size, self.pause_for_all)
            clauses = houdini.standing(clauses, [*self.given, *known])
        return [c.term for c in clauses]

    def _remembered(self, read: frozenset[Symbol]) -> list[Clause]:
        self.report("lemmas of other designs")
        about = (t for t in self._others_kept(read) if _history(t) or not read)
        return [c for t in about if (c := clause_of(t))]

    def _others_kept(self, read: frozenset[Symbol]) -> Sequence[Term]:
        """Where some sample breaks a lemma, perhaps none breaks what is left of it."""
        if read not in self._others:
            about = (t for t in self._of_others if _history(t) <= read)
            some = (k for t in about for k in ((t,) if self._kept(t) else weaker(t)))
            self._others[read] = [t for t in some if self._kept(t)]
        return self._others[read]

    def _short(self, read: frozenset[Symbol]) -> list[Clause]:
        self.report("short lemmas that stand together")
        rows = self._pool(read).all_rows(_SHORT_VARIABLES_MAX)
        clauses = [c for some in rows for c in short_clauses(some)]
        if read:
            clauses = [c for c in clauses if read & symbols(c.term)]
        return sorted(clauses, key=lambda c: (len(c.literals), c.cost()))

    @cached_property
    def _of_others(self) -> list[Term]:
        return self.archive.about(self.machine)

    def _kept(self, term: Term) -> bool:
        if term not in self._seen:
            self.pause()
            self._seen[term] = all(world.holds(term).all() for world in self.samples)
        return self._seen[term]

    def _pool(self, read: frozenset[Symbol]) -> Pool:
        if read not in self._pools:
            terms = [c for c in self.claims if _history(c) <= read]
            words = vocabulary(self.machine, terms)
            self._pools[read] = Pool(words, self.samples, _VARIABLES_MAX, self.pause)
        return self._pools[read]


def _history(term: Term) -> frozenset[Symbol]:
    return frozenset(s for s in symbols(term) if s.role == "history")


def never_written(machine: Machine) -> Iterable[Term]:
    """Of each state table that no rule of this design writes, that it stays what it was."""
    changing = written(machine)
    for table in machine.symbols:
        if table.role == "state" and table not in changing:
            yield as_at_first(table)
