"""The exhaustive engine: the contract, and agreement with the search that visits each state."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.engines.contract import Contract
from tests.helpers import chain, designs
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.engines.verdict import Outcome
from unsay.model.design import Design
from unsay.model.readings.compiled import Packed, Program, compile_machine
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, PropertyKind

STATES_MAX = 20_000
"""More than this the explicit engine need not visit for a comparison of a random design."""


class TestExhaustive(Contract):
    engine = Exhaustive()
    sound = Outcome.HOLDS
    never = Outcome.VACUOUS
    infinite = True

    def lie(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("unsay.engines.exhaustive.as_steps", lambda reading, numbers: ())

    def test_diagrams_that_do_not_fit_are_an_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Memory runs out inside the library: a clear line, and no crash."""
        monkeypatch.setattr("unsay.engines.exhaustive._room", lambda task: 1.0)
        faults = {"loss": "unbounded", "duplication": "unbounded", "crash": 2, "offline": 2}
        design = chain(3, 3, faults=faults, scope={"messages": 2})
        (verdict,) = self.check(design, ["agreement-at-rest"]).values()
        assert verdict.outcome is Outcome.UNKNOWN
        assert (verdict.complete, verdict.run) == (False, None)
        assert verdict.reason == "the diagrams do not fit into 1 MiB"


def agrees(design: Design, states_max: int = STATES_MAX) -> int:
    """Compare all properties; how many could be compared."""
    machine = build_machine(design)
    every = list(PROPERTIES.values())
    exact = Explicit().check(Task(machine, every, report=_give_up_beyond(states_max)))
    compared = 0
    decided = [p for p in every if exact[p.name].complete]
    for name, verdict in Exhaustive().check(Task(machine, decided)).items() if decided else ():
        reference = exact[name]
        compared += 1
        assert verdict.outcome is reference.outcome, name
        assert (verdict.reason, verdict.loop) == (reference.reason, reference.loop)
        if reference.run is None or verdict.loop is not None:
            assert (verdict.states, verdict.transitions) == (
                reference.states, reference.transitions,
            )  # fmt: skip
        if verdict.loop is None:
            assert len(verdict.run or ()) == len(reference.run or ()), name
    return compared


def _give_up_beyond(states: int) -> Any:
    def report(line: str) -> None:
        if int(line.split()[0].replace(",", "")) > states:
            raise MemoryError

    return report


@settings(max_examples=7, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs())
def test_exhaustive_and_explicit_agree(design: Design) -> None:
    """On every kind of property: outcomes, counts, lengths, and where a lasso begins to repeat."""
    agrees(design)


@pytest.mark.parametrize(
    "design",
    [
        chain(2, 2, faults={"loss": 1, "duplication": 1, "crash": 0, "offline": 0}),
        chain(2, 1, policies={"durable": []}, faults={"loss": 0, "crash": 1}),
        chain(3, 1, policies={"dispatch": "chase", "retry": "none"}),
        chain(1, 2, policies={"sync": "content-only"}, faults={"offline": 1, "crash": 1}),
        chain(2, 1, scope={"commands": ["recall", "resend"]}, policies={"retry": "none"}),
    ],
    ids=["loss", "crash", "chase", "offline", "resend"],
)
def test_they_agree_on_designs_that_the_comparison_reaches(design: Design) -> None:
    assert agrees(design, 60_000) >= len(PROPERTIES) - 2


def states_of(program: Program) -> list[Packed]:
    found = layer = dict.fromkeys([program.initial])
    while layer:
        after = dict.fromkeys(t for s in layer for t in program.targets(s))
        layer = {t: None for t in after if t not in found}
        found = found | layer
    return list(found)


@pytest.mark.parametrize("name", ["version-override", "idempotent-state", "confirmed-means-done"])
def test_how_many_states_break_a_property(name: str) -> None:
    """Those in which it fails or, of a step property, out of which some step breaks it."""
    policies = {
        "early_recall": "remember-until-first-send", "deduplication": "none", "confirm": "on-send",
    }  # fmt: skip
    p = PROPERTIES[name]
    task = Task(build_machine(chain(2, 1, policies=policies)), [p])
    (verdict,) = Exhaustive().check(task).values()
    program = compile_machine(task.machine, task.keep())
    claim = p.claim(task.machine)
    if p.kind is PropertyKind.ALWAYS:
        holds = program.predicate(claim)
        expected = sum(not holds(s) for s in states_of(program))
    else:
        keeps = program.step_predicate(claim)
        expected = sum(
            any(not keeps(s, a, t) for a, t in program.successors(s)) for s in states_of(program)
        )
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.breaking == expected > 0
    assert verdict.reach.endswith(f", the fewest; {expected:,} states break it")
