"""What every engine is: one machine and some properties in, one verdict a property out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from unsay.engines.budget import Budget
from unsay.engines.checkpoint import Kept
from unsay.engines.run import ReplayError, Step, replay
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.language import Machine, Symbol
from unsay.properties import Property, PropertyKind

Report = Callable[[str], None]
"""Called now and then with one line about the progress of long work."""


def silent(line: str) -> None:
    """Reports to nobody."""


@dataclass(frozen=True)
class Task:
    """What an engine is asked.

    Attributes:
        machine: The design's machine.
        properties: The properties to decide, in order.
        budget: Limits to obey.
        report: Where to tell of progress.
        seed: For engines that draw at random; equal seeds give equal runs.
        depth: For engines that unroll: the most steps to look ahead.
        reductions: Whether engines may skip what is known to change no verdict and no count.
        kept: Where a checkpoint of this design's check is, or None to keep nothing.
        history: History tables to keep though no property looks at them, so that counts compare.
    """

    machine: Machine
    properties: Sequence[Property]
    budget: Budget = field(default_factory=Budget)
    report: Report = silent
    seed: int = 0
    depth: int = 20
    reductions: bool = True
    kept: Kept | None = None
    history: frozenset[Symbol] = frozenset()

    def keep(self) -> set[Symbol]:
        """The history tables that some property looks at, and those that are asked for."""
        read = set().union(*(p.reads(self.machine) for p in self.properties))
        return {s for s in read if s.role == "history"} | self.history


class Engine(Protocol):
    """Decides properties. Obeys the budget, survives Ctrl-C, and never overstates."""

    name: str
    says: str

    def check(self, task: Task) -> dict[str, Verdict]:
        """A verdict for every property of ``task``, by name, in order.

        A ``VIOLATED`` verdict carries a run that has been replayed. When the budget is used up
        or a person interrupts, verdicts tell what is known by then, with ``complete`` false.
        """
        ...


def _by_history(task: Task, apart: bool) -> list[Task]:
    """The task in parts: the properties of each are judged in one search.

    Properties that need different history are searched one after the other: the history of one
    would only multiply the states of the other. With ``apart``, claims about infinite runs have a
    search of their own, with the same history, after the others.
    """
    needs = {p.name: replace(task, properties=[p]).keep() for p in task.properties}
    sets = sorted(
        {frozenset(n) for n in needs.values()}, key=lambda s: (len(s), sorted(map(str, s)))
    )
    largest = [s for s in sets if not any(s < other for other in sets)]
    later = [False, True] if apart else [False]
    groups: dict[tuple[bool, frozenset[Symbol]], list[Property]] = {
        (late, s): [] for late in later for s in largest
    }
    for p in task.properties:
        home = next(s for s in largest if needs[p.name] <= s)
        groups[apart and p.kind is PropertyKind.EVENTUALLY, home].append(p)
    return [replace(task, properties=g, history=s) for (_, s), g in groups.items() if g]


def group_by_group(
    task: Task, engine: str, check: Callable[[Task], dict[str, Verdict]], apart: bool = False
) -> dict[str, Verdict]:
    """Verdicts for all properties of ``task``, in order, by one ``check`` for each group.

    Each group gets its share of the time that is left. After an interrupt no other is begun.
    ``apart``: claims about infinite runs have groups of their own.
    """
    verdicts: dict[str, Verdict] = {}
    groups = _by_history(task, apart)
    for i, group in enumerate(groups):
        share = task.budget.part(1 / (len(groups) - i))
        found = check(replace(group, budget=share))
        verdicts |= found
        if any(v.reason.startswith("interrupted") for v in found.values()):
            break
    for p in task.properties:
        missing = Verdict(p.name, Outcome.UNKNOWN, engine, complete=False, reason="interrupted")
        verdicts.setdefault(p.name, missing)
    return {p.name: verdicts[p.name] for p in task.properties}


def confirmed(task: Task, verdict: Verdict) -> Verdict:
    """``verdict`` with its run replayed by the reference reading.

    Raises:
        ReplayError: the run is impossible or does not break the property: a defect of the
            engine, which must never pass for a verdict.
    """
    if verdict.outcome is not Outcome.VIOLATED:
        return verdict
    claim = next(p for p in task.properties if p.name == verdict.property)
    steps: tuple[Step, ...] = verdict.run or ()
    try:
        performed = replay(task.machine, steps, claim, verdict.loop)
    except ReplayError as error:
        raise _internal(verdict, str(error)) from None
    if not performed.broken:
        where = "at the end of" if verdict.loop is None else "in"
        raise _internal(verdict, f"{claim.name} holds {where} it")
    return verdict


def decided_before(task: Task, engine: str) -> dict[str, Verdict]:
    """The verdicts on properties of ``task`` that an engine came to before, by the checkpoint.

    Raises:
        CheckpointError: they cannot be read.
        ReplayError: one is a violation that does not replay.
    """
    if task.kept is None:
        return {}
    found, names = task.kept.verdicts(engine), [p.name for p in task.properties]
    return {name: confirmed(task, found[name]) for name in names if name in found}


def keep_decided(task: Task, engine: str, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    """The same verdicts, kept. Not for what a limit or a person cut short: more may come of it."""
    if task.kept is not None:
        task.kept.decided(engine, verdicts.values())
    return verdicts


def ask(engine: Engine, task: Task) -> dict[str, Verdict]:
    """``engine.check(task)``, or what the engine said of all these properties before."""
    before = decided_before(task, engine.name)
    return before if len(before) == len(task.properties) else engine.check(task)


def _internal(verdict: Verdict, why: str) -> ReplayError:
    return ReplayError(
        f"internal error: the {verdict.engine} engine reports a run against "
        f"{verdict.property} that does not replay: {why}"
    )


def about_infinite_runs(p: Property, engine: str) -> Verdict:
    """What an engine says of ``p`` that looks at finite runs only."""
    reason = f"the {engine} engine looks at finite runs, and no finite run shows what never comes"
    return Verdict(p.name, Outcome.UNKNOWN, engine, reason=reason)


def timed(verdicts: dict[str, Verdict], seconds: float) -> dict[str, Verdict]:
    """The same verdicts with the time that they took together."""
    return {name: replace(v, seconds=seconds) for name, v in verdicts.items()}
