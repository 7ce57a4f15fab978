"""The rule by which claims about infinite runs are proved, tried where all states can be visited.

In place of Z3, a premise is believed where every step from every reachable state keeps it. What the
rule makes of such premises must be true of that machine: the explicit engine says whether it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tests.engines.board import Board, red_leads_everywhere, red_leads_to_green
from tests.engines.gadgets import gadgets, retrying
from tests.engines.switches import Panel, all_runs_stop, one_leads_to_the_other, panels
from tests.engines.test_infinite_runs import boards
from tests.helpers import chain, designs
from unsay.engines.budget import Budget
from unsay.engines.explicit import Explicit
from unsay.engines.proof.found import Proof
from unsay.engines.proof.liveness.inferences import Link
from unsay.engines.proof.liveness.promises import ways
from unsay.engines.proof.liveness.samples import Samples
from unsay.engines.proof.liveness.settles import Settling
from unsay.engines.proof.liveness.tail import Call, Premise
from unsay.engines.proof.samples import worlds_of
from unsay.engines.protocol import Task
from unsay.engines.verdict import Outcome
from unsay.model.design import Design
from unsay.model.language import Machine
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property, PropertyKind

EVENTUALLY = [p for p in PROPERTIES.values() if p.kind is PropertyKind.EVENTUALLY]
STATES_MAX = 400
SAMPLED = 600


class _AllStates(Samples):
    """Reachable states, and premises as they stand."""

    def weakest(self, premise: Premise) -> Premise:
        return premise


class Everywhere:
    """What the rule makes of a machine whose states are all known."""

    def __init__(
        self, machine: Machine, properties: Sequence[Property], most: int = STATES_MAX
    ) -> None:
        pause = lambda: None  # noqa: E731
        history = Task(machine, properties).keep()
        # A quarter of them are the nearest ones: all, if there are no more.
        world = worlds_of(machine, history, 4 * most + 4, pause)
        self.machine = machine
        self.whole = world.states <= most
        self.samples = _AllStates(machine, [world], pause, most=10**9)
        self.settling = Settling(
            machine, self.samples, lambda goal: Proof(goal, (), ()), pause, lambda line: None
        )

    def proves(self, p: Property) -> bool:
        """Whether the rule proves ``p``."""
        return self.settling.settled() and all(
            any(self.settling.shown(way.premises(self.machine)) for way in found)
            for found in (ways(self.machine, o, self.samples) for o in p.obligations(self.machine))
        )


def nothing_wrong(machine: Machine, *properties: Property) -> list[str]:
    """Fails if the rule proves what does not hold; the names of what it proves."""
    everywhere = Everywhere(machine, properties)
    assume(everywhere.whole)
    found = [p for p in properties if everywhere.proves(p)]
    verdicts = Explicit().check(Task(machine, found, Budget(60.0))) if found else {}
    for verdict in verdicts.values():
        assert verdict.outcome in (Outcome.HOLDS, Outcome.VACUOUS), verdict
    return [p.name for p in found]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(gadgets())
def test_nothing_wrong_is_concluded_of_random_rules(machine: Machine) -> None:
    nothing_wrong(machine, all_runs_stop)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(retrying())
def test_nothing_wrong_is_concluded_of_what_goes_on_until_it_is_answered(machine: Machine) -> None:
    nothing_wrong(machine, all_runs_stop)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(machine=retrying())
def test_nothing_wrong_is_concluded_from_what_is_undone(machine: Machine) -> None:
    """Where a link of the other kinds would do, that of this kind is not looked for otherwise."""
    links = Settling._links

    def turned_back(self: Settling, first: Call, then: Call) -> list[Link]:
        return list(links(self, first, then))[::-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Settling, "_links", turned_back)
        nothing_wrong(machine, all_runs_stop)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(panels())
def test_nothing_wrong_is_concluded_of_switches(panel: Panel) -> None:
    nothing_wrong(panel.machine(), all_runs_stop, one_leads_to_the_other)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(boards())
def test_nothing_wrong_is_concluded_of_boards(board: Board) -> None:
    nothing_wrong(board.machine(), red_leads_to_green, red_leads_everywhere)


@settings(max_examples=7, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs(commands=1))
def test_nothing_wrong_is_concluded_of_random_designs(design: Design) -> None:
    nothing_wrong(build_machine(design), *EVENTUALLY)


LOSSY = {"loss": 1, "duplication": 0, "crash": 0, "offline": 0}
LOST = {**LOSSY, "loss": "unbounded"}


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        ({"faults": LOSSY}, [True, True, True]),
        ({"faults": LOSSY, "policies": {"retry": "none"}}, [True, False, True]),
        ({"faults": LOSSY, "policies": {"retry": "limited"}}, [True, True, True]),
        ({"faults": LOST}, [True, True, True]),
        ({"faults": LOST, "fairness": {"faults": "recurring"}}, [True, True, True]),
        (
            {"faults": LOST, "fairness": {"faults": "recurring", "delivery": "weak"}},
            [False, False, False],
        ),
        ({"faults": LOSSY, "fairness": {"retry": "none"}}, [False, False, False]),
        ({"faults": LOSSY, "policies": {"repeat_answer": "error"}}, [False, False, False]),
        ({"faults": LOSSY, "policies": {"early_recall": "drop"}}, [False, False, False]),
    ],
    ids=[
        "retried", "not retried", "retried once", "lost often", "lost for ever",
        "lost for ever, weakly fair", "nobody owes a retry", "refused", "dropped if early",
    ],
)  # fmt: skip
def test_what_the_rule_proves(design: dict[str, Any], expected: list[bool]) -> None:
    """What it does not prove of these is broken, or goes on for ever; see the explicit engine."""
    everywhere = Everywhere(build_machine(chain(2, 1, **design)), EVENTUALLY, SAMPLED)
    assert [everywhere.proves(p) for p in EVENTUALLY] == expected
