"""The exhaustive engine where all reachable states at once take too much: claims through slices.

A claim about infinite runs becomes one about finite runs, if all fair runs are found to come to a
standstill (``settling``, ``standstill``). If not, slices can break it, but not tell that it holds.
"""

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
from unsay.engines.run import replay
from unsay.engines.settling import Settling
from unsay.engines.slices import Decided, Slices
from unsay.engines.standstill import standstills
from unsay.engines.verdict import Outcome, Verdict
from unsay.engines.walks import met
from unsay.model.readings.compiled import Program
from unsay.model.readings.formulas import Formula, negation
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

    Claims about infinite runs on which slices can tell nothing are left out.

    Args:
        task: The properties, and the limits to obey.
        room: What all diagrams together may take, in MiB.
    """
    verdicts: dict[str, Verdict] = {}
    before = decided_before(task, "exhaustive")
    search = _Search(task, room)
    for i, p in enumerate(task.properties):
        last = i == len(task.properties) - 1
        part = replace(task, budget=task.budget.part(1.0 if last else _SHARE))
        search.part = part
        try:
            if p.name in before:
                search.recall(p, before[p.name])
                continue
            if isinstance(search.stopped, KeyboardInterrupt):
                raise search.stopped
            said = search.verdict(p)
            if said is None:
                continue
            found = confirmed(task, said)
            verdicts[p.name] = replace(found, seconds=task.budget.elapsed())
            if search.settled:
                keep_decided(task, "exhaustive", {p.name: verdicts[p.name]})
                search.forget()
        except (KeyboardInterrupt, BudgetError, MemoryError) as stop:
            search.stopped = stop
            if p.name not in before:
                verdicts[p.name] = unknown(p, why_stopped(stop, room))
    seconds = task.budget.elapsed()
    return before | {name: replace(v, seconds=seconds) for name, v in verdicts.items()}


@dataclass
class _Search:
    """Claims in pieces, one property after the other.

    Attributes:
        part: What the property at hand may spend.
        settled: Nothing cut the last verdict short.
        kept: The progress on the last property.
        stopped: What cut a verdict short.
        held: Pieces of claims about states that hold, each with the states of the largest slice.
    """

    task: Task
    room: float
    part: Task = field(init=False)
    settled: bool = True
    kept: list[KeptProgress] = field(default_factory=list)
    stopped: BaseException | None = None
    held: dict[Formula, int] = field(default_factory=dict)

    def verdict(self, p: Property) -> Verdict | None:
        """What becomes of ``p`` within the budget of ``part``; None if slices cannot tell."""
        self.kept, self.settled = [], True
        self.part.report(f"judging {p.name}")
        found = Verdict(p.name, Outcome.HOLDS, "exhaustive")
        if p.kind is PropertyKind.EVENTUALLY:
            judged = self._infinite_runs(p, found)
        else:
            judged = self._finite_runs(p, found)
        if judged is None or judged.outcome is Outcome.VIOLATED or self._possible(p):
            return judged
        reason = f"never: {p.witness_sentence}"
        return replace(judged, outcome=Outcome.VACUOUS, reason=reason)

    def _finite_runs(self, p: Property, found: Verdict) -> Verdict:
        every = self._pieces(p)
        decided = self._decide(every, p)
        if decided.run is not None:
            return self._broken(found, decided)
        self._remember(p, every, decided.states)
        return replace(found, slices=len(every), slice_states=decided.states)

    def _pieces(self, p: Property) -> list[Piece]:
        claim = self.ground.property_formula(p.claim(self.task.machine))
        return self.symmetry.standing_for_all(pieces(claim))

    def recall(self, p: Property, before: Verdict) -> None:
        """``p`` was decided in a former sitting: what follows from it follows as it would have."""
        endless = any(q.kind is PropertyKind.EVENTUALLY for q in self.task.properties)
        if endless and p.kind is PropertyKind.ALWAYS and before.slice_states is not None:
            self._remember(p, self._pieces(p), before.slice_states)

    def _remember(self, p: Property, every: Sequence[Piece], states: int) -> None:
        """``p`` holds; its largest slice had so many states."""
        if p.kind is PropertyKind.ALWAYS:
            self.held |= {piece.claim: states for piece in every}

    def _infinite_runs(self, p: Property, found: Verdict) -> Verdict | None:
        settling = self.settling
        claims = standstills(self.reading, p, self.symmetry, self._pause)
        bare = [claim.bare for claim in claims]
        if settling.settled:
            decided = self._decide([claim.lasting for claim in claims], p, "lasting", bare)
            if decided.run is None:
                states = max(decided.states, settling.states)
                return replace(found, slices=settling.slices + len(claims), slice_states=states)
            broken = replace(self._broken(found, decided), loop=len(decided.run))
            if replay(self.task.machine, broken.run or (), p, broken.loop).broken:
                return broken
            if decided.stopped is not None:
                raise decided.stopped
        decided = self._decide([claim.strict for claim in claims], p, "strict", bare)
        if decided.run is None:
            return None
        broken = replace(self._broken(found, decided), loop=len(decided.run))
        return replace(broken, shortest=False)

    def _broken(self, found: Verdict, decided: Decided) -> Verdict:
        assert decided.run is not None
        run = as_steps(self.reading, list(decided.run))
        interrupted = isinstance(decided.stopped, KeyboardInterrupt)
        reason = INTERRUPTED if interrupted else ""
        broken = replace(found, outcome=Outcome.VIOLATED, run=run, reason=reason)
        return replace(broken, shortest=decided.shortest)

    def forget(self) -> None:
        """The last verdict stands: its progress is of no more use."""
        for kept in self.kept:
            kept.forget()

    def _decide(
        self, every: Sequence[Piece], p: Property, way: str = "", implied: Sequence[Piece] = ()
    ) -> Decided:
        """All pieces together: the shortest run against any, or the largest slice.

        Args:
            every: The pieces.
            p: What they are pieces of.
            way: Which of several claims that stand for the property they are of.
            implied: For each piece one from which it follows, if any were thought of.
        """
        steps = p.kind is PropertyKind.STEP
        slices = Slices(self.reading, self.lifting, steps, self._pause, self.part.report)
        kept = self._kept(every, p, way)
        self.kept.append(kept)
        now = kept.now
        while now.done < len(every):
            below = None if now.best is None else len(now.best)
            piece = every[now.done]
            known = [q.claim for q in implied[now.done : now.done + 1]]
            states = next((self.held[claim] for claim in known if claim in self.held), None)
            if states is not None:
                kept.decided(states)
                continue
            try:
                found = slices.decide(piece, below, kept)
            except (BudgetError, MemoryError, KeyboardInterrupt) as stop:
                found = Decided(None, stopped=stop)
            self.settled = found.stopped is None
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

    def _kept(self, every: Sequence[Piece], p: Property, way: str) -> KeptProgress:
        kept = self.task.kept
        if kept is None:
            return KeptProgress(None, every, "")
        own = layout(self.ground, self.reading.places)
        # What is left may be less in a later sitting, and have less history: other cells.
        history = group_name([p], self.task.keep())
        names = ["slices", p.name, *([way] if way else []), history]
        return KeptProgress(kept.place("exhaustive", *names), every, own)

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
    def settling(self) -> Settling:
        return Settling(self.reading, self.symmetry, self._pause, self.part.report)

    @cached_property
    def symmetry(self) -> Symmetry:
        return Symmetry(self.task.machine, self.ground)
