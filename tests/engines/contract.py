"""The contract of engines: the same cases for each, as methods of a class to inherit.

An engine's test file subclasses ``Contract``, names its engine and what it can say, and inherits
every case (the habit of ``dd``: ``tests/common.py``). The oracle is a search of a few lines over
the reference reading, which shares nothing with the engines' own readings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import pytest

from tests.engines.board import Board, moves, red_leads_to_green
from tests.helpers import chain
from unsay.engines.budget import Budget
from unsay.engines.protocol import Engine, Task
from unsay.engines.run import ReplayError, replay
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import Design
from unsay.model.language import Machine
from unsay.model.readings.reference import Reference, State
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property, PropertyKind

BROKEN: dict[str, tuple[Design, str]] = {
    "the last arrival wins": (
        chain(2, 1, policies={"ordering": "last-arrival"}),
        "version-override",
    ),
    "told too soon": (chain(2, 1, policies={"confirm": "on-send"}), "confirmed-means-done"),
    "repeats are not recognised": (
        chain(
            2, 1, policies={"deduplication": "none"},
            faults={"loss": 0, "duplication": 1, "crash": 0, "offline": 0},
        ),
        "idempotent-effects",
    ),
    "a note is used up": (
        chain(
            2, 1,
            policies={"early_recall": "remember-until-first-send", "deduplication": "none"},
        ),
        "idempotent-state",
    ),
}  # fmt: skip
"""Small broken designs, each with a property that it breaks; the last is about steps."""

SOUND = chain(1, 1)
"""One node, nine states."""

RED, GREEN = frozenset({0}), frozenset({3})
INFINITE: dict[str, tuple[Board, Outcome, int | None]] = {
    "what is owed happens": (Board(moves("walk a 0-3"), RED, GREEN), Outcome.HOLDS, None),
    "what comes and goes is owed strongly": (
        Board(moves("walk a 0-1; walk a 1-0; run b 0-3"), RED, GREEN), Outcome.HOLDS, None,
    ),
    "what comes and goes is owed weakly": (
        Board(moves("walk a 0-1; walk a 1-0; walk b 0-3"), RED, GREEN), Outcome.VIOLATED, 0,
    ),
    "nothing more happens": (Board(moves("walk a 0-1; walk a 1-2"), RED, GREEN),
                             Outcome.VIOLATED, 2),
    "the loop is elsewhere": (
        Board(moves("drift a 0-1; walk b 1-2; walk b 2-1; walk a 0-3"), RED, GREEN),
        Outcome.VIOLATED, 1,
    ),
    "a fault for ever": (
        Board(moves("slip a 0-1; slip a 1-0; walk a 0-3; walk b 1-3"), RED, GREEN, True),
        Outcome.VIOLATED, 0,
    ),
    "red is never reached": (Board(moves("walk a 0-1"), frozenset({2}), GREEN),
                             Outcome.VACUOUS, None),
}  # fmt: skip
"""Boards on which red leads to green, or not; and how far it is to where a run repeats."""

ALWAYS_NAMED = ("version-override", "no-resurrection", "confirmed-means-done")
"""Properties that ``SOUND`` has, and whose witnesses are a few steps away."""


def layers(machine: Machine, p: Property) -> Iterator[list[State]]:
    """The states at distance 0, 1, 2, ... by the reference reading, with the history of ``p``."""
    reference = reference_for(machine, p)
    layer = [reference.initial()]
    seen = {tuple(layer[0].values())}
    while layer:
        yield layer
        fresh = {tuple(t.values()): t for s in layer for _, _, t in steps(reference, s)}
        layer = [t for key, t in fresh.items() if key not in seen]
        seen |= set(fresh)


def reference_for(machine: Machine, p: Property) -> Reference:
    return Reference(machine, {s for s in p.reads(machine) if s.role == "history"})


def steps(reference: Reference, state: State) -> Iterator[tuple[Any, tuple[int, ...], State]]:
    for rule in reference.machine.rules:
        for arguments in reference.instances(rule):
            if not reference.blocked_by(rule, arguments, state):
                yield rule, arguments, reference.step(rule, arguments, state)


def shortest_violation(machine: Machine, p: Property) -> int:
    """The length of the shortest run that breaks ``p``; there must be one."""
    reference, claim = reference_for(machine, p), p.claim(machine)
    for distance, layer in enumerate(layers(machine, p)):
        if p.kind is PropertyKind.ALWAYS:
            if not all(reference.holds(claim, s) for s in layer):
                return distance
        elif not all(
            reference.holds_at_step(claim, s, rule, arguments, after)
            for s in layer
            for rule, arguments, after in steps(reference, s)
        ):
            return distance + 1
    raise AssertionError(f"{p.name} is never broken")


def witness_distance(machine: Machine, p: Property) -> int:
    """How far the nearest state is in which the property's situation comes up."""
    reference, situation = reference_for(machine, p), p.situation(machine)
    for distance, layer in enumerate(layers(machine, p)):
        if any(reference.holds(situation, s) for s in layer):
            return distance
    raise AssertionError(f"{p.name} never comes up")


