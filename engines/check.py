"""Checking a design: which engines are asked, in which order, and whose word counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from unsay.engines.bounded import Bounded
from unsay.engines.budget import Budget, BudgetError
from unsay.engines.checkpoint import Checkpoint, Kept, identity, open_checkpoint
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.explicit import Explicit
from unsay.engines.proof.cache import Cache
from unsay.engines.protocol import Engine, Report, Task, ask, silent
from unsay.engines.proved import Proved
from unsay.engines.sampled import Sampled
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import Design
from unsay.model.language import Machine
from unsay.model.readings.ground import ground
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property, PropertyKind

ENGINES: dict[str, Engine] = {
    e.name: e for e in (Exhaustive(), Explicit(), Bounded(), Sampled(), Proved())
}

_LOOK_SECONDS = 2.0
"""How long to look whether a property's witness is possible at all; only wording hangs on it."""


@dataclass(frozen=True)
class Stage:
    """An engine in the default order, and what it may spend of what is left."""

    engine: Engine
    share: float = 1.0
    seconds_max: float | None = None

    def budget(self, whole: Budget) -> Budget:
        """Its part of the limits of the whole check."""
        return whole.part(self.share, self.seconds_max)


_STOPPED = " engine stopped: "

STAGES = (
    Stage(Exhaustive(sliced=False), share=0.6),
    Stage(Sampled(), seconds_max=1.0),
    Stage(Exhaustive(whole=False), share=0.9),
    Stage(Sampled(), share=0.4),
    Stage(Bounded()),
)
"""The default order: who is asked for what is still undecided."""

_RANK = {
    outcome: rank
    for rank, outcome in enumerate(
        (
            Outcome.VIOLATED,
            Outcome.PROVED,
            Outcome.HOLDS,
            Outcome.VACUOUS,
            Outcome.BOUNDED,
            Outcome.SAMPLED,
            Outcome.UNKNOWN,
        )
    )
}


@dataclass(frozen=True)
class Options:
    """How to check.

    Attributes:
        engine: One engine by name, or None for the default order.
        seconds: Time limit for the whole design, or None.
        memory_mib: Memory limit in MiB, or None.
        seed: For random runs.
        depth: The most steps that the bounded engine looks ahead.
        report: Where to tell of progress.
        reductions: Whether engines may skip what is known to change no verdict and no count.
        kept: Where a checkpoint of this design's check is, or None to keep nothing.
        prove: Whether a design of which nothing is broken is to be proved for any size, too.
        cache: Where proofs are kept, or None.
    """

    engine: str | None = None
    seconds: float | None = 120.0
    memory_mib: int | None = 4096
    seed: int = 0
    depth: int = 12
    report: Report = silent
    reductions: bool = True
    kept: Kept | None = None
    prove: bool = False
    cache: Cache | None = None


@dataclass(frozen=True)
class Checked:
    """A checked design: its machine and a verdict a property.

    ``resumed`` is the checkpoint that was gone on from, if any.
    ``left_out`` names the properties that say nothing at this scope and were not asked for.
    ``unproved`` tells of properties that hold here why they are not proved for any size.
    """

    design: Design
    machine: Machine
    verdicts: dict[str, Verdict]
    seconds: float
    interrupted: bool = False
    left_out: tuple[str, ...] = ()
    resumed: str | None = None
    unproved: Mapping[str, str] = field(default_factory=dict)


def properties_of(design: Design, names: Sequence[str] = ()) -> list[Property]:
    """The properties to check: those named, else the design's, else all of them."""
    return [PROPERTIES[name] for name in names or design.properties or PROPERTIES]


