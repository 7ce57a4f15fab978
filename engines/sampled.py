"""The sampled engine: random runs by Hypothesis, whose failures shrink.

``state_machine`` turns a machine into a Hypothesis ``RuleBasedStateMachine`` with one rule per
rule of the machine. It serves this engine, and it serves users, who subclass it to drive their
own system beside the model::

    class TestOurRecall(state_machine(build_machine(load_design("ours.toml")))):
        def performed(self, step):
            our_system.do(step.rule, *step.arguments)

    TestCase = TestOurRecall.TestCase
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import hypothesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from unsay.engines.budget import BudgetError
from unsay.engines.protocol import Task, about_infinite_runs, confirmed, keep_decided, timed
from unsay.engines.run import Step
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.language import Machine
from unsay.model.readings.compiled import Packed, Program, compile_machine
from unsay.model.readings.ground import unhurried
from unsay.properties import PROPERTIES, Property, PropertyKind

RUNS = 200
"""Random runs that the engine makes unless it is stopped or finds every property broken."""

_BATCH = 25
_STEPS = 40
_SHRINK_SECONDS = 2.0
"""How long a failure is shrunk; the shortest run by then is reported."""


class BrokenError(AssertionError):
    """A run breaks a property. Each property has a subclass, so that shrinking keeps to it."""


class RecallStateMachine(RuleBasedStateMachine):
    """The base class of generated state machines: a run of the model, one step at a time.

    Attributes:
        program: The machine's concrete reading.
        state: The packed state; ``program.packing.unpack`` opens it.
        steps: What has happened so far.
    """

    program: ClassVar[Program]
    checks: ClassVar[_Checks]

    def __init__(self) -> None:
        super().__init__()
        self.state: Packed = self.program.initial
        self.steps: list[Step] = []
        self.checks.begin()

    def performed(self, step: Step) -> None:
        """Called after each step, with the names of its arguments; for subclasses."""

    def possible(self, name: str) -> list[int]:
        """The actions of rule ``name`` that can happen now."""
        return [i for i in self.checks.by_rule[name] if self.program.enabled(self.state, i)]

    def perform(self, number: int) -> None:
        """Take action ``number``, then judge it."""
        action = self.program.actions[number]
        before, self.state = self.state, self.program.step(self.state, number)
        self.steps.append(Step(action.rule.name, self.program.names(action)))
        self.checks.judge_step(self, before, number)
        self.performed(self.steps[-1])

    def nothing_possible(self) -> bool:
        """Whether the run is at its end."""
        return not any(
            self.program.enabled(self.state, i) for i in range(len(self.program.actions))
        )

    @precondition(nothing_possible)
    @rule()
    def rest(self) -> None:
        """Nothing can happen any more (Hypothesis wants a rule that can)."""

    @invariant()
    def properties_hold(self) -> None:
        """Every checked property holds so far."""
        self.checks.judge_state(self)


@dataclass
class _Checks:
    """The compiled properties of a generated class, and what its runs have shown."""

    by_rule: dict[str, list[int]]
    always: dict[str, Callable[[Packed], bool]] = field(default_factory=dict)
    steps: dict[str, Callable[[Packed, int, Packed], bool]] = field(default_factory=dict)
    witnesses: dict[str, Callable[[Packed], bool]] = field(default_factory=dict)
    errors: dict[str, type[BrokenError]] = field(default_factory=dict)
    sentences: dict[str, str] = field(default_factory=dict)
    broken: tuple[str, tuple[Step, ...]] | None = None
    runs: int = 0
    """Random runs begun; those that Hypothesis makes to shrink a failure do not count."""
    failed_at: float = 0.0
    before_step: Callable[[], None] = lambda: None

    def begin(self) -> None:
        if self.broken is None:
            self.runs += 1

    def judge_state(self, run: RecallStateMachine) -> None:
        for name, reached in list(self.witnesses.items()):
            if reached(run.state):
                del self.witnesses[name]
        for name, holds in self.always.items():
            if not holds(run.state):
                self._fail(name, run)

    def judge_step(self, run: RecallStateMachine, before: Packed, number: int) -> None:
        self.before_step()
        for name, holds in self.steps.items():
            if not holds(before, number, run.state):
                self._fail(name, run)

    def _fail(self, name: str, run: RecallStateMachine) -> None:
        if self.broken is None:
            self.failed_at = time.monotonic()
        if self.broken is None or len(run.steps) < len(self.broken[1]):
            self.broken = (name, tuple(run.steps))
        raise self.errors[name](f"{name} is broken: {self.sentences[name]}")


def state_machine(
    machine: Machine,
    properties: Iterable[Property] | None = None,
    pause: Callable[[], None] = unhurried,
) -> type[RecallStateMachine]:
    """A Hypothesis state machine of ``machine``.

    Args:
        machine: The machine of a design.
        properties: What to assert after each step; all known properties unless given. Those about
            infinite runs are left out: no step breaks them.
        pause: Called now and then while the machine is compiled; what it raises ends that.

    Returns:
        A class to run as it is (``.TestCase``) or to subclass.
    """
    known = PROPERTIES.values() if properties is None else properties
    chosen = [p for p in known if p.kind is not PropertyKind.EVENTUALLY]
    keep = {s for p in chosen for s in p.reads(machine) if s.role == "history"}
    program = compile_machine(machine, keep, pause)
    by_rule: dict[str, list[int]] = {}
    for i, action in enumerate(program.actions):
        by_rule.setdefault(action.rule.name, []).append(i)
    checks = _Checks(by_rule)
    for p in chosen:
        claim = p.claim(machine)
        if p.kind is PropertyKind.ALWAYS:
            checks.always[p.name] = program.predicate(claim)
        else:
            checks.steps[p.name] = program.step_predicate(claim)
        checks.witnesses[p.name] = program.predicate(p.situation(machine))
        checks.errors[p.name] = type(f"Broken_{p.name.replace('-', '_')}", (BrokenError,), {})
        checks.sentences[p.name] = p.sentence
    body: dict[str, Any] = {name: _hypothesis_rule(name) for name in by_rule}
    return type("Recall", (RecallStateMachine,), {**body, "program": program, "checks": checks})


def _hypothesis_rule(name: str) -> Any:
    def take(self: RecallStateMachine, data: st.DataObject) -> None:
        possible = self.possible(name)
        self.perform(data.draw(st.sampled_from(possible), label=name))

    def can_happen(self: RecallStateMachine) -> bool:
        return bool(self.possible(name))

    take.__name__ = name
    return precondition(can_happen)(rule(data=st.data())(take))


class _OutOfTime(BaseException):
    """Leaves Hypothesis at once, even while it shrinks."""


class Sampled:
    """Random runs; what fails is shrunk to a short run."""

    name = "sampled"
    says = "makes random runs with Hypothesis and shrinks what fails; proves nothing"

    def check(self, task: Task) -> dict[str, Verdict]:
        """See ``Engine.check``."""
        infinite = [p for p in task.properties if p.kind is PropertyKind.EVENTUALLY]
        search = _Search([p for p in task.properties if p not in infinite])
        try:
            while search.open and search.runs < RUNS and not search.stopped:
                task.report(f"{search.runs:,} random runs")
                _batch(search, task)
        except KeyboardInterrupt:
            search.stopped = "interrupted"
        except BudgetError as why:
            search.stopped = str(why)
        verdicts = {p.name: _verdict(search, p) for p in task.properties}
        verdicts |= {p.name: about_infinite_runs(p, self.name) for p in infinite}
        for verdict in verdicts.values():
            confirmed(task, verdict)
        found = timed(verdicts, task.budget.elapsed())
        return found if search.stopped else keep_decided(task, self.name, found)


@dataclass
class _Search:
    open: list[Property]
    broken: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    witnessed: set[str] = field(default_factory=set)
    runs: int = 0
    stopped: str = ""
    machine_class: type[RecallStateMachine] | None = None


def _batch(search: _Search, task: Task) -> None:
    """Some random runs; on a failure the property is set aside, and the rest goes on."""
    if search.machine_class is None:
        search.machine_class = state_machine(task.machine, search.open, task.budget.check)
    made = search.machine_class
    checks = made.checks
    checks.before_step = lambda: _stop_in_time(task, checks)
    checks.broken, before = None, checks.runs
    hypothesis.seed(task.seed * 1_000_003 + search.runs + len(search.broken))(made)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            run_state_machine_as_test(made, settings=_settings())
    except _OutOfTime as stop:
        search.stopped = str(stop)
    except Exception:
        # Hypothesis may wrap our failure or call it flaky; the recorded run is what counts,
        # and it is replayed before anyone sees it. It also calls a run flaky that a budget cut.
        search.stopped = task.budget.exceeded()
        if checks.broken is None and not search.stopped:
            raise
    search.runs += checks.runs - before
    names = {p.name for p in search.open}
    search.witnessed |= names - set(checks.witnesses)
    if checks.broken is not None:
        name, steps = checks.broken
        search.broken[name] = _without_needless_steps(made.program, checks, name, steps)
        search.open = [p for p in search.open if p.name != name]
        checks.always.pop(name, None)
        checks.steps.pop(name, None)


def _without_needless_steps(
    program: Program, checks: _Checks, name: str, steps: tuple[Step, ...]
) -> tuple[Step, ...]:
    """Drop every step without which the run is still possible and still breaks the property.

    Hypothesis minimises its own choices, which keeps steps that change nothing of interest.
    """
    numbers = {(a.rule.name, program.names(a)): i for i, a in enumerate(program.actions)}
    run = [numbers[s.rule, s.arguments] for s in steps]
    shrunk = True
    while shrunk:
        shrunk = False
        for i in reversed(range(len(run))):
            shorter = run[:i] + run[i + 1 :]
            if _breaks(program, checks, name, shorter):
                run, shrunk = shorter, True
    actions = (program.actions[i] for i in run)
    return tuple(Step(a.rule.name, program.names(a)) for a in actions)


def _breaks(program: Program, checks: _Checks, name: str, run: list[int]) -> bool:
    """Whether ``run`` is possible and breaks the property at its end."""
    before = state = program.initial
    for number in run:
        if not program.enabled(state, number):
            return False
        before, state = state, program.step(state, number)
    if name in checks.always:
        return not checks.always[name](state)
    return bool(run) and not checks.steps[name](before, run[-1], state)


def _stop_in_time(task: Task, checks: _Checks) -> None:
    if why := task.budget.exceeded():
        raise _OutOfTime(why)
    if checks.broken is not None and time.monotonic() - checks.failed_at > _SHRINK_SECONDS:
        raise _OutOfTime("")


def _settings() -> settings:
    return settings(
        max_examples=_BATCH,
        stateful_step_count=_STEPS,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def _verdict(search: _Search, p: Property) -> Verdict:
    if p.name in search.broken:
        run = search.broken[p.name]
        return Verdict(p.name, Outcome.VIOLATED, "sampled", runs=search.runs, run=run)
    done = not search.stopped
    if p.name not in search.witnessed:
        reason = (
            f"in {search.runs:,} random runs never: {p.witness_sentence}"
            if done
            else f"{search.stopped} before: {p.witness_sentence}"
        )
        return Verdict(
            p.name, Outcome.UNKNOWN, "sampled", runs=search.runs, complete=done, reason=reason
        )
    return Verdict(
        p.name, Outcome.SAMPLED, "sampled", runs=search.runs, complete=done, reason=search.stopped
    )


__all__ = ["BrokenError", "RecallStateMachine", "Sampled", "state_machine"]
