"""The exhaustive engine where all reachable states at once take too much: claims through slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from unsay.engines.budget import BudgetError
from unsay.engines.pieces import Piece, Symmetry, pieces
from unsay.engines.protocol import Task, confirmed
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


def by_slices(task: Task, room: float) -> dict[str, Verdict]:
    """A verdict for each property of ``task``, each claim in pieces, each piece by a slice.

    Args:
        task: The properties, and the limits to obey.
        room: What all diagrams together may take, in MiB.
    """
    verdicts: dict[str, Verdict] = {}
    search = _Search(task, room)
    for i, p in enumerate(task.properties):
        part = replace(task, budget=task.budget.part(1 / (len(task.properties) - i)))
        try:
            if isinstance(search.stopped, KeyboardInterrupt):
                raise search.stopped
            verdicts[p.name] = confirmed(task, search.verdict(part, p))
        except (KeyboardInterrupt, BudgetError, MemoryError) as stop:
            search.stopped = stop
            verdicts[p.name] = unknown(p, why_stopped(stop, room))
    seconds = task.budget.elapsed()
    return {name: replace(v, seconds=seconds) for name, v in verdicts.items()}


@dataclass
class _Search:
    task: Task
    room: float
    part: Task = field(init=False)
    stopped: BaseException | None = None

    def verdict(self, part: Task, p: Property) -> Verdict:
        """What becomes of ``p`` within the budget of ``part``."""
        self.part = part
        self.part.report(f"judging {p.name}")
        claim = self.ground.property_formula(p.claim(self.task.machine))
        every = self.symmetry.standing_for_all(pieces(claim))
        found = Verdict(p.name, Outcome.HOLDS, "exhaustive", slices=len(every))
        decided = self._decide(every, p.kind is PropertyKind.STEP)
        if decided.run is not None:
            run = as_steps(self.reading, list(decided.run))
            return replace(
                found, outcome=Outcome.VIOLATED, run=run, shortest=decided.shortest, slices=None
            )
        found = replace(found, slice_states=decided.states)
        if not self._possible(p):
            reason = f"never: {p.witness_sentence}"
            return replace(found, outcome=Outcome.VACUOUS, reason=reason)
        return found

    def _decide(self, every: Sequence[Piece], steps: bool) -> Decided:
        """All pieces together: the shortest run against any, or the largest slice."""
        slices = Slices(self.reading, self.program, steps, self._pause, self.part.report)
        best, states = Decided(None), 0
        for piece in every:
            below = None if best.run is None else len(best.run)
            try:
                found = slices.decide(piece, below)
            except (BudgetError, MemoryError, KeyboardInterrupt) as stop:
                if best.run is None:
                    raise
                found = replace(best, shortest=False, stopped=stop)
            states = max(states, found.states)
            if found.run is not None:
                best = found  # shorter than the one before: only such are looked for
            if found.stopped is not None:
                self.stopped = found.stopped
                return best
        return replace(best, states=states)

    def _possible(self, p: Property) -> bool:
        """Whether the property's witness can come up."""
        situation = p.situation(self.task.machine)
        if met(self.program, {p.name: self.program.predicate(situation)}, self._pause):
            return True
        never = negation(self.ground.property_formula(situation), self.ground.grounder.size)
        slices = Slices(self.reading, self.program, False, self._pause, self.part.report)
        every = self.symmetry.standing_for_all(pieces(never))
        return any(slices.decide(piece).run is not None for piece in every)

    def _pause(self) -> None:
        self.part.budget.check()

    @cached_property
    def ground(self) -> Ground:
        return ground(self.task.machine, self.task.keep(), self._pause)

    @cached_property
    def program(self) -> Program:
        return Program(self.ground)

    @cached_property
    def reading(self) -> Symbolic:
        return Symbolic(self.ground, self.room, pause=self._pause)

    @cached_property
    def symmetry(self) -> Symmetry:
        return Symmetry(self.task.machine, self.ground)
