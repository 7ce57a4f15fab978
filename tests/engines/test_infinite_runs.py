"""Claims about infinite runs: what fairness means, lassos, and engines that agree."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engines.board import (
    PLACES,
    TABLES,
    Board,
    Move,
    moves,
    red_leads_everywhere,
    red_leads_to_green,
    shortest_stem,
)
from tests.helpers import chain
from unsay.engines.check import ENGINES, Options, check_design
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.explicit import Explicit
from unsay.engines.fair import Owed
from unsay.engines.protocol import Engine, Task
from unsay.engines.run import ReplayError, Step, replay
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import Design
from unsay.model.language import Machine
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property

DECIDING: tuple[Engine, ...] = (Explicit(), Exhaustive())


def judged(engine: Engine, machine: Machine, claim: Property = red_leads_to_green) -> Verdict:
    return engine.check(Task(machine, [claim]))[claim.name]


def outcome_of(board: Board) -> tuple[Outcome, int | None]:
    """What both engines say: the outcome, and of a run the steps up to its loop."""
    said = {(v.outcome, v.loop) for v in (judged(e, board.machine()) for e in DECIDING)}
    assert len(said) == 1
    return said.pop()


RED, GREEN = frozenset({0}), frozenset({3})
HELD, BROKEN = Outcome.HOLDS, Outcome.VIOLATED

CASES: dict[str, tuple[str, Outcome, int | None]] = {
    "nothing can happen": ("drift a 1-2", BROKEN, 0),
    "what nobody owes may never happen": ("drift a 0-3", BROKEN, 0),
    "what is owed happens": ("walk a 0-3", HELD, None),
    "a fault is not owed": ("slip a 0-3", BROKEN, 0),
    "weakly fair is not enough where it comes and goes": (
        "walk a 0-1; walk a 1-0; walk b 0-3", BROKEN, 0,
    ),
    "strongly fair is enough where it comes and goes": (
        "walk a 0-1; walk a 1-0; run b 0-3", HELD, None,
    ),
    "weakly fair is enough where it stays": (
        "walk a 0-1; walk a 1-0; walk b 0-3; walk b 1-3", HELD, None,
    ),
    "taken again and again is fair, whatever it leads to": ("run a 0-0", BROKEN, 0),
    "one action that leads here and there": ("run a 0-1; run a 1-0; run b 2-3", BROKEN, 0),
    "what leads away from the loop must be impossible within it": (
        "walk a 0-1; walk a 1-2; walk a 2-1; run b 0-3", BROKEN, 1,
    ),
    "the loop is elsewhere": ("drift a 0-1; walk b 1-2; walk b 2-1; walk a 0-3", BROKEN, 1),
    "a loop over green is none": ("walk a 0-3; walk a 3-0", HELD, None),
    "a loop of faults ends": ("slip a 0-1; slip a 1-0; walk a 0-3; walk b 1-3", HELD, None),
    "the last fault may be the wrong one": ("slip a 0-2; walk a 0-3", BROKEN, 1),
}  # fmt: skip
"""Red is 0 and green is 3: the outcome, and how far it is to where the run repeats."""


@pytest.mark.parametrize("case", CASES)
def test_what_fairness_means(case: str) -> None:
    text, outcome, stem = CASES[case]
    board = Board(moves(text), RED, GREEN)
    assert outcome_of(board) == (outcome, stem)
    assert shortest_stem(board) == stem


def test_faults_may_go_on_for_ever_where_the_design_says_so() -> None:
    found = moves("slip a 0-1; slip a 1-0; walk a 0-3")
    assert outcome_of(Board(found, RED, GREEN)) == (BROKEN, 1)  # it stops at 1
    also = (*found, *moves("walk b 1-3"))
    assert outcome_of(Board(also, RED, GREEN)) == (HELD, None)
    assert outcome_of(Board(also, RED, GREEN, faults_recur=True)) == (BROKEN, 0)


def test_the_premise_may_come_up_in_the_loop_only() -> None:
    board = Board(moves("walk a 0-1; walk a 1-2; walk a 2-1"), frozenset({2}), GREEN)
    assert outcome_of(board) == (BROKEN, 2)


def test_a_promise_that_was_kept_once_counts_as_kept() -> None:
    """Red, then green, then off green for ever: no red place after the green one."""
    board = Board(moves("walk a 0-3; walk a 3-1; walk a 1-2; walk a 2-1"), RED, GREEN)
    assert outcome_of(board) == (HELD, None)


def test_a_premise_that_never_comes_up_is_said() -> None:
    board = Board(moves("walk a 0-1"), frozenset({2}), GREEN)
    for engine in DECIDING:
        verdict = judged(engine, board.machine())
        assert verdict.outcome is Outcome.VACUOUS
        assert verdict.reason == "never: the piece is at a red place"


@st.composite
def boards(draw: st.DrawFn) -> Board:
    """Few moves, so that the oracle can try every set of them."""
    spots = st.tuples(
        st.sampled_from(sorted(TABLES)), st.integers(0, 1), st.integers(0, PLACES - 1)
    )
    chosen = draw(st.lists(spots, unique=True, max_size=9))
    ends = [draw(st.integers(0, PLACES - 1)) for _ in chosen]
    places = st.frozensets(st.integers(0, PLACES - 1), max_size=2)
    made = tuple(Move(*spot, end) for spot, end in zip(chosen, ends, strict=True))
    return Board(made, draw(places | st.just(RED)), draw(places), draw(st.booleans()))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(boards())
def test_both_engines_say_what_the_definition_says(board: Board) -> None:
    """The oracle tries every set of moves; it knows no components and no hull."""
    expected = shortest_stem(board)
    outcome, stem = outcome_of(board)
    if expected is None:
        assert outcome in (HELD, Outcome.VACUOUS)
    else:
        assert (outcome, stem) == (BROKEN, expected)


@pytest.mark.parametrize("engine", DECIDING, ids=lambda e: e.name)
def test_a_loop_closes_with_the_history_that_the_property_reads(engine: Engine) -> None:
    """Going round 0, 1, 2 the first time is not going round the same states again."""
    machine = Board(moves("walk a 0-1; walk a 1-2; walk a 2-0"), RED, GREEN).machine()
    verdict = judged(engine, machine, red_leads_everywhere)
    assert (verdict.outcome, verdict.loop) == (BROKEN, 3)
    assert judged(engine, machine).loop == 0


# The judgement of a lasso, which no engine has a say in.


def walked(text: str, way: str, loop: int | None, **board: bool) -> bool:
    """Whether the run ``way`` (``walk a, walk b``), repeating from ``loop``, breaks the claim."""
    machine = Board(moves(text), RED, GREEN, **board).machine()
    names = [part.split() for part in way.split(",") if part.strip()]
    steps = [Step(rule, (label, "pawn")) for rule, label in names]
    return replay(machine, steps, red_leads_to_green, loop).broken


def test_a_lasso_is_judged() -> None:
    assert walked("walk a 0-1; walk a 1-2; walk a 2-1", "walk a, walk a, walk a", 1)
    assert walked("run a 0-0", "run a", 0)
    assert walked("drift a 0-3", "", 0)


def test_a_finite_run_breaks_no_claim_about_infinite_ones() -> None:
    assert not walked("drift a 0-1", "drift a", None)


def test_a_conclusion_that_comes_after_the_premise_is_a_promise_kept() -> None:
    assert not walked("walk a 0-3; walk a 3-1; walk b 1-1", "walk a, walk a, walk b", 2)
    assert not walked("walk a 0-3; walk a 3-0", "walk a, walk a", 0)


def test_a_premise_that_never_held_breaks_nothing() -> None:
    machine = Board(moves("walk a 0-1"), frozenset({2}), GREEN).machine()
    assert not replay(machine, [Step("walk", ("a", "pawn"))], red_leads_to_green, 1).broken


UNFIT: dict[str, tuple[str, str, int, str]] = {
    "no such state": (
        "walk a 0-1", "walk a", 2, "the loop begins at state 2, but the last state is 1",
    ),
    "does not close": (
        "walk a 0-1; walk a 1-2", "walk a, walk a", 1,
        "the loop does not close: stands[pawn] differs at its two ends",
    ),
    "strongly unfair": (
        "walk a 0-1; walk a 1-0; run b 0-3", "walk a, walk a", 0,
        "it is not fair: run(b, pawn) is possible again and again and never happens",
    ),
    "possible all the time": (
        "walk a 0-1; walk a 1-0; walk b 0-3; walk b 1-3", "walk a, walk a", 0,
        "it is not fair: walk(b, pawn) is possible all the time and never happens",
    ),
    "stops too soon": (
        "walk a 0-1; drift a 1-2", "", 0,
        "it is not fair: walk(a, pawn) is possible all the time and never happens",
    ),
    "the last fault": (
        "slip a 0-1; slip a 1-0", "slip a, slip a", 0,
        "the fault slip is in the loop, and faults end at some time",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNFIT)
def test_a_run_that_does_not_count_is_refused(case: str) -> None:
    text, way, loop, why = UNFIT[case]
    with pytest.raises(ReplayError) as refused:
        walked(text, way, loop)
    assert str(refused.value) == why


def test_the_fault_in_a_loop_counts_where_faults_recur() -> None:
    assert walked("slip a 0-1; slip a 1-0", "slip a, slip a", 0, faults_recur=True)


def test_a_loop_shows_nothing_of_a_claim_about_states() -> None:
    machine = build_machine(chain(1, 1))
    with pytest.raises(ReplayError, match=r"has a loop, but no-resurrection is about finite runs"):
        replay(machine, [], PROPERTIES["no-resurrection"], 0)


@pytest.mark.parametrize("engine", DECIDING, ids=lambda e: e.name)
def test_an_engine_that_is_wrong_about_fairness_is_an_internal_error(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DESIGN section 3: one that does not replay is an internal error and is said so."""
    monkeypatch.setattr(
        "unsay.engines.fair.Owed.by", lambda grounded: Owed(frozenset(), frozenset())
    )
    machine = Board(moves("walk a 0-3"), RED, GREEN).machine()
    with pytest.raises(ReplayError) as caught:
        judged(engine, machine)
    assert str(caught.value) == (
        f"internal error: the {engine.name} engine reports a run against red-leads-to-green that "
        "does not replay: it is not fair: walk(a, pawn) is possible all the time and never happens"
    )


