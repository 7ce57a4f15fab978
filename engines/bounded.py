"""The bounded engine: Z3 on runs of growing length, so the first counterexample is shortest.

The machine is unrolled one step at a time in one incremental solver; each step is one action at
fixed arguments, all other cells keep their values. What holds at every length up to k is
``BOUNDED`` at k, never more.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import z3

from unsay.engines.budget import BudgetError
from unsay.engines.protocol import Task, about_infinite_runs, confirmed, keep_decided, timed
from unsay.engines.run import Step
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.readings.smt import FixedSize
from unsay.model.readings.unrolling import Action, Unrolling
from unsay.properties import Property, PropertyKind


class _Unrolling(Unrolling):
    """Runs of a growing number of steps, as constraints in one solver."""

    def __init__(self, reading: FixedSize) -> None:
        self.solver: Any = z3.SolverFor("QF_FD")
        super().__init__(reading, self.solver.add, self._exactly_one)

    def _exactly_one(self, choices: dict[Action, Any], time: int) -> None:
        self.solver.add(z3.PbEq([(c, 1) for c in choices.values()], 1))

    def run(self, model: Any) -> tuple[Step, ...]:
        """The run that a model of the constraints describes."""
        return tuple(
            next(
                self._step(*action)
                for action, chosen in choices.items()
                if z3.is_true(model.eval(chosen, model_completion=True))
            )
            for choices in self.taken
        )

    def _step(self, rule: str, arguments: tuple[int, ...]) -> Step:
        parameters = self.reading.machine.rule(rule).parameters
        members = self.reading.structure.members
        pairs = zip(parameters, arguments, strict=True)
        return Step(rule, tuple(members(p.of)[i] for p, i in pairs))


@dataclass
class _Search:
    """What is known so far. ``depth`` is the length up to which nothing is left to ask."""

    open: dict[str, Property]
    witnessed: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    broken: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    depth: int = -1
    stopped: str = ""


class Bounded:
    """Z3 on every run of at most so many steps."""

    name = "bounded"
    says = "asks Z3 for a run that breaks the property, shortest first, up to a number of steps"

    def check(self, task: Task) -> dict[str, Verdict]:
        """See ``Engine.check``."""
        infinite = [p for p in task.properties if p.kind is PropertyKind.EVENTUALLY]
        search = _Search({p.name: p for p in task.properties if p not in infinite})
        try:
            _deepen(search, task)
        except KeyboardInterrupt:
            search.stopped = "interrupted"
        except ctypes.ArgumentError as error:
            # An interrupt that strikes while Z3's arguments are converted comes out as this.
            if "KeyboardInterrupt" not in str(error):
                raise
            search.stopped = "interrupted"
        except BudgetError as why:
            search.stopped = str(why)
        except (z3.Z3Exception, MemoryError) as error:
            search.stopped = task.budget.exceeded() or f"Z3 stopped: {_first_line(error)}"
        verdicts = {p.name: _verdict(search, p) for p in task.properties}
        verdicts |= {p.name: about_infinite_runs(p, self.name) for p in infinite}
        for verdict in verdicts.values():
            confirmed(task, verdict)
        found = timed(verdicts, task.budget.elapsed())
        return found if search.stopped else keep_decided(task, self.name, found)


def _deepen(search: _Search, task: Task) -> None:
    if not search.open:
        return
    runs = _Unrolling(FixedSize(task.machine, task.keep()))
    if task.budget.memory_mib is not None:
        runs.solver.set("max_memory", task.budget.memory_mib)
    while True:
        task.report(f"runs of {runs.length} steps")
        for name, p in list(search.open.items()):
            if _ask(search, task, runs, p):
                search.broken[name] = runs.run(runs.solver.model())
                del search.open[name]
            if search.stopped:
                return
        search.depth = runs.length
        if runs.length >= task.depth or not search.open:
            return
        runs.grow(task.budget.check)


def _ask(search: _Search, task: Task, runs: _Unrolling, p: Property) -> bool:
    """Whether some run of the present length ends by breaking ``p``."""
    if p.name not in search.witnessed:
        situation = runs.at_end(p.situation(task.machine), step=False)
        if _satisfiable(search, task, runs, situation):
            search.witnessed[p.name] = runs.length
    if search.stopped:
        return False
    claim = runs.at_end(p.claim(task.machine), step=p.kind is PropertyKind.STEP)
    return _satisfiable(search, task, runs, z3.Not(claim))


def _satisfiable(search: _Search, task: Task, runs: _Unrolling, formula: Any) -> bool:
    search.stopped = task.budget.exceeded()
    if search.stopped:
        return False
    left = task.budget.remaining()
    if left is not None:
        # Rounded up, so that Z3 does not cancel before the budget says that the time is up.
        runs.solver.set("timeout", int(left * 1000) + 1)
    search.asked += 1
    asked = z3.Bool(f"asked.{search.asked}")
    runs.solver.add(z3.Implies(asked, formula))
    answer = runs.solver.check(asked)
    if answer == z3.unknown:
        why = runs.solver.reason_unknown()
        # Where its time is not up, it was a person who canceled it.
        by_hand = "interrupted" in why or why == "canceled"
        stopped = "interrupted" if by_hand else f"Z3 gave up: {why}"
        search.stopped = task.budget.exceeded() or stopped
    return bool(answer == z3.sat)


def _verdict(search: _Search, p: Property) -> Verdict:
    if p.name in search.broken:
        run = search.broken[p.name]
        return Verdict(p.name, Outcome.VIOLATED, "bounded", depth=len(run), run=run, shortest=True)
    done = not search.stopped
    if search.depth < 0:
        return Verdict(p.name, Outcome.UNKNOWN, "bounded", complete=False, reason=search.stopped)
    if search.witnessed.get(p.name, search.depth + 1) > search.depth:
        reason = (
            f"within {search.depth} steps never: {p.witness_sentence}"
            if done
            else f"{search.stopped} before: {p.witness_sentence}"
        )
        return Verdict(
            p.name, Outcome.UNKNOWN, "bounded", depth=search.depth, complete=done, reason=reason
        )
    return Verdict(
        p.name, Outcome.BOUNDED, "bounded", depth=search.depth, complete=done, reason=search.stopped
    )


def _first_line(error: BaseException) -> str:
    text = error.args[0] if error.args else error
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    return (str(text).splitlines() or [type(error).__name__])[0]
