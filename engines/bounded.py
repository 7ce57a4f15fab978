"""The bounded engine: Z3 on runs of growing length, so the first counterexample is shortest.

The machine is unrolled one step at a time in one incremental solver; each step is one action at
fixed arguments, all other cells keep their values. What holds at every length up to k is
``BOUNDED`` at k, never more.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import z3

from unsay.engines.budget import BudgetError
from unsay.engines.protocol import Task, confirmed, keep_decided, timed
from unsay.engines.run import Step
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.language import Rule
from unsay.model.readings.smt import FixedSize, Moment, Place
from unsay.properties import Property, PropertyKind

Action = tuple[str, tuple[int, ...]]


@dataclass
class _Unrolling:
    """Runs of a growing number of steps, as constraints in one solver."""

    reading: FixedSize
    solver: Any = field(default_factory=lambda: z3.SolverFor("QF_FD"))
    states: list[dict[Place, Any]] = field(default_factory=list)
    taken: list[dict[Action, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.states.append(self.reading.constants(0))
        self.solver.add(self.reading.initial(self.states[0]))

    @property
    def length(self) -> int:
        return len(self.taken)

    def grow(self, pause: Callable[[], None]) -> None:
        """Runs become one step longer; ``pause`` is called between two actions."""
        time, now = self.length, self.states[-1]
        after = self.reading.constants(time + 1)
        choices: dict[Action, Any] = {}
        written: dict[Place, list[tuple[Any, Any]]] = {}
        for rule in self.reading.machine.rules:
            for arguments in self.reading.instances(rule):
                pause()
                chosen = self._choose(rule, arguments, now, time)
                if chosen is None:
                    continue
                choices[rule.name, arguments] = chosen
                for place, value in self.reading.writes(rule, arguments, now).items():
                    written.setdefault(place, []).append((chosen, value))
        for place, old in now.items():
            value = old
            for chosen, new in written.get(place, []):
                value = z3.If(chosen, new, value)
            self.solver.add(after[place] == value)
        self.solver.add(z3.PbEq([(c, 1) for c in choices.values()], 1))
        self.states.append(after)
        self.taken.append(choices)

    def _choose(self, rule: Rule, arguments: tuple[int, ...], now: Any, time: int) -> Any:
        guard = z3.simplify(self.reading.guard(rule, arguments, now))
        if z3.is_false(guard):
            return None
        chosen = z3.Bool(f"{rule.name}({','.join(map(str, arguments))})@{time}")
        self.solver.add(z3.Implies(chosen, guard))
        return chosen

    def at_end(self, term: Any, kind: PropertyKind) -> Any:
        """``term`` at the end of the run: in its last state, or in its last step."""
        if kind is PropertyKind.ALWAYS:
            return self.reading.value(term, {}, Moment(self.states[-1]))
        if not self.taken:
            return z3.BoolVal(True)
        moment = Moment(self.states[-2], self.states[-1], self.taken[-1])
        return self.reading.value(term, {}, moment)

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
        search = _Search({p.name: p for p in task.properties})
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
        for verdict in verdicts.values():
            confirmed(task, verdict)
        found = timed(verdicts, task.budget.elapsed())
        return found if search.stopped else keep_decided(task, self.name, found)


def _deepen(search: _Search, task: Task) -> None:
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
        situation = runs.at_end(p.situation(task.machine), PropertyKind.ALWAYS)
        if _satisfiable(search, task, runs, situation):
            search.witnessed[p.name] = runs.length
    if search.stopped:
        return False
    claim = runs.at_end(p.claim(task.machine), p.kind)
    return _satisfiable(search, task, runs, z3.Not(claim))


def _satisfiable(search: _Search, task: Task, runs: _Unrolling, formula: Any) -> bool:
    search.stopped = task.budget.exceeded()
    if search.stopped:
        return False
    left = task.budget.remaining()
    if left is not None:
        runs.solver.set("timeout", max(1, int(left * 1000)))
    search.asked += 1
    asked = z3.Bool(f"asked.{search.asked}")
    runs.solver.add(z3.Implies(asked, formula))
    answer = runs.solver.check(asked)
    if answer == z3.unknown:
        why = runs.solver.reason_unknown()
        by_hand = "interrupted" if "interrupted" in why else f"Z3 gave up: {why}"
        search.stopped = task.budget.exceeded() or by_hand
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