# The recall machine.

LOSSY = {"loss": 1, "duplication": 0, "crash": 0, "offline": 0}


def verdict_on(name: str, design: Design) -> Verdict:
    """What both engines say of a design, which must be the same."""
    machine = build_machine(design)
    one, other = (judged(e, machine, PROPERTIES[name]) for e in DECIDING)
    assert (one.outcome, one.states, one.loop) == (other.outcome, other.states, other.loop)
    return other


def on_loss(policies: dict[str, str] | None = None, **fairness: str) -> Design:
    return chain(2, 1, policies=policies or {}, faults=LOSSY, fairness=fairness)


def test_retrying_until_acked_converges_and_not_retrying_does_not() -> None:
    assert verdict_on("converges", on_loss()).outcome is HELD
    once = verdict_on("converges", on_loss({"retry": "none"}))
    assert once.outcome is BROKEN
    assert once.run is not None
    assert once.loop == len(once.run)
    assert once.reach.startswith(f"in {once.loop} steps, the fewest, and then nothing happens")


def test_a_recall_terminates_if_it_is_retried_or_its_failure_is_told() -> None:
    assert verdict_on("recall-terminates", on_loss()).outcome is HELD
    assert verdict_on("recall-terminates", on_loss({"retry": "none"})).outcome is HELD
    untold = on_loss({"retry": "none", "confirm": "on-send"})
    assert verdict_on("recall-terminates", untold).outcome is BROKEN


