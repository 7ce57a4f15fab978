"""The proof engine: the contract, as far as an engine that never finds a violation can keep it."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import z3

from tests.engines.board import red_leads_to_green
from tests.engines.contract import BROKEN, INFINITE, Contract, interrupting
from tests.engines.proofs import BENCH
from tests.helpers import chain
from unsay.engines.budget import Budget, BudgetError
from unsay.engines.check import ENGINES
from unsay.engines.proof import attempts as attempts_module
from unsay.engines.proof.obligations import (
    WAYS,
    Answer,
    Goal,
    Obligation,
    Obligations,
    Way,
    asked,
)
from unsay.engines.proof.search import Search
from unsay.engines.protocol import Task
from unsay.engines.proved import Proved
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES
from unsay.properties.recall_bench import BENCH_PROPERTIES, marked

PROVABLE = ("version-override", "idempotent-state")
SMALL = chain(2, 1)


class TestProved(Contract):
    engine = Proved()
    sound = Outcome.PROVED
    never = Outcome.UNKNOWN

    @pytest.mark.parametrize("case", BROKEN)
    def test_a_broken_design_gives_a_run_that_replays(self, case: str) -> None:
        """It has no run; that a design is broken it must not fail to see."""
        design, name = BROKEN[case]
        (verdict,) = self.check(design, [name]).values()
        assert (verdict.outcome, verdict.run, verdict.lemmas) == (Outcome.UNKNOWN, None, None)
        assert verdict.reason == "broken at a small size; --out draws how"

    @pytest.mark.parametrize("case", BROKEN)
    def test_a_run_breaks_its_property_at_its_end_and_not_before(self, case: str) -> None:
        """There are no runs."""
        design, name = BROKEN[case]
        assert self.check(design, [name])[name].run is None

    def test_a_sound_design_gets_what_the_engine_can_say(self) -> None:
        verdicts = self.check(SMALL, PROVABLE)
        assert tuple(verdicts) == PROVABLE
        for name, verdict in verdicts.items():
            assert (verdict.property, verdict.engine) == (name, "proof")
            assert verdict.outcome is Outcome.PROVED
            assert (verdict.complete, verdict.reason, verdict.run) == (True, "", None)
            assert verdict.lemmas is not None
            assert verdict.reach.startswith("any size, ")

    def test_one_broken_property_does_not_hide_the_others(self) -> None:
        design = chain(2, 1, policies={"confirm": "on-send"})
        names = ("idempotent-state", "confirmed-means-done", "version-override")
        outcomes = {n: v.outcome for n, v in self.check(design, names).items()}
        assert list(outcomes.items()) == [
            ("idempotent-state", Outcome.PROVED),
            ("confirmed-means-done", Outcome.UNKNOWN),
            ("version-override", Outcome.PROVED),
        ]

    @pytest.mark.parametrize("case", INFINITE)
    def test_nobody_guesses_about_infinite_runs(self, case: str) -> None:
        """It looks for a proof of these, though it may not find any: out of time, it has none."""
        for task in ({"budget": Budget(seconds=0.0)}, {"report": interrupting(1)}):
            machine = INFINITE[case][0].machine()
            (verdict,) = self.engine.check(Task(machine, [red_leads_to_green], **task)).values()
            assert (verdict.outcome, verdict.complete) == (Outcome.UNKNOWN, False)

    def test_a_property_whose_situation_cannot_come_up_does_not_pass(self) -> None:
        """One that comes up at no size: that of this design counts for nothing here."""
        never = replace(
            marked, witness=lambda m: ~marked.witness(m) & marked.witness(m), witness_sentence="?!"
        )
        (verdict,) = self.engine.check(Task(BENCH, [never])).values()
        assert verdict.outcome is self.never
        assert verdict.reason == "says nothing: never in any sample ?!"

    @pytest.mark.parametrize("case", ["the last arrival wins", "a note is used up"])
    def test_an_interrupted_engine_never_overstates(self, case: str) -> None:
        """It has no bound to overstate; an interrupt by Z3 is an interrupt, see below."""
        design, name = BROKEN[case]
        assert self.check(design, [name])[name].outcome is Outcome.UNKNOWN

    def test_equal_tasks_give_equal_verdicts(self) -> None:
        once, again = (self.check(SMALL, PROVABLE) for _ in range(2))
        assert [replace(v, seconds=0.0) for v in once.values()] == [
            replace(v, seconds=0.0) for v in again.values()
        ]

    def test_a_run_that_does_not_replay_is_an_internal_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """There are no runs; for lemmas that are broken, see test_proof_soundness.py."""
        assert not any(v.run for v in self.check(SMALL, PROVABLE).values())


def test_the_bench_protocol_at_any_size() -> None:
    """``unsay bench --engine proof``."""
    verdicts = ENGINES["proof"].check(Task(BENCH, BENCH_PROPERTIES[:1], Budget(60)))
    assert [v.outcome for v in verdicts.values()] == [Outcome.PROVED]


def checked(**task: Any) -> list[Verdict]:
    machine = build_machine(SMALL)
    chosen = [PROPERTIES[n] for n in PROVABLE]
    return list(Proved().check(Task(machine, chosen, **task)).values())


def pigeons(context: z3.Context) -> Any:
    """A solver that takes long: one more pigeon than there are holes, without a quantifier."""
    solver = z3.Solver(ctx=context)
    sits = [[z3.Bool(f"{p} in {h}", context) for h in range(11)] for p in range(12)]
    solver.add(*(z3.Or(own) for own in sits))
    for one, other in itertools.combinations(sits, 2):
        solver.add(*(z3.Or(z3.Not(a), z3.Not(b)) for a, b in zip(one, other, strict=True)))
    return solver


@pytest.mark.parametrize("milliseconds", [None, 60_000])
def test_an_interrupt_that_z3_swallows_is_an_interrupt(milliseconds: int | None) -> None:
    """A genuine one: without quantifiers Z3 says "canceled", as where its time is up."""
    solver = pigeons(z3.Context())
    if milliseconds is not None:
        solver.set("timeout", milliseconds)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        asked(solver, milliseconds=milliseconds)
    timer.join()


def test_a_question_that_takes_too_long_is_no_interrupt() -> None:
    solver = pigeons(z3.Context())
    solver.set("timeout", 300)
    assert asked(solver, milliseconds=300) == z3.unknown


def test_an_interrupt_of_a_question_is_one_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Obligations, "discharge", interrupted)
    for verdict in checked():
        assert (verdict.outcome, verdict.complete) == (Outcome.UNKNOWN, False)
        assert verdict.reason == "interrupted"


def test_an_interrupt_of_the_last_look_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or those who check several designs would go on with the next one."""
    genuine, looks = attempts_module.look, []

    def look(*arguments: Any) -> Any:
        looks.append(arguments)
        if len(looks) > 1:
            raise KeyboardInterrupt
        return genuine(*arguments)

    monkeypatch.setattr(attempts_module, "look", look)
    for verdict in checked():
        assert (verdict.reason, verdict.complete) == ("interrupted", False)
    assert len(looks) == 2


