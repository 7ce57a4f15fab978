"""The sampled engine: the contract, and state machines for users to subclass."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engines.contract import ALWAYS_NAMED, BROKEN, SOUND, Contract, shortest_violation
from tests.helpers import chain
from unsay.engines.run import ReplayError, Step, replay
from unsay.engines.sampled import RUNS, BrokenError, RecallStateMachine, Sampled, state_machine
from unsay.engines.verdict import Outcome
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, PropertyKind


class TestSampled(Contract):
    engine = Sampled()
    sound = Outcome.SAMPLED
    never = Outcome.UNKNOWN
    shortest = False

    @pytest.fixture(autouse=True)
    def _unhurried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The first failing run is taken as it is, whatever the speed of the computer."""
        monkeypatch.setattr("unsay.engines.sampled._SHRINK_SECONDS", 0.0)

    def lie(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "unsay.engines.sampled._without_needless_steps",
            lambda program, checks, name, steps: steps[1:],
        )

    def test_runs_are_counted(self) -> None:
        for verdict in self.check(SOUND, ALWAYS_NAMED).values():
            assert verdict.runs is not None
            assert verdict.runs >= RUNS
            assert verdict.reach == f"{verdict.runs:,} random runs"

    def test_no_step_of_a_run_is_needless(self) -> None:
        """What fails is shrunk: without any one of its steps the run is no counterexample."""
        design, name = BROKEN["the last arrival wins"]
        machine, p = build_machine(design), PROPERTIES[name]
        (verdict,) = self.check(design, [name]).values()
        assert verdict.run
        for i in range(len(verdict.run)):
            assert not breaks(machine, (*verdict.run[:i], *verdict.run[i + 1 :]), p)


def breaks(machine: Any, run: tuple[Step, ...], p: Any) -> bool:
    try:
        return replay(machine, run, p).broken
    except ReplayError:
        return False


# State machines to subclass.

CALM = settings(
    max_examples=60,
    stateful_step_count=12,
    database=None,
    deadline=None,
    derandomize=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


class Recorder:
    """What a user's own system saw of the runs."""

    def __init__(self) -> None:
        self.runs: list[list[Step]] = []


def driven(machine_class: type[RecallStateMachine], recorder: Recorder) -> type[RecallStateMachine]:
    """A subclass as a user writes it: a system of their own is driven beside the model."""

    class Driven(machine_class):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[Step] = []
            recorder.runs.append(self.seen)

        def performed(self, step: Step) -> None:
            assert self.steps[-1] == step
            self.seen.append(step)

        def teardown(self) -> None:
            assert self.steps[: len(self.seen)] == self.seen
            # The step that breaks a step property is judged before the hook is called.
            assert len(self.steps) - len(self.seen) <= 1

    return Driven


@pytest.fixture(scope="module")
def sound_runs() -> tuple[Any, Recorder]:
    machine = build_machine(chain(2, 2))
    recorder = Recorder()
    made = driven(state_machine(machine), recorder)
    run_state_machine_as_test(seed(3)(made), settings=CALM)
    return machine, recorder


def test_the_hook_gets_every_step_of_every_run(sound_runs: tuple[Any, Recorder]) -> None:
    """What the hook saw is a run: it replays as it stands, in order, with names."""
    machine, recorder = sound_runs
    assert len(recorder.runs) >= 60
    assert max(map(len, recorder.runs)) >= 10
    for run in recorder.runs:
        assert len(replay(machine, run).states) == len(run) + 1


def test_random_runs_use_every_rule_that_is_possible(sound_runs: tuple[Any, Recorder]) -> None:
    machine, recorder = sound_runs
    taken = {step.rule for run in recorder.runs for step in run}
    assert taken == {rule.name for rule in machine.rules}


def test_a_broken_property_raises_its_own_error() -> None:
    """``BrokenError``: each property has a subclass, so that shrinking keeps to it."""
    made = state_machine(build_machine(chain(1, 1)))
    kinds = made.checks.errors
    finite = [n for n, p in PROPERTIES.items() if p.kind is not PropertyKind.EVENTUALLY]
    assert list(kinds) == finite
    assert len(set(kinds.values())) == len(finite)
    assert all(issubclass(kind, BrokenError) for kind in kinds.values())
    assert issubclass(BrokenError, AssertionError)


@pytest.mark.parametrize(
    "case", ["told too soon", "repeats are not recognised", "a note is used up"]
)
def test_a_failing_property_shrinks_to_a_run_that_replays(case: str) -> None:
    design, name = BROKEN[case]
    machine, p = build_machine(design), PROPERTIES[name]
    recorder = Recorder()
    made = driven(state_machine(machine, [p]), recorder)
    with pytest.raises(BrokenError) as caught:
        run_state_machine_as_test(seed(1)(made), settings=CALM)
    assert type(caught.value) is made.checks.errors[name]
    assert str(caught.value).splitlines()[0] == f"{name} is broken: {p.sentence}"
    assert made.checks.broken is not None
    broken, run = made.checks.broken
    assert broken == name
    assert replay(machine, run, p).broken
    assert len(run) <= shortest_violation(machine, p) + 2


def test_a_subclass_may_fail_for_its_own_reasons() -> None:
    """A user's system that disagrees with the model fails the run, with the user's own error."""

    class DisagreementError(Exception):
        pass

    class Ours(state_machine(build_machine(SOUND))):  # type: ignore[misc]
        wanted: ClassVar[str] = "update_device"

        def performed(self, step: Step) -> None:
            if step.rule == self.wanted:
                raise DisagreementError(str(step))

    with pytest.raises(DisagreementError, match=r"^update_device\(m1\.\w+, d0\)"):
        run_state_machine_as_test(seed(1)(Ours), settings=CALM)


def test_a_test_case_is_ready_for_unittest() -> None:
    """The module's own example ends with ``TestCase = TestOurRecall.TestCase``."""
    made = state_machine(build_machine(SOUND), [PROPERTIES["no-resurrection"]])
    made.TestCase.settings = CALM
    result = made.TestCase("runTest").run()
    assert result is not None
    assert result.wasSuccessful()
    assert made.checks.runs > 10


def test_a_run_that_is_over_rests() -> None:
    """Where nothing is possible any more the run goes on resting, and does not fail."""
    machine_class = state_machine(build_machine(SOUND), [])
    run = machine_class()
    while not run.nothing_possible():
        numbers = [i for name in run.checks.by_rule for i in run.possible(name)]
        run.perform(numbers[0])
    assert [s.rule for s in run.steps].count("issue") == 2
    run.rest()
    assert run.nothing_possible()