def interrupting(call: int) -> Callable[[str], None]:
    """A report callback by which a person interrupts at the ``call``-th report."""
    left = [call]

    def report(line: str) -> None:
        assert line
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    return report


class Contract:
    """What every engine keeps to. Subclasses name the engine and what it can say."""

    engine: ClassVar[Engine]
    sound: ClassVar[Outcome]
    """What it says of a sound design when nothing stops it."""
    never: ClassVar[Outcome]
    """What it says when the witness is unreachable."""
    shortest: ClassVar[bool] = True
    """Its counterexamples are shortest."""
    infinite: ClassVar[bool] = False
    """It decides claims about runs that never end; the others say that they cannot know."""
    repeats_runs: ClassVar[bool] = True
    """Equal tasks give not only runs of equal length, but the same runs."""

    def check(self, design: Design, names: Sequence[str], **task: Any) -> dict[str, Verdict]:
        machine = build_machine(design)
        chosen = [PROPERTIES[name] for name in names]
        try:
            return self.engine.check(Task(machine, chosen, **{"depth": 6, **task}))
        except KeyboardInterrupt:
            pytest.fail("the engine does not survive an interrupt")

    def lie(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make the engine hand over runs that are not what it found."""
        raise NotImplementedError

    @pytest.mark.parametrize("case", BROKEN)
    def test_a_broken_design_gives_a_run_that_replays(self, case: str) -> None:
        """DESIGN section 3: every counterexample is replayed by the concrete reading."""
        design, name = BROKEN[case]
        machine, p = build_machine(design), PROPERTIES[name]
        (verdict,) = self.check(design, [name]).values()
        assert verdict.outcome is Outcome.VIOLATED
        assert verdict.complete
        assert verdict.run is not None
        assert replay(machine, verdict.run, p).broken
        fewest = shortest_violation(machine, p)
        assert len(verdict.run) >= fewest
        assert verdict.shortest is self.shortest
        if self.shortest:
            assert len(verdict.run) == fewest

    @pytest.mark.parametrize("case", BROKEN)
    def test_a_run_breaks_its_property_at_its_end_and_not_before(self, case: str) -> None:
        design, name = BROKEN[case]
        machine, p = build_machine(design), PROPERTIES[name]
        (verdict,) = self.check(design, [name]).values()
        assert verdict.run
        for length in range(len(verdict.run)):
            assert not replay(machine, verdict.run[:length], p).broken

    def test_a_sound_design_gets_what_the_engine_can_say(self) -> None:
        """DESIGN section 4: never a bare "ok", the bound is attached."""
        verdicts = self.check(SOUND, ALWAYS_NAMED)
        assert tuple(verdicts) == ALWAYS_NAMED
        for name, verdict in verdicts.items():
            assert verdict.property == name
            assert verdict.engine == self.engine.name
            assert verdict.outcome is self.sound
            assert (verdict.complete, verdict.reason, verdict.run) == (True, "", None)
            assert verdict.reach

    def test_one_broken_property_does_not_hide_the_others(self) -> None:
        """Each property gets its own verdict, in the order of asking."""
        design = chain(2, 1, policies={"confirm": "on-send"})
        names = ("idempotent-effects", "confirmed-means-done", "version-override")
        outcomes = {n: v.outcome for n, v in self.check(design, names).items()}
        assert outcomes == {
            "idempotent-effects": self.sound,
            "confirmed-means-done": Outcome.VIOLATED,
            "version-override": self.sound,
        }
        assert tuple(outcomes) == names

    def test_a_property_whose_situation_cannot_come_up_does_not_pass(self) -> None:
        """DESIGN section 4: an unreachable witness is reported, not passed."""
        (verdict,) = self.check(SOUND, ["resend-survives"]).values()
        assert verdict.outcome is self.never
        assert PROPERTIES["resend-survives"].witness_sentence in verdict.reason

    @pytest.mark.parametrize("case", ["sound", *BROKEN])
    @pytest.mark.parametrize("limit", ["seconds", "memory_mib"])
    def test_a_used_up_budget_is_said_and_nothing_more(self, case: str, limit: str) -> None:
        """``Verdict``: where a budget stopped the engine, ``reason`` says what."""
        design, names = SOUND, list(ALWAYS_NAMED)
        if case in BROKEN:
            design, names = BROKEN[case][0], [BROKEN[case][1]]
        budget = Budget(seconds=0.0) if limit == "seconds" else Budget(memory_mib=1)
        verdicts = self.check(design, names, budget=budget)
        assert list(verdicts) == names
        for verdict in verdicts.values():
            assert verdict.outcome in (Outcome.UNKNOWN, Outcome.BOUNDED, Outcome.SAMPLED)
            assert not verdict.complete
            assert budget.exceeded() in verdict.reason

    @pytest.mark.parametrize("call", [1, 2, 3])
    def test_an_interrupted_engine_says_so_of_every_property(self, call: int) -> None:
        """``Engine.check``: when a person interrupts, verdicts tell what is known by then."""
        # Of infinite runs some engines say nothing in any case, interrupted or not.
        names = tuple(n for n, p in PROPERTIES.items() if p.kind is not PropertyKind.EVENTUALLY)
        verdicts = self.check(chain(2, 2), names, report=interrupting(call))
        assert tuple(verdicts) == names
        for verdict in verdicts.values():
            assert verdict.outcome in (Outcome.UNKNOWN, Outcome.BOUNDED, Outcome.SAMPLED)
            assert not verdict.complete
            assert verdict.reason.startswith("interrupted")

    @pytest.mark.parametrize("case", ["the last arrival wins", "a note is used up"])
    def test_an_interrupted_engine_never_overstates(self, case: str) -> None:
        """A bound covers every run of that length, as an independent search finds them."""
        design, name = BROKEN[case]
        machine, p = build_machine(design), PROPERTIES[name]
        broken_at, seen_at = shortest_violation(machine, p), witness_distance(machine, p)
        for call in range(1, broken_at + 3):
            report = interrupting(call)
            (verdict,) = self.check(design, [name], report=report, depth=broken_at).values()
            if verdict.outcome is Outcome.VIOLATED:
                assert call > 1
                continue
            assert not verdict.complete
            assert verdict.outcome in (Outcome.UNKNOWN, Outcome.BOUNDED)
            if verdict.depth is not None:
                assert verdict.depth < broken_at
                assert (verdict.outcome is Outcome.BOUNDED) == (verdict.depth >= seen_at)

    @pytest.mark.parametrize("case", INFINITE)
    def test_a_claim_about_infinite_runs_is_decided_or_declined(self, case: str) -> None:
        """Small enough to think through; a violation is a lasso that replays."""
        board, outcome, stem = INFINITE[case]
        machine, p = board.machine(), red_leads_to_green
        (verdict,) = self.engine.check(Task(machine, [p], depth=6)).values()
        if not self.infinite:
            assert (verdict.outcome, verdict.complete) == (Outcome.UNKNOWN, True)
            assert verdict.reason
            assert verdict.run is None
            return
        assert (verdict.outcome, verdict.loop, verdict.complete) == (outcome, stem, True)
        assert (verdict.run is not None) == (outcome is Outcome.VIOLATED)
        if verdict.run is not None:
            assert verdict.shortest
            assert replay(machine, verdict.run, p, verdict.loop).broken
            assert not replay(machine, verdict.run, p).broken
        if outcome is Outcome.VACUOUS:
            assert verdict.reason == f"never: {p.witness_sentence}"

    @pytest.mark.parametrize("case", INFINITE)
    def test_nobody_guesses_about_infinite_runs(self, case: str) -> None:
        """Out of budget or interrupted: there may be a loop in what was not looked at."""
        for task in ({"budget": Budget(seconds=0.0)}, {"report": interrupting(1)}):
            machine = INFINITE[case][0].machine()
            (verdict,) = self.engine.check(Task(machine, [red_leads_to_green], **task)).values()
            assert verdict.outcome is Outcome.UNKNOWN
            assert verdict.complete is not self.infinite
            assert verdict.run is None

    def test_equal_tasks_give_equal_verdicts(self) -> None:
        """``Task.seed``: equal seeds give equal runs; the other engines draw nothing."""
        design, name = BROKEN["the last arrival wins"]
        once, again = (self.check(design, [name, "no-over-recall"], seed=7) for _ in range(2))
        for one, other in zip(once.values(), again.values(), strict=True):
            assert (one.outcome, one.reason, one.depth, one.runs, one.states) == (
                other.outcome, other.reason, other.depth, other.runs, other.states,
            )  # fmt: skip
            assert len(one.run or ()) == len(other.run or ())
            if self.repeats_runs:
                assert one.run == other.run

    def test_no_properties_need_no_work(self) -> None:
        assert self.check(SOUND, []) == {}

    def test_a_run_that_does_not_replay_is_an_internal_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """DESIGN section 3: one that does not replay is an internal error and is said so."""
        design, name = BROKEN["the last arrival wins"]
        self.lie(monkeypatch)
        with pytest.raises(ReplayError) as caught:
            self.check(design, [name])
        assert str(caught.value).startswith(
            f"internal error: the {self.engine.name} engine reports a run against "
            f"{name} that does not replay: "
        )