def test_one_property_that_takes_too_long_leaves_time_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    genuine = Search.prove

    def slow(self: Search, goal: Any) -> Any:
        while goal.step is False:
            self.pause()
        return genuine(self, goal)

    monkeypatch.setattr(Search, "prove", slow)
    first, second = checked(budget=Budget(12))
    assert (first.outcome, first.complete) == (Outcome.UNKNOWN, False)
    assert "its share of the time limit" in first.reason
    assert second.outcome is Outcome.PROVED


@pytest.mark.parametrize("hopeless", [False, True])
def test_what_ran_out_of_time_is_tried_again_unless_it_is_hopeless(
    hopeless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def late(self: Search, goal: Goal) -> Any:
        tries.append(goal)
        self.hopeless = hopeless
        raise BudgetError("too late")

    monkeypatch.setattr(Search, "prove", late)
    assert {v.reason for v in checked()} == {"too late"}
    assert len(tries) == len(set(tries)) * (1 if hopeless else 2) > 1


def test_few_lemmas_and_all_are_asked_in_short_before_either_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    genuine = Obligations.discharge
    asked_of: dict[tuple[Goal, str], list[tuple[float, int]]] = {}

    def slow(self: Obligations, obligation: Obligation, ways: Sequence[Way] = WAYS) -> Answer:
        if obligation.rule is None or ways == WAYS:
            return genuine(self, obligation, ways)
        longest = max(w.share for w in ways)
        key = (obligation.goal, obligation.rule)
        asked_of.setdefault(key, []).append((longest, len(obligation.assumed)))
        return genuine(self, obligation, ways) if longest > 0.3 else Answer(False, reason="timeout")

    monkeypatch.setattr(Obligations, "discharge", slow)
    verdicts = Proved().check(Task(BENCH, BENCH_PROPERTIES))
    assert {v.outcome for v in verdicts.values()} == {Outcome.PROVED}
    for questions in asked_of.values():
        (soon, few), (again, every), (late, number) = questions[:3]
        assert soon == again < late
        assert few == number <= every
    assert any(few < every for (_, few), (_, every), *_ in asked_of.values())


def test_what_z3_cannot_do_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Search, goal: Any) -> Any:
        raise z3.Z3Exception("out of memory")

    monkeypatch.setattr(Search, "prove", fail)
    assert {v.reason for v in checked()} == {"Z3 stopped: out of memory"}