@pytest.mark.parametrize("name", ["recall-terminates", "converges", "comes-to-rest"])
def test_nothing_comes_where_nothing_need_arrive(name: str) -> None:
    verdict = verdict_on(name, on_loss(delivery="none"))
    assert verdict.outcome is BROKEN
    assert verdict.reach.endswith("states break it")


def test_a_lossy_link_that_is_fair_needs_strong_delivery() -> None:
    """Lost again and again, and delivered in the end: only if that is assumed."""
    faults = {**LOSSY, "loss": "unbounded"}

    def of(**fairness: str) -> Outcome:
        design = chain(2, 1, faults=faults, fairness=fairness)
        return verdict_on("recall-terminates", design).outcome

    assert of() is HELD
    assert of(delivery="weak") is HELD
    assert of(faults="recurring") is HELD
    assert of(faults="recurring", delivery="weak") is BROKEN


def test_a_retry_that_may_never_be_made_helps_nobody() -> None:
    assert verdict_on("recall-terminates", on_loss(retry="none")).outcome is BROKEN


def test_retrying_in_vain_for_ever_is_no_rest() -> None:
    """A recall that chases, lost where no retry comes: agreement at rest holds for nothing."""
    design = chain(3, 1, policies={"dispatch": "chase"}, faults=LOSSY)
    verdict = verdict_on("comes-to-rest", design)
    assert verdict.outcome is BROKEN
    assert verdict.run is not None
    assert verdict.loop is not None
    assert {s.rule for s in verdict.run[verdict.loop :]} >= {"retry", "deliver"}


# That both engines agree on random designs: tests/engines/test_exhaustive.py.


# Engines that look at finite runs, and the order in which engines are asked.


@pytest.mark.parametrize("name", ["bounded", "sampled"])
def test_an_engine_for_finite_runs_says_that_it_cannot_know(name: str) -> None:
    design = on_loss(delivery="none")
    names = ("recall-terminates", "version-override")
    verdicts = check_design(design, Options(engine=name, depth=3), names).verdicts
    verdict = verdicts["recall-terminates"]
    assert (verdict.outcome, verdict.complete) == (Outcome.UNKNOWN, True)
    assert verdict.reason == (
        f"the {name} engine looks at finite runs, and no finite run shows what never comes"
    )
    assert tuple(verdicts) == names
    assert verdicts["version-override"].outcome is not Outcome.VIOLATED


def test_by_default_the_exhaustive_engine_speaks() -> None:
    verdicts = check_design(on_loss(), Options(), ("recall-terminates",)).verdicts
    assert verdicts["recall-terminates"].engine == "exhaustive"
    assert verdicts["recall-terminates"].outcome is HELD


def test_what_ran_out_stays_said_and_nobody_guesses() -> None:
    """Random runs and bounded ones add nothing, so they are not asked."""
    design = chain(3, 3, faults={}, scope={"messages": 4, "commands": ["edit", "recall"]})
    verdicts = check_design(design, Options(seconds=0.5), ("recall-terminates",)).verdicts
    verdict = verdicts["recall-terminates"]
    assert (verdict.engine, verdict.outcome) == ("exhaustive", Outcome.UNKNOWN)
    assert not verdict.complete
    assert "time" in verdict.reason


def test_every_deciding_engine_is_known() -> None:
    assert {e.name for e in DECIDING} < set(ENGINES)
