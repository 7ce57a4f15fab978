"""What reviewers found: each test is a design or call on which an earlier version went wrong."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.helpers import NO_FAULTS, chain
from unsay.engines.check import ENGINES, Checked, Options, check_design
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.engines.verdict import Outcome, exit_code
from unsay.model.design import Design, design_from_data
from unsay.model.design.spec import NODES_MAX
from unsay.model.language import Bool, Machine, all_of, exists
from unsay.model.recall.commands import told, waiting
from unsay.model.recall.machine import build_machine
from unsay.model.recall.vocabulary import Command
from unsay.properties import PROPERTIES, Property, PropertyKind

c = Command.variable("c")


def outcomes(design: Design, **options: Any) -> dict[str, Outcome]:
    checked = check_design(design, Options(seconds=60, **options))
    return {name: v.outcome for name, v in checked.verdicts.items()}


def test_a_claim_that_fails_is_never_left_out_because_its_witness_cannot_come_up() -> None:
    design = chain(
        1,
        2,
        policies={"sync": "push-only"},
        faults={**NO_FAULTS, "offline": 1},
        scope={"commands": ["edit"]},
    )
    checked: Checked = check_design(design, Options())
    assert checked.verdicts["agreement-at-rest"].outcome is Outcome.VIOLATED
    assert exit_code(list(checked.verdicts.values())) == 1
    assert "strong-convergence" in checked.left_out


FINITE = [n for n, p in PROPERTIES.items() if p.kind is not PropertyKind.EVENTUALLY]


@pytest.mark.parametrize("name", FINITE)
def test_the_bounded_engine_checks_one_property_at_a_time(name: str) -> None:
    """History that only other properties read is not kept, and must not be needed."""
    design = chain(2, 1, policies={"deduplication": "none"})
    checked = check_design(design, Options(engine="bounded", depth=3), [name])
    assert checked.verdicts[name].outcome in (Outcome.BOUNDED, Outcome.UNKNOWN)
    assert checked.verdicts[name].depth == 3


def _nobody_waits(machine: Machine) -> Bool:
    return ~(machine.at_rest() & exists(c, waiting(c)))


answered_at_rest = Property(
    name="answered-at-rest",
    sentence="When nothing is under way any more, no sender is still waiting for an answer.",
    kind=PropertyKind.ALWAYS,
    formula=_nobody_waits,
    witness=lambda machine: machine.at_rest() & exists(c, ~waiting(c)) & all_of(),
    witness_sentence="nothing is under way",
)


@pytest.mark.parametrize(
    "design",
    [
        pytest.param(
            chain(
                3,
                1,
                policies={"dispatch": "chase", "retry": "limited"},
                faults={**NO_FAULTS, "crash": 1},
            ),
            id="chase gives up",
        ),
        pytest.param(
            chain(2, 1, scope={"commands": ["recall", "recall"]}, faults={**NO_FAULTS, "loss": 1}),
            id="superseded by a recall",
        ),
        pytest.param(
            chain(2, 1, scope={"commands": ["recall", "restore"]}, faults={**NO_FAULTS, "loss": 1}),
            id="superseded by a restore",
        ),
    ],
)
def test_every_sender_gets_an_answer_before_rest(design: Design) -> None:
    verdict = Explicit().check(Task(build_machine(design), [answered_at_rest]))["answered-at-rest"]
    assert verdict.outcome is Outcome.HOLDS
    assert told.symbol.value.literals == ("waiting", "done", "failed", "refused")


@pytest.mark.parametrize("acts", [["recall", "restore", "resend"], ["recall", "edit", "resend"]])
def test_a_restored_message_may_stay_beside_its_resend(acts: list[str]) -> None:
    found = outcomes(chain(1, 1, scope={"commands": acts}))
    assert found["resend-survives"] is Outcome.HOLDS


def test_an_interruption_before_any_witness_stops_everything() -> None:
    calls: list[str] = []

    def report(line: str) -> None:
        calls.append(line)
        if len(calls) == 1:
            raise KeyboardInterrupt

    checked = check_design(chain(2, 2), Options(report=report))
    assert checked.interrupted
    assert len(calls) == 1
    assert {v.outcome for v in checked.verdicts.values()} == {Outcome.UNKNOWN}
    assert not any(v.complete for v in checked.verdicts.values())


def test_a_witness_beyond_the_finished_layers_does_not_count() -> None:
    """BOUNDED at k rests on a witness that k steps reach."""
    design = chain(2, 2)
    full = Explicit().check(Task(build_machine(design), list(PROPERTIES.values())))
    for depth in range(6):
        cut = check_design(design, Options(engine="bounded", depth=depth or 1), ["no-resurrection"])
        verdict = cut.verdicts["no-resurrection"]
        assert verdict.depth is not None
        reached = verdict.depth >= 4  # send, recall, and the device applies both
        assert (verdict.outcome is Outcome.BOUNDED) == reached
    assert full["no-resurrection"].outcome is Outcome.HOLDS


def test_an_outbox_that_sends_a_recalled_message_again_brings_it_back() -> None:
    """The send is lost, the recall arrives, and the send that is still owed comes last."""
    only_order = {"loss": 1, "reorder": False, "reorder_pushes": False}
    for superseded, expected in (("cancelled", Outcome.HOLDS), ("retried", Outcome.VIOLATED)):
        policies = {"ordering": "last-arrival", "superseded": superseded}
        design = chain(2, 1, policies=policies, faults={**NO_FAULTS, **only_order})
        assert outcomes(design)["no-resurrection"] is expected


def test_an_outbox_that_sends_a_recalled_message_again_belies_the_confirmation() -> None:
    """A node that nobody tracked when the recall was reported done gets the content after it."""
    for superseded, broken in (("cancelled", False), ("retried", True)):
        design = chain(3, 1, policies={"superseded": superseded}, faults={**NO_FAULTS, "loss": 1})
        found = check_design(
            design, Options(engine="bounded", depth=9), ["confirmed-means-done"]
        ).verdicts["confirmed-means-done"]
        assert (found.outcome is Outcome.VIOLATED) == broken


@pytest.mark.parametrize("engine", ENGINES)
def test_the_time_limit_binds_before_the_search_begins(engine: str) -> None:
    """Spelling this design's rules out takes minutes, and once nothing looked at the clock then."""
    names = [f"n{i}" for i in range(NODES_MAX)]
    design = design_from_data(
        {
            "title": "as large as a design may be",
            "nodes": {n: {} for n in names},
            "links": [{"between": [a, b]} for a, b in pairwise(names)],
            "devices": {f"d-{n}": {"account": n, "home": n} for n in names},
            "scope": {"messages": 4, "commands": ["recall", "edit", "recall", "edit", "recall"]},
        }
    )
    options = Options(engine=engine, seconds=1)
    verdicts = check_design(design, options, FINITE).verdicts.values()
    assert {(v.outcome, v.complete) for v in verdicts} == {(Outcome.UNKNOWN, False)}
    assert all("the time limit" in v.reason for v in verdicts)
