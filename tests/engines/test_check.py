"""Checking a design: which engines are asked in which order, and whose word counts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

import pytest

from tests.helpers import chain
from unsay.engines import check
from unsay.engines.check import (
    ENGINES,
    STAGES,
    Options,
    Stage,
    _better,
    check_design,
    properties_of,
)
from unsay.engines.protocol import Task, confirmed
from unsay.engines.run import ReplayError, Step
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import Design
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

ORDER = ["whole", "glance", "slices", "sampled", "bounded"]
"""The stages of a check, by what each is for."""
NAMES = ["version-override", "no-resurrection", "no-over-recall"]


@dataclass
class Fake:
    """An engine that says what it is told to, and remembers what it was asked."""

    name: str
    says: str = "nothing of its own"
    answers: dict[str, Verdict] = field(default_factory=dict)
    asked: list[Task] = field(default_factory=list)

    def check(self, task: Task) -> dict[str, Verdict]:
        self.asked.append(task)
        return {p.name: self.answers[p.name] for p in task.properties}


def said(name: str, outcome: Outcome, engine: str, **more: object) -> Verdict:
    return Verdict(name, outcome, engine, **more)  # type: ignore[arg-type]


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Fake]:
    """A fake for each stage, and one for each engine that is asked for by name."""
    assert len(STAGES) == len(ORDER)
    made = {name: Fake(s.engine.name) for name, s in zip(ORDER, STAGES, strict=True)}
    stages = [
        Stage(made[name], s.share, s.seconds_max) for name, s in zip(ORDER, STAGES, strict=True)
    ]
    monkeypatch.setattr(check, "STAGES", tuple(stages))
    for name in ENGINES:
        made[f"only {name}"] = Fake(name)
        monkeypatch.setitem(ENGINES, name, made[f"only {name}"])
    return made


def asked(fakes: dict[str, Fake]) -> list[list[str]]:
    """Which properties each stage was asked for; none where it was not asked at all."""
    return [[p.name for task in fakes[name].asked for p in task.properties] for name in ORDER]


def answer(fake: Fake, **outcomes: Verdict) -> None:
    fake.answers = {v.property: v for v in outcomes.values()}


def open_verdicts(engine: str, outcome: Outcome, reason: str, **more: object) -> dict[str, Verdict]:
    return {
        name: said(name, outcome, engine, complete=False, reason=reason, **more) for name in NAMES
    }


def test_engines_are_known_by_their_names() -> None:
    assert {name: e.name for name, e in ENGINES.items()} == {n: n for n in ENGINES}
    assert set(ENGINES) == {s.engine.name for s in STAGES} | {"explicit", "proof"}
    assert all(e.says for e in ENGINES.values())


def test_an_exact_search_that_decides_everything_is_asked_alone(fakes: dict[str, Fake]) -> None:
    fakes["whole"].answers = {
        name: said(name, Outcome.HOLDS, "exhaustive", states=5) for name in NAMES
    }
    checked = check_design(chain(1, 1), Options(), NAMES)
    assert {v.outcome for v in checked.verdicts.values()} == {Outcome.HOLDS}
    assert asked(fakes) == [NAMES, [], [], [], []]


def test_what_is_left_undecided_is_handed_on(fakes: dict[str, Fake]) -> None:
    """All states, a glance of random runs, slices, random runs, Z3: each what is still open."""
    one, two, three = NAMES
    fakes["whole"].answers = open_verdicts("exhaustive", Outcome.UNKNOWN, "too much")
    fakes["whole"].answers[one] = said(one, Outcome.HOLDS, "exhaustive", states=5)
    fakes["glance"].answers = open_verdicts("sampled", Outcome.UNKNOWN, "out of time")
    fakes["slices"].answers = open_verdicts("exhaustive", Outcome.UNKNOWN, "out of time")
    fakes["sampled"].answers = {
        two: said(two, Outcome.VIOLATED, "sampled", run=()),
        three: said(three, Outcome.SAMPLED, "sampled", runs=200),
    }
    fakes["bounded"].answers = {three: said(three, Outcome.BOUNDED, "bounded", depth=12)}
    checked = check_design(chain(1, 1), Options(seed=4, depth=9), NAMES)
    assert asked(fakes) == [NAMES, [two, three], [two, three], [two, three], [three]]
    outcomes = {n: (v.outcome, v.engine) for n, v in checked.verdicts.items()}
    assert list(outcomes) == NAMES
    assert outcomes == {
        one: (Outcome.HOLDS, "exhaustive"),
        two: (Outcome.VIOLATED, "sampled"),
        three: (Outcome.BOUNDED, "bounded"),
    }
    # What the exact engine left undone stays said, so the exit code is not 0.
    assert (checked.verdicts[three].complete, checked.verdicts[three].reason) == (
        False, "the exhaustive engine stopped: too much",
    )  # fmt: skip
    for name in ORDER:
        assert [(t.seed, t.depth) for t in fakes[name].asked] == [(4, 9)]


def test_the_exact_engine_shortens_what_random_runs_found(fakes: dict[str, Fake]) -> None:
    """A violation is decided; slices are asked for a shortest run, and nobody after them."""
    name = NAMES[0]
    long, short = (Step("a", ()), Step("b", ())), (Step("b", ()),)
    fakes["whole"].answers = open_verdicts("exhaustive", Outcome.UNKNOWN, "too much")
    fakes["glance"].answers = {name: said(name, Outcome.VIOLATED, "sampled", run=long)}
    fakes["slices"].answers = {
        name: said(name, Outcome.VIOLATED, "exhaustive", run=short, shortest=True)
    }
    (verdict,) = check_design(chain(1, 1), Options(), [name]).verdicts.values()
    assert (verdict.engine, verdict.run) == ("exhaustive", short)
    assert asked(fakes) == [[name], [name], [name], [], []]


def test_a_violation_by_random_runs_stays_where_nobody_shortens_it(fakes: dict[str, Fake]) -> None:
    name = NAMES[0]
    fakes["whole"].answers = open_verdicts("exhaustive", Outcome.UNKNOWN, "too much")
    fakes["glance"].answers = {name: said(name, Outcome.VIOLATED, "sampled", run=())}
    fakes["slices"].answers = open_verdicts("exhaustive", Outcome.UNKNOWN, "out of time")
    (verdict,) = check_design(chain(1, 1), Options(), [name]).verdicts.values()
    assert (verdict.outcome, verdict.engine) == (Outcome.VIOLATED, "sampled")
    assert asked(fakes) == [[name], [name], [name], [], []]


def test_stages_share_the_budget(fakes: dict[str, Fake]) -> None:
    """The exact engine gets most of the time, and nobody more than what is left."""
    for name in ORDER:
        fakes[name].answers = open_verdicts(fakes[name].name, Outcome.UNKNOWN, "out of time")
    check_design(chain(1, 1), Options(seconds=1000.0, memory_mib=777), NAMES)
    seconds = [t.budget.seconds or 0.0 for n in ORDER for t in fakes[n].asked]
    assert len(seconds) == 5
    whole, glance, slices, sampled, bounded = seconds
    assert 500.0 < whole <= 600.0
    assert glance == 1.0
    assert 800.0 < slices <= 900.0
    assert sampled <= 400.0
    assert sampled < bounded <= 1000.0
    assert {t.budget.memory_mib for n in ORDER for t in fakes[n].asked} == {777}


@pytest.mark.parametrize(
    "reason", ["interrupted", "interrupted before: a device has shown something"]
)
def test_after_an_interrupt_no_other_engine_is_asked(fakes: dict[str, Fake], reason: str) -> None:
    """A person who interrupts wants to stop, not to go on with the next engine."""
    fakes["whole"].answers = open_verdicts("exhaustive", Outcome.UNKNOWN, reason)
    checked = check_design(chain(1, 1), Options(), NAMES)
    assert asked(fakes) == [NAMES, [], [], [], []]
    assert checked.interrupted


def test_an_interrupt_is_not_forgotten_where_something_is_broken_already(
    fakes: dict[str, Fake],
) -> None:
    """The violation counts, and still nobody else is asked, and the person is told."""
    one, two, three = NAMES
    fakes["whole"].answers = open_verdicts("exhaustive", Outcome.UNKNOWN, "too much")
    fakes["glance"].answers = open_verdicts("sampled", Outcome.SAMPLED, "out of time", runs=9)
    fakes["glance"].answers[three] = said(three, Outcome.VIOLATED, "sampled", run=())
    fakes["slices"].answers = {
        one: said(one, Outcome.HOLDS, "exhaustive", states=5),
        two: said(two, Outcome.HOLDS, "exhaustive", states=5),
        three: said(three, Outcome.UNKNOWN, "exhaustive", complete=False, reason="interrupted"),
    }
    checked = check_design(chain(1, 1), Options(), NAMES)
    assert checked.verdicts[three].outcome is Outcome.VIOLATED
    assert checked.interrupted
    assert asked(fakes)[3:] == [[], []]


@pytest.mark.parametrize("name", ["exhaustive", "sampled", "bounded", "explicit"])
def test_one_engine_by_name_is_asked_alone(fakes: dict[str, Fake], name: str) -> None:
    fakes[f"only {name}"].answers = open_verdicts(name, Outcome.UNKNOWN, "out of time")
    checked = check_design(chain(1, 1), Options(engine=name), NAMES)
    assert {n for n, fake in fakes.items() if fake.asked} == {f"only {name}"}
    assert {v.engine for v in checked.verdicts.values()} == {name}
    assert not checked.interrupted


# What is asked.


NEEDS_MORE = ("devices-agree", "notifications-withdrawn", "quotes-withdrawn", "authorised")
"""Properties that need two devices of an account, notifications, quotes, or somebody who forges."""


def test_what_says_nothing_at_this_scope_is_left_out() -> None:
    """No resend, and one node where two are compared: grounding tells without a search."""
    checked = check_design(chain(1, 1), Options(engine="explicit"))
    assert set(checked.left_out) == {
        "idempotent-state", "idempotent-effects", "commands-commute", "strong-convergence",
        "resend-survives", "tracking-complete", *NEEDS_MORE,
    }  # fmt: skip
    assert set(checked.verdicts) == set(PROPERTIES) - set(checked.left_out)
    assert list(checked.verdicts) == [p for p in PROPERTIES if p not in checked.left_out]


def test_nothing_else_is_left_out_where_everything_else_can_come_up() -> None:
    design = chain(2, 1, scope={"commands": ["recall", "resend"]})
    chosen = properties_of(design)
    left_out = check_design(design, Options(seconds=60)).left_out
    assert ([p.name for p in chosen], left_out) == (list(PROPERTIES), NEEDS_MORE)


def test_what_is_asked_for_by_name_is_checked_and_said_to_be_vacuous() -> None:
    """DESIGN section 4: a property whose witness is unreachable is reported, not passed."""
    checked = check_design(chain(1, 1), Options(), ["resend-survives", "no-resurrection"])
    assert checked.left_out == ()
    assert {n: v.outcome for n, v in checked.verdicts.items()} == {
        "resend-survives": Outcome.VACUOUS,
        "no-resurrection": Outcome.HOLDS,
    }


def test_a_design_may_name_its_properties() -> None:
    design = chain(1, 1, properties=["no-over-recall", "resend-survives"])
    assert [p.name for p in properties_of(design)] == list(design.properties)
    assert [p.name for p in properties_of(design, ["version-override"])] == ["version-override"]


# Whose word counts.

STRONGEST_FIRST = [
    Outcome.VIOLATED, Outcome.PROVED, Outcome.HOLDS, Outcome.VACUOUS, Outcome.BOUNDED,
    Outcome.SAMPLED, Outcome.UNKNOWN,
]  # fmt: skip


@pytest.mark.parametrize(
    ("weak", "strong"),
    [(w, s) for s, w in itertools.combinations(STRONGEST_FIRST, 2)],
    ids=lambda o: o.value,
)
def test_the_stronger_verdict_counts_in_either_order(weak: Outcome, strong: Outcome) -> None:
    known = said("p", weak, "explicit", depth=3, complete=False, reason="out of time")
    new = said("p", strong, "bounded", depth=3)
    assert _better(known, new).outcome is strong
    assert _better(known, new).engine == "bounded"
    back = _better(replace(new, engine="explicit"), replace(known, engine="bounded"))
    assert (back.outcome, back.engine) == (strong, "explicit")


def test_the_deeper_of_two_bounds_counts() -> None:
    shallow = said("p", Outcome.BOUNDED, "explicit", depth=3, complete=False, reason="out of time")
    deep = said("p", Outcome.BOUNDED, "bounded", depth=12)
    better = _better(shallow, deep)
    assert (better.engine, better.depth) == ("bounded", 12)
    assert (better.complete, better.reason) == (False, "the explicit engine stopped: out of time")
    kept = _better(shallow, replace(deep, depth=2))
    assert (kept.engine, kept.depth, kept.complete) == ("explicit", 3, False)


@pytest.mark.parametrize("outcome", [Outcome.BOUNDED, Outcome.SAMPLED])
def test_what_was_left_undone_stays_said(outcome: Outcome) -> None:
    """A weaker engine that finishes does not make a search complete that was cut short."""
    known = said("p", Outcome.UNKNOWN, "explicit", complete=False, reason="out of memory")
    better = _better(known, said("p", outcome, "bounded", depth=4, runs=9))
    assert (better.outcome, better.complete) == (outcome, False)
    assert better.reason == "the explicit engine stopped: out of memory"


def test_an_interrupt_of_a_later_engine_stays_said() -> None:
    known = said("p", Outcome.BOUNDED, "explicit", depth=3, complete=False, reason="out of time")
    new = said("p", Outcome.UNKNOWN, "sampled", complete=False, reason="interrupted")
    better = _better(known, new)
    assert (better.outcome, better.reason) == (Outcome.BOUNDED, "interrupted")


@pytest.mark.parametrize("outcome", [Outcome.VIOLATED, Outcome.HOLDS, Outcome.VACUOUS])
def test_what_is_decided_is_complete(outcome: Outcome) -> None:
    known = said("p", Outcome.BOUNDED, "explicit", depth=3, complete=False, reason="out of time")
    better = _better(known, said("p", outcome, "bounded", states=4, run=()))
    assert (better.outcome, better.complete, better.reason) == (outcome, True, "")


# Replays.

SEND = Step("issue", ("m1.send", "singapore"))
RECALL = Step("issue", ("m1.recall", "singapore"))
DESIGN = chain(1, 1)


def claimed(*run: Step, design: Design = DESIGN) -> Verdict:
    task = Task(build_machine(design), [PROPERTIES["no-resurrection"]])
    return confirmed(task, said("no-resurrection", Outcome.VIOLATED, "lucky", run=run))


PREFIX = (
    "internal error: the lucky engine reports a run against no-resurrection that does not replay: "
)

LIES: dict[str, tuple[tuple[Step, ...], str]] = {
    "blocked": (
        (RECALL,),
        "step 1, issue(m1.recall, singapore): blocked by in_turn",
    ),
    "blocked twice over": (
        (SEND, SEND),
        "step 2, issue(m1.send, singapore): blocked by not_yet",
    ),
    "no such rule": (
        (Step("crash", ("singapore", "1")),),
        "crash(singapore, 1): the design's machine has no rule crash",
    ),
    "no such member": (
        (Step("issue", ("m1.send", "china")),),
        "issue(m1.send, china): the design has no Node china",
    ),
    "wrong number of arguments": (
        (Step("issue", ("m1.send",)),),
        "issue(m1.send): rule issue takes 2 arguments",
    ),
    "nothing is broken": ((SEND, RECALL), "no-resurrection holds at the end of it"),
    "nothing happens": ((), "no-resurrection holds at the end of it"),
}


@pytest.mark.parametrize("case", LIES)
def test_a_run_that_does_not_replay_never_passes_for_a_verdict(case: str) -> None:
    """DESIGN section 3: it is an internal error and is said so, with the step that cannot be."""
    run, why = LIES[case]
    with pytest.raises(ReplayError) as caught:
        claimed(*run)
    assert str(caught.value) == PREFIX + why


def test_a_violation_without_a_run_is_refused() -> None:
    task = Task(build_machine(DESIGN), [PROPERTIES["no-resurrection"]])
    with pytest.raises(ReplayError, match=r"holds at the end of it$"):
        confirmed(task, said("no-resurrection", Outcome.VIOLATED, "lucky"))


def test_verdicts_without_a_run_are_passed_on() -> None:
    task = Task(build_machine(DESIGN), [PROPERTIES["no-resurrection"]])
    for outcome in (o for o in Outcome if o is not Outcome.VIOLATED):
        verdict = said("no-resurrection", outcome, "lucky")
        assert confirmed(task, verdict) is verdict


@pytest.fixture
def prover(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """What is asked for proofs once the stages are through."""
    fake = Fake("proof")
    monkeypatch.setattr(check, "Proved", lambda cache: fake)
    return fake


def holding(*names: str) -> dict[str, Verdict]:
    return {name: said(name, Outcome.HOLDS, "exhaustive", states=5) for name in names}


def test_what_holds_is_proved_last_if_that_can_be(fakes: dict[str, Fake], prover: Fake) -> None:
    """Of states and steps, that is: and what says nothing at the scope is not worth a minute."""
    one, two, three = NAMES
    names = [*NAMES, "converges", "resend-survives"]
    fakes["whole"].answers = {
        **holding(*names),
        "resend-survives": said("resend-survives", Outcome.VACUOUS, "exhaustive"),
    }
    prover.answers = {
        one: said(one, Outcome.PROVED, "proof", lemmas=()),
        two: said(two, Outcome.UNKNOWN, "proof", reason="no inductive strengthening"),
        three: said(three, Outcome.UNKNOWN, "proof", complete=False, reason="out of time"),
    }
    checked = check_design(chain(1, 1), Options(prove=True), names)
    assert [p.name for task in prover.asked for p in task.properties] == NAMES
    assert {n: v.outcome.value for n, v in checked.verdicts.items()} == {
        one: "PROVED", two: "HOLDS", three: "HOLDS", "converges": "HOLDS",
        "resend-survives": "VACUOUS",
    }  # fmt: skip
    assert checked.verdicts[three].complete
    assert checked.unproved == {two: "no inductive strengthening", three: "out of time"}
    assert not checked.interrupted


def test_what_no_scope_decides_may_be_proved(fakes: dict[str, Fake], prover: Fake) -> None:
    for name in ORDER:
        fakes[name].answers = open_verdicts(fakes[name].name, Outcome.UNKNOWN, "out of time")
    prover.answers = {n: said(n, Outcome.PROVED, "proof", lemmas=()) for n in NAMES}
    checked = check_design(chain(1, 1), Options(prove=True), NAMES)
    assert {(v.outcome, v.complete) for v in checked.verdicts.values()} == {(Outcome.PROVED, True)}


@pytest.mark.parametrize("reason", ["broken", "not wished", "interrupted"])
def test_no_proof_is_looked_for_in_vain(fakes: dict[str, Fake], prover: Fake, reason: str) -> None:
    """A design that is broken will be changed, so what holds of it is not proved."""
    fakes["whole"].answers = holding(*NAMES)
    if reason == "broken":
        fakes["whole"].answers[NAMES[0]] = said(
            NAMES[0], Outcome.VIOLATED, "exhaustive", run=(), shortest=True
        )
    if reason == "interrupted":
        fakes["whole"].answers = open_verdicts("exhaustive", Outcome.UNKNOWN, reason)
    checked = check_design(chain(1, 1), Options(prove=reason != "not wished"), NAMES)
    assert prover.asked == []
    assert checked.unproved == {}


def test_an_interrupted_proof_leaves_what_was_known(fakes: dict[str, Fake], prover: Fake) -> None:
    fakes["whole"].answers = holding(*NAMES)
    prover.answers = open_verdicts("proof", Outcome.UNKNOWN, "interrupted")
    checked = check_design(chain(1, 1), Options(prove=True), NAMES)
    assert {v.outcome for v in checked.verdicts.values()} == {Outcome.HOLDS}
    assert checked.interrupted
