"""The exhaustive engine where all reachable states at once take too much: claims through slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from unsay.engines.budget import BudgetError
from unsay.engines.checkpoint import group_name, layout
from unsay.engines.lifting import Lifting
from unsay.engines.pieces import Piece, Symmetry, pieces
from unsay.engines.progress import KeptProgress
from unsay.engines.protocol import Task, confirmed, decided_before, keep_decided
from unsay.engines.reach import as_steps
from unsay.engines.slices import Decided, Slices
from unsay.engines.verdict import Outcome, Verdict
from unsay.engines.walks import met
from unsay.model.readings.compiled import Program
from unsay.model.readings.formulas import negation
from unsay.model.readings.ground import Ground, ground
from unsay.model.readings.symbolic import Symbolic
from unsay.properties import Property, PropertyKind

INTERRUPTED = "interrupted"

_SHARE = 0.75
"""Of the time that is left, what one property may take. Most take little and a few nearly all,
so equal shares would leave time unused."""


def why_stopped(stop: BaseException, room: float) -> str:
    """What ended a search, in words; ``room`` is what its diagrams could take, in MiB."""
    if isinstance(stop, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(stop, MemoryError):
        return f"the diagrams do not fit into {room:,.0f} MiB"
    return str(stop)


def unknown(p: Property, reason: str) -> Verdict:
    """Nobody knows, for a reason."""
    return Verdict(p.name, Outcome.UNKNOWN, "exhaustive", complete=False, reason=reason)


def _shorter(run: tuple[int, ...] | None, best: tuple[int, ...] | None) -> bool:
    """Whether ``run`` is one, and shorter than the best that is known."""
    return run is not None and (best is None or len(run) < len(best))


def by_slices(task: Task, room: float) -> dict[str, Verdict]:
    """A verdict for each property of ``task``, each claim in pieces, each piece by a slice.

    Args:
        task: The properties, and the limits to obey.
        room: What all diagrams together may take, in MiB.
    """
    verdicts: dict[str, Verdict] = {}
    before = decided_before(task, "exhaustive")
    search = _Search(task, room)
    for i, p in enumerate(task.properties):
        if p.name in before:
            continue
        last = i == len(task.properties) - 1
        part = replace(task, budget=task.budget.part(1.0 if last else _SHARE))
        try:
            if isinstance(search.stopped, KeyboardInterrupt):
                raise search.stopped
            found = confirmed(task, search.verdict(part, p))
            verdicts[p.name] = replace(found, seconds=task.budget.elapsed())
            if search.settled:
                keep_decided(task, "exhaustive", {p.name: verdicts[p.name]})
                search.forget()
        except (KeyboardInterrupt, BudgetError, MemoryError) as stop:
            search.stopped = stop
            verdicts[p.name] = unknown(p, why_stopped(stop, room))
    seconds = task.budget.elapsed()
    return before | {name: replace(v, seconds=seconds) for name, v in verdicts.items()}


@dataclass
class _Search:
    task: Task
    room: float
    part: Task = field(init=False)
    settled: bool = True
    kept: KeptProgress | None = None
    stopped: BaseException | None = None

    def verdict(self, part: Task, p: Property) -> Verdict:
        """What becomes of ``p`` within the budget of ``part``."""
        self.part = part
        self.part.report(f"judging {p.name}")
        claim = self.ground.property_formula(p.claim(self.task.machine))
        every = self.symmetry.standing_for_all(pieces(claim))
        found = Verdict(p.name, Outcome.HOLDS, "exhaustive", slices=len(every))
        decided = self._decide(every, p)
        self.settled = decided.stopped is None
        if decided.run is not None:
            run = as_steps(self.reading, list(decided.run))
            broken = replace(found, outcome=Outcome.VIOLATED, run=run, slices=None)
            interrupted = isinstance(decided.stopped, KeyboardInterrupt)
            reason = INTERRUPTED if interrupted else ""
            return replace(broken, shortest=decided.shortest, reason=reason)
        found = replace(found, slice_states=decided.states)
        if not self._possible(p):
            reason = f"never: {p.witness_sentence}"
            return replace(found, outcome=Outcome.VACUOUS, reason=reason)
        return found

    def forget(self) -> None:
        """The last verdict stands: its progress is of no more use."""
        if self.kept is not None:
            self.kept.forget()

    def _decide(self, every: Sequence[Piece], p: Property) -> Decided:
        """All pieces together: the shortest run against any, or the largest slice."""
        steps = p.kind is PropertyKind.STEP
        slices = Slices(self.reading, self.lifting, steps, self._pause, self.part.report)
        self.kept = kept = self._kept(every, p)
        now = kept.now
        while now.done < len(every):
            below = None if now.best is None else len(now.best)
            try:
                found = slices.decide(every[now.done], below, kept)
            except (BudgetError, MemoryError, KeyboardInterrupt) as stop:
                found = Decided(None, stopped=stop)
            if found.stopped is not None:
                kept.keep()
                self.stopped = found.stopped
                run = now.best if not _shorter(found.run, now.best) else found.run
                if run is None:
                    raise found.stopped
                return Decided(run, stopped=found.stopped)
            if _shorter(found.run, now.best):  # not so where "any run" was all that was looked for
                now.best, now.shortest = found.run, found.shortest
            kept.decided(found.states)
        return Decided(now.best, now.shortest, now.states)

    def _kept(self, every: Sequence[Piece], p: Property) -> KeptProgress:
        kept = self.task.kept
        if kept is None:
            return KeptProgress(None, every, "")
        own = layout(self.ground, self.reading.places)
        # What is left may be less in a later sitting, and have less history: other cells.
        history = group_name([p], self.task.keep())
        return KeptProgress(kept.place("exhaustive", "slices", p.name, history), every, own)

    def _possible(self, p: Property) -> bool:
        """Whether the property's witness can come up."""
        situation = p.situation(self.task.machine)
        if met(self.program, {p.name: self.program.predicate(situation)}, self._pause):
            return True
        never = negation(self.ground.property_formula(situation), self.ground.grounder.size)
        slices = Slices(self.reading, self.lifting, False, self._pause, self.part.report)
        every = self.symmetry.standing_for_all(pieces(never))
        return any(slices.decide(piece, any_run=True).run is not None for piece in every)

    def _pause(self) -> None:
        self.part.budget.check()

    @cached_property
    def ground(self) -> Ground:
        return ground(self.task.machine, self.task.keep(), self._pause)

    @cached_property
    def program(self) -> Program:
        return Program(self.ground)

    @cached_property
    def lifting(self) -> Lifting:
        return Lifting(self.program)

    @cached_property
    def reading(self) -> Symbolic:
        return Symbolic(self.ground, self.room, pause=self._pause)

    @cached_property
    def symmetry(self) -> Symmetry:
        return Symmetry(self.task.machine, self.ground)
