"""Proofs of a machine's properties at any size: what the search needs, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from unsay.engines.proof.atoms import vocabulary, written
from unsay.engines.proof.countermodels import Countermodels
from unsay.engines.proof.obligations import Goal, Obligations
from unsay.engines.proof.pool import Pool
from unsay.engines.proof.samples import worlds_of
from unsay.engines.proof.search import Search
from unsay.model.language import Machine, Sort, Symbol, Term
from unsay.model.language.effects import as_at_first
from unsay.model.language.terms import BOOL, symbols

_STATES_MAX = 6000
_VARIABLES_MAX = 3
_SMALL_MILLISECONDS = 5_000
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
    worlds = [worlds_of(m, history, _STATES_MAX, pause) for m in samples]
    pools: dict[frozenset[Symbol], Pool] = {}

    def pool(goal: Goal) -> Pool:
        """One for each choice of history: what a claim does not read only offers more words."""
        read = frozenset(s for s in symbols(goal.term) if s.role == "history")
        if read not in pools:
            terms = [c for c in claims if {s for s in symbols(c) if s.role == "history"} <= read]
            pools[read] = Pool(vocabulary(machine, terms), worlds, _VARIABLES_MAX, pause)
        return pools[read]

    return Search(
        machine=machine,
        pool=pool,
        small=[Countermodels(machine, tables, s, _SMALL_MILLISECONDS) for s in sizes(machine)],
        obligations=Obligations(machine, tables, _ANY_MILLISECONDS),
        given=tuple(never_written(machine)),
        pause=pause,
        report=report,
    )


def never_written(machine: Machine) -> Iterable[Term]:
    """Of each state table that no rule of this design writes, that it stays what it was."""
    changing = written(machine)
    for table in machine.symbols:
        if table.role == "state" and table not in changing:
            yield as_at_first(table)


def sizes(machine: Machine) -> Sequence[Mapping[Sort, int]]:
    """Numbers of members at which countermodels are looked for, the smallest first.

    Two or three of what moves between holders; of what is ordered one more, for the least; one or
    two of what all the rest is about.
    """
    open_sorts = {
        s for t in machine.symbols for s in (*t.arguments, t.value) if not s.literals and s != BOOL
    }
    subjects = _subjects(machine)
    return [
        {s: about if s in subjects else few + s.ordered for s in open_sorts}
        for few, about in ((2, 1), (2, 2), (3, 2))
    ]


def _subjects(machine: Machine) -> set[Sort]:
    """Sorts that rules never compare two members of: one of them is enough to break a claim."""
    made = {t.value for t in machine.symbols if t.role == "rigid"}
    return {s for s in made if not s.ordered and not _several(machine, s)}


def _several(machine: Machine, sort: Sort) -> bool:
    return any(t.arguments.count(sort) > 1 for t in machine.symbols)