def _without_silent_ones(machine: Machine, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    """``verdicts`` without those that say nothing, for lack of parts, and found nothing.

    Where nobody asked for a property by name, and its witness is impossible at this scope (no
    resend among the commands, one node where two are compared), "vacuous" is no news. A violation
    always is: a claim can fail although its witness cannot come up. What holds has its witness.
    """
    telling = (Outcome.VIOLATED, Outcome.HOLDS)
    open_yet = [PROPERTIES[name] for name, v in verdicts.items() if v.outcome not in telling]
    silent_ones = _impossible(machine, open_yet) if open_yet else set()
    return {name: v for name, v in verdicts.items() if name not in silent_ones}


def _impossible(machine: Machine, properties: Sequence[Property]) -> set[str]:
    """Those of ``properties`` whose witness is known to be impossible at this scope."""
    try:
        grounded = ground(machine, Task(machine, properties).keep(), Budget(_LOOK_SECONDS).check)
    except BudgetError:
        return set()
    return {p.name for p in properties if grounded.property_formula(p.situation(machine)) is False}


def checkpoint_of(
    folder: Path, designs: Sequence[Design], options: Options, names: Sequence[str] = ()
) -> Checkpoint:
    """The folder in which a check of ``designs``, one after the other, is kept.

    Raises:
        CheckpointError: it is the folder of something else, or damaged.
    """
    machines = [(d.title, build_machine(d), properties_of(d, names)) for d in designs]
    run = identity(
        machines,
        engine=options.engine,
        seed=options.seed,
        depth=options.depth,
        no_reductions=not options.reductions,
        no_proof=not options.prove,
    )
    return open_checkpoint(folder, run)


def check_design(design: Design, options: Options, names: Sequence[str] = ()) -> Checked:
    """Check ``design`` for the properties of that name.

    By default all reachable states at once come first: that is exact, its counterexamples are
    shortest, and at most scopes it takes a second. Where that is too much, a second of random
    runs finds most of what is broken, then slices decide. What is left within their share of the
    budget goes to random runs again, which reach far, and to the bounded engine, which covers
    the first steps. If nothing is broken, proofs for any size may come last.
    """
    machine = build_machine(design)
    task = Task(
        machine=machine,
        properties=properties_of(design, names),
        budget=Budget(options.seconds, options.memory_mib),
        report=options.report,
        seed=options.seed,
        depth=options.depth,
        reductions=options.reductions,
        kept=options.kept,
    )
    unproved: dict[str, str] = {}
    if options.engine is not None:
        engine = ENGINES[options.engine]
        if isinstance(engine, Proved):
            engine = replace(engine, cache=options.cache)
        verdicts = ask(engine, task)
        interrupted = _interrupted(verdicts)
    else:
        verdicts, interrupted = _in_order(task)
        if options.prove and not interrupted:
            unproved, interrupted = _proofs(task, verdicts, options.cache)
    kept = verdicts if names or design.properties else _without_silent_ones(machine, verdicts)
    left_out = tuple(name for name in verdicts if name not in kept)
    before = options.kept.checkpoint if options.kept is not None else None
    resumed = str(before.folder) if before is not None and before.resumed else None
    seconds = task.budget.elapsed()
    return Checked(design, machine, kept, seconds, interrupted, left_out, resumed, unproved)


def _in_order(task: Task) -> tuple[dict[str, Verdict], bool]:
    """One stage after the other while something is undecided; and whether a person stopped it.

    An interrupt ends all stages, also where its verdict is not the one that counts in the end.
    """
    verdicts: dict[str, Verdict] = {}
    for stage in STAGES:
        left = [
            p
            for p in task.properties
            if p.name not in verdicts or _left_to(stage.engine, p, verdicts[p.name])
        ]
        if not left:
            continue
        found = ask(stage.engine, replace(task, properties=left, budget=stage.budget(task.budget)))
        for name, verdict in found.items():
            known = verdicts.get(name)
            verdicts[name] = verdict if known is None else _better(known, verdict)
        if _interrupted(found):
            return verdicts, True
    return verdicts, False


def _proofs(
    task: Task, verdicts: dict[str, Verdict], cache: Cache | None
) -> tuple[dict[str, str], bool]:
    """Prove what ``verdicts`` leave open or say of this scope only, and put it there.

    Where something is broken nothing is tried: the design will be changed. Nor are claims about
    infinite runs, which take minutes, or such as say nothing here.

    Returns:
        Why others are not proved; and whether a person stopped it.
    """
    if any(v.outcome is Outcome.VIOLATED for v in verdicts.values()):
        return {}, False
    claims = [
        p
        for p in task.properties
        if p.kind is not PropertyKind.EVENTUALLY and verdicts[p.name].outcome is not Outcome.VACUOUS
    ]
    found = ask(Proved(cache), replace(task, properties=claims, budget=task.budget.part(1.0)))
    proved = {n: v for n, v in found.items() if v.outcome is Outcome.PROVED}
    verdicts |= proved
    return {n: v.reason for n, v in found.items() if n not in proved}, _interrupted(found)


def _interrupted(verdicts: Mapping[str, Verdict]) -> bool:
    return any(v.reason.startswith("interrupted") for v in verdicts.values())


def _left_to(engine: Engine, p: Property, verdict: Verdict) -> bool:
    """Whether ``engine`` may add to ``verdict``: decide it, or find a shorter run."""
    if p.kind is PropertyKind.EVENTUALLY and engine.name != "exhaustive":
        return False  # no finite run tells anything about these
    if verdict.outcome is Outcome.VIOLATED:
        return not verdict.shortest and engine.name == "exhaustive"
    return not verdict.complete


def _better(known: Verdict, new: Verdict) -> Verdict:
    """The stronger of two verdicts on one property; what was left undone stays said."""
    deeper = new.outcome is known.outcome is Outcome.BOUNDED and (new.depth or 0) > (
        known.depth or 0
    )
    shorter = new.outcome is known.outcome is Outcome.VIOLATED and new.shortest > known.shortest
    stronger = _RANK[new.outcome] < _RANK[known.outcome]
    better = new if deeper or shorter or stronger else known
    if better.outcome not in (Outcome.BOUNDED, Outcome.SAMPLED, Outcome.UNKNOWN):
        return better
    stopped = new if new.reason.startswith("interrupted") else better
    said = (
        known.reason if _STOPPED in known.reason else f"the {known.engine}{_STOPPED}{known.reason}"
    )
    reason = stopped.reason or said
    return replace(better, complete=False, reason=reason)
