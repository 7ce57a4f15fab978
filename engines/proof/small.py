"""Small scopes of a machine: where a claim for any size is tried before and after its proof.

Nothing is proved by them. What fails here cannot be proved, and what is proved must hold here: the
states are visited by the compiled step, which shares nothing with Z3.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from unsay.engines.budget import Budget
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Report, Task
from unsay.engines.run import Step
from unsay.engines.verdict import Outcome
from unsay.model.language import Bool, Machine, Term
from unsay.model.language.terms import TRUE
from unsay.model.readings.arrays import Worlds
from unsay.model.recall.variants import smallest, variants
from unsay.model.recall_bench import Size, build_bench
from unsay.properties import Property, PropertyKind

_SECONDS_MAX = 12.0
"""For one look. What a scope leaves of its share is for those after it; what is not visited by then
is not counted."""

_BENCH_SAMPLES = (Size(2, 1, 2), Size(3, 1, 2), Size(2, 2, 1), Size(2, 1, 3))
_BENCH_SMALLEST = (Size(2, 1, 2), Size(3, 1, 1), Size(2, 1, 3))


def samples(machine: Machine) -> list[Machine]:
    """Machines with the same rules, to take sampled states from."""
    if isinstance(machine.design, Size):
        return [machine, *_benches(machine, _BENCH_SAMPLES)]
    return list(variants(machine))


def scopes(machine: Machine) -> list[Machine]:
    """Machines with the same rules on structures so small that every state can be visited."""
    if isinstance(machine.design, Size):
        return list(_benches(machine, _BENCH_SMALLEST))
    return list(smallest(machine))


def _benches(machine: Machine, sizes: Sequence[Size]) -> Iterator[Machine]:
    """The rules of that protocol are the same at every size, also when somebody changed them."""
    return (build_bench(size).with_rules(machine.rules) for size in sizes)


class SmallRun(NamedTuple):
    """A run in one of the small scopes.

    Attributes:
        scope: The number of the scope among `scopes`, from 0.
        steps: The run.
        loop: Of a run that never ends, the state from which on it repeats, from 0.
    """

    scope: int
    steps: tuple[Step, ...]
    loop: int | None = None

    def as_data(self) -> list[Any]:
        """The run as JSON has it."""
        return [self.scope, [[s.rule, *s.arguments] for s in self.steps], self.loop]

    @classmethod
    def of_data(cls, data: list[Any]) -> SmallRun:
        """The run that data say.

        Raises:
            ValueError, TypeError: they say none.
        """
        scope, steps, loop = data
        return cls(scope, tuple(Step(rule, tuple(a)) for rule, *a in steps), loop)


@dataclass(frozen=True)
class Looked:
    """What was seen at small scopes.

    Attributes:
        states: The reachable states of each scope that was visited in full.
        broken: Properties that a run breaks.
        witnessed: Properties whose situation came up.
        runs: Of what is broken, by name, a run that breaks it.
    """

    states: tuple[int, ...] = ()
    broken: frozenset[str] = field(default_factory=frozenset)
    witnessed: frozenset[str] = field(default_factory=frozenset)
    runs: Mapping[str, SmallRun] = field(default_factory=dict)

    def __str__(self) -> str:
        if not self.states:
            return "no scope in full"
        scopes = "1 scope" if len(self.states) == 1 else f"{len(self.states)} scopes"
        return f"all {sum(self.states):,} reachable states of {scopes}"


def look(
    machines: Sequence[Machine], properties: Sequence[Property], budget: Budget, report: Report
) -> Looked:
    """Visit what can be visited of ``machines`` and judge ``properties`` there.

    Raises:
        KeyboardInterrupt: a person interrupts.
        BudgetError: a limit is used up.
    """
    states: list[int] = []
    broken: set[str] = set()
    witnessed: set[str] = set()
    runs: dict[str, SmallRun] = {}
    until = time.monotonic() + _SECONDS_MAX
    for number, machine in enumerate(machines):
        budget.check()
        report(f"all states of {machine.name}")
        share = max(0.1, until - time.monotonic()) / (len(machines) - number)
        part = budget.part(1.0, seconds_max=share)
        found = Explicit().check(Task(machine, properties, part)).values()
        if any(v.reason.startswith("interrupted") for v in found):
            raise KeyboardInterrupt
        seen = (Outcome.HOLDS, Outcome.BOUNDED)
        witnessed |= {v.property for v in found if v.outcome in seen}
        broken |= {v.property for v in found if v.outcome is Outcome.VIOLATED}
        for v in found:
            if v.outcome is Outcome.VIOLATED and v.run is not None:
                runs.setdefault(v.property, SmallRun(number, tuple(v.run), v.loop))
        if found and all(v.outcome in (Outcome.HOLDS, Outcome.VACUOUS) for v in found):
            states.append(max(v.states or 0 for v in found))
    return Looked(tuple(states), frozenset(broken), frozenset(witnessed), runs)


def size_that_breaks(claim: Term, worlds: Iterable[Worlds]) -> str:
    """``3 nodes, 5 devices``: the size at which a state breaks ``claim``; nothing if none does."""
    sizes = next((w.sizes for w in worlds if not w.holds(claim).all()), {})
    named = ((n, s.name.lower()) for s, n in sizes.items() if not s.ordered)
    return ", ".join(f"{n} {name}" if n == 1 else f"{n} {name}s" for n, name in named)


def as_property(name: str, term: Term) -> Property:
    """A lemma as a property, so that engines can judge it."""
    return Property(
        name=name,
        sentence=name,
        kind=PropertyKind.ALWAYS,
        formula=lambda machine: Bool(term),
        witness=lambda machine: Bool(TRUE),
        witness_sentence="anything",
    )
