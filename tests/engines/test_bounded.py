"""The bounded engine: the contract, its bound, and Z3's own ways of stopping."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest
import z3

from tests.engines.contract import ALWAYS_NAMED, BROKEN, SOUND, Contract, shortest_violation
from tests.model.cups import TWO_CUPS, Cup, CupRule, c, clean, cups, near
from unsay.engines.bounded import Bounded, _Unrolling
from unsay.engines.protocol import Task
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.language import Kind, Layer, Structure, after_step, compose, exists, forall
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property, PropertyKind


class TestBounded(Contract):
    engine = Bounded()
    sound = Outcome.BOUNDED
    never = Outcome.UNKNOWN
    repeats_runs = False
    every = 3

    def lie(self, monkeypatch: pytest.MonkeyPatch) -> None:
        genuine = _Unrolling.run
        monkeypatch.setattr(_Unrolling, "run", lambda self, model: genuine(self, model)[1:])

    @pytest.mark.parametrize("case", BROKEN)
    def test_the_bound_is_the_depth_asked_for(self, case: str) -> None:
        """``BOUNDED`` at k, never more: one step less than the violation finds nothing."""
        design, name = BROKEN[case]
        fewest = shortest_violation(build_machine(design), PROPERTIES[name])
        (short,) = self.check(design, [name], depth=fewest - 1).values()
        assert short.outcome in (Outcome.BOUNDED, Outcome.UNKNOWN)
        assert (short.depth, short.complete) == (fewest - 1, True)
        (enough,) = self.check(design, [name], depth=fewest).values()
        assert (enough.outcome, enough.depth) == (Outcome.VIOLATED, fewest)

    def test_the_bound_is_said(self) -> None:
        for verdict in self.check(SOUND, ALWAYS_NAMED, depth=5).values():
            assert verdict.reach == "every run of at most 5 steps"

    def test_a_witness_beyond_the_bound_is_not_known(self) -> None:
        (verdict,) = self.check(SOUND, ["confirmed-means-done"], depth=2).values()
        assert (verdict.outcome, verdict.depth) == (Outcome.UNKNOWN, 2)
        sentence = PROPERTIES["confirmed-means-done"].witness_sentence
        assert verdict.reason == f"within 2 steps never: {sentence}"


class Grumpy:
    """A Z3 solver that behaves until it has been asked so many questions."""

    def __init__(self, questions: int, answer: Any, reason: str = "") -> None:
        self.genuine = z3.SolverFor("QF_FD")
        self.left = questions
        self.answer = answer
        self.reason = reason

    def __getattr__(self, name: str) -> Any:
        return getattr(self.genuine, name)

    def check(self, *assumptions: Any) -> Any:
        self.left -= 1
        if self.left >= 0:
            return self.genuine.check(*assumptions)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def reason_unknown(self) -> str:
        return self.reason


def stopped_by(
    monkeypatch: pytest.MonkeyPatch, answer: Any, reason: str = "", questions: int = 3
) -> dict[str, Verdict]:
    """The verdicts on a sound design when Z3 stops in the middle of length 1."""
    grumpy = Grumpy(questions, answer, reason)
    monkeypatch.setattr("unsay.engines.bounded.z3.SolverFor", lambda logic: grumpy)
    properties = [PROPERTIES["agreement-at-rest"], PROPERTIES["idempotent-effects"]]
    return Bounded().check(Task(build_machine(SOUND), properties, depth=4))


@pytest.mark.parametrize("questions", [0, 1, 3, 5])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (KeyboardInterrupt(), ""),
        # Z3 catches SIGINT while it solves, and answers "unknown".
        (z3.unknown, "interrupted from keyboard"),
        (z3.unknown, "canceled"),
        # ctypes wraps what is raised while it converts an argument.
        (ctypes.ArgumentError("argument 1: KeyboardInterrupt: "), ""),
    ],
    ids=["python", "z3", "z3, canceled", "ctypes"],
)
def test_an_interrupt_is_an_interrupt_wherever_it_strikes(
    monkeypatch: pytest.MonkeyPatch, answer: Any, reason: str, questions: int
) -> None:
    """Whoever reads ``reason`` must learn that a person stopped the engine, not that Z3 did."""
    try:
        verdicts = stopped_by(monkeypatch, answer, reason, questions)
    except (KeyboardInterrupt, ctypes.ArgumentError):
        pytest.fail("the engine does not survive an interrupt")
    for verdict in verdicts.values():
        assert verdict.outcome in (Outcome.UNKNOWN, Outcome.BOUNDED)
        assert not verdict.complete
        assert verdict.reason.startswith("interrupted")


def test_z3_that_gives_up_is_an_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    for verdict in stopped_by(monkeypatch, z3.unknown, "incomplete theory").values():
        assert verdict.outcome is Outcome.UNKNOWN
        assert not verdict.complete
        assert "Z3 gave up: incomplete theory" in verdict.reason


def test_z3_that_fails_is_an_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = z3.Z3Exception(b"max. memory exceeded\nmore")
    for verdict in stopped_by(monkeypatch, failure).values():
        assert verdict.outcome is Outcome.UNKNOWN
        assert not verdict.complete
        assert "Z3 stopped: max. memory exceeded" in verdict.reason
        assert "\n" not in verdict.reason


def test_questions_with_equal_hashes_are_different_questions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Z3's hashes have 32 bits and are not unique; a clash must not merge two questions."""
    design, name = BROKEN["told too soon"]
    monkeypatch.setattr(z3.AstRef, "hash", lambda self: 0)
    properties = [PROPERTIES["resend-survives"], PROPERTIES[name]]
    verdicts = Bounded().check(Task(build_machine(design), properties, depth=3))
    assert verdicts[name].outcome is Outcome.VIOLATED


