"""Proofs of a machine's properties at any size: what the search needs, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from unsay.engines.proof.atoms import vocabulary, written
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
) -> Search:
    """A search for proofs of ``claims`` about ``machine``.

    Args:
        machine: The machine.
        claims: What is to be proved.
        keep: The history that the claims read.
        samples: Machines with the same rules on small structures.
        pause: Called now and then; what it raises ends the work.
        report: Told of progress.
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
        pause=pause,
        report=report,
    )
    return Search(
        machine=machine,
        pool=sources.pool,
        base=sources.base,
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
        at: The sizes at which short lemmas have to stand.
        pause: Called now and then; what it raises ends the work.
        report: Told of progress.
    """

    machine: Machine
    claims: Sequence[Term]
    samples: Sequence[Worlds]
    given: Sequence[Term]
    at: Sequence[Countermodels]
    pause: Callable[[], None]
    report: Callable[[str], None]
    _pools: dict[frozenset[Symbol], Pool] = field(default_factory=dict)
    _bases: dict[frozenset[Symbol], Sequence[Term]] = field(default_factory=dict)

    def pool(self, goal: Goal) -> Pool:
        """Clauses for ``goal``."""
        return self._pool(_history(goal.term))

    def base(self, goal: Goal) -> Sequence[Term]:
        """Short lemmas for ``goal``: those about no history, and those about its own."""
        read = _history(goal.term)
        known = self._base(frozenset(), ())
        return [*known, *self._base(read, known)] if read else known

    def _pool(self, read: frozenset[Symbol]) -> Pool:
        if read not in self._pools:
            terms = [c for c in self.claims if _history(c) <= read]
            words = vocabulary(self.machine, terms)
            self._pools[read] = Pool(words, self.samples, _VARIABLES_MAX, self.pause)
        return self._pools[read]

    def _base(self, read: frozenset[Symbol], known: Sequence[Term]) -> Sequence[Term]:
        if read not in self._bases:
            self.report("short lemmas that stand together")
            rows = self._pool(read).all_rows(_SHORT_VARIABLES_MAX)
            clauses = [c for some in rows for c in short_clauses(some)]
            if read:
                clauses = [c for c in clauses if read & symbols(c.term)]
            clauses.sort(key=lambda c: (len(c.literals), c.cost()))
            for size in self.at:
                houdini = Houdini(self.machine, size, self.pause)
                clauses = houdini.standing(clauses, [*self.given, *known])
            self._bases[read] = [c.term for c in clauses]
        return self._bases[read]


def _history(term: Term) -> frozenset[Symbol]:
    return frozenset(s for s in symbols(term) if s.role == "history")


def never_written(machine: Machine) -> Iterable[Term]:
    """Of each state table that no rule of this design writes, that it stays what it was."""
    changing = written(machine)
    for table in machine.symbols:
        if table.role == "state" and table not in changing:
            yield as_at_first(table)