def test_a_machine_that_can_do_nothing_is_no_error() -> None:
    """A run of no steps is the only one: what holds in it is bounded at any depth."""
    stuck: Layer[None] = Layer("stuck", "A rule that this structure never allows.")

    @stuck.rule(Kind.ACT, at="c")
    def never(rule: CupRule, c: Cup) -> None:
        """Cup c is cleaned by itself."""
        rule.guard(near_itself=near[c, c])
        rule.update(clean[c], to=True)

    rigid = {**TWO_CUPS.rigid, near.symbol: dict.fromkeys(TWO_CUPS.cells(near.symbol), 0)}
    machine = compose("stuck", [cups, stuck], None, Structure(TWO_CUPS.elements, rigid))
    dirty = Property(
        name="dirty",
        sentence="Every cup is dirty.",
        kind=PropertyKind.ALWAYS,
        formula=lambda machine: forall(c, ~clean[c]),
        witness=lambda machine: exists(c, ~clean[c]),
        witness_sentence="a cup is dirty",
    )
    (verdict,) = Bounded().check(Task(machine, [dirty], depth=2)).values()
    assert (verdict.outcome, verdict.depth, verdict.complete) == (Outcome.BOUNDED, 2, True)


def test_every_step_of_a_run_is_a_step() -> None:
    """A step that changes nothing, where the machine has none, would break step properties."""
    busy: Layer[None] = Layer("busy", "Something always changes.")

    @busy.rule(Kind.ACT, at="c")
    def wipe(rule: CupRule, c: Cup) -> None:
        """Cup c is cleaned, or soiled."""
        rule.guard(any_time=clean[c] | ~clean[c])
        rule.update(clean[c], to=~clean[c])

    restless = Property(
        name="restless",
        sentence="Each step cleans or soils a cup.",
        kind=PropertyKind.STEP,
        formula=lambda machine: exists(c, after_step(clean[c]) != clean[c]),
        witness=lambda machine: exists(c, clean[c]),
        witness_sentence="a cup is clean",
    )
    machine = compose("busy", [cups, busy], None, TWO_CUPS)
    (verdict,) = Bounded().check(Task(machine, [restless], depth=3)).values()
    assert (verdict.outcome, verdict.depth, verdict.complete) == (Outcome.BOUNDED, 3, True)
