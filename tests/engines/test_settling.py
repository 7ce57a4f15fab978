"""Whether all fair runs come to a standstill, as slices find it out.

That they do must be true, whatever the slices see; that it is found out is asked of cases in words.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.engines.switches import (
    ACKED,
    DONE,
    WIRE,
    Action,
    Panel,
    act,
    all_runs_stop,
    panels,
)
from tests.helpers import star
from unsay.engines import settling
from unsay.engines.explicit import Explicit
from unsay.engines.fair import Owed, recurring
from unsay.engines.fair_hull import Turns
from unsay.engines.pieces import Symmetry
from unsay.engines.protocol import Task
from unsay.engines.settling import Settling
from unsay.engines.verdict import Outcome
from unsay.model.language import Machine
from unsay.model.readings.ground import ground
from unsay.model.readings.symbolic import Symbolic
from unsay.model.recall.machine import build_machine

LOSSY = {"loss": 1, "duplication": 0, "crash": 0, "offline": 0}


def settling_of(machine: Machine) -> Settling:
    grounded = ground(machine)
    symmetry = Symmetry(machine, grounded)
    return Settling(Symbolic(grounded), symmetry, lambda: None, lambda line: None)


# Whether runs settle.

SEND = act("walk", "-wire -acked", "+wire")
ARRIVE = act("run", "+wire", "-wire +ack")
ARRIVE_WEAKLY = act("walk", "+wire", "-wire +ack")
HEAR = act("walk", "+ack", "-ack +acked")
LOSE = act("slip", "+wire", "-wire")
FORGET = act("slip", "+acked", "-acked")
RETRYING = (SEND, ARRIVE, HEAR)
PROTOCOLS: dict[str, tuple[tuple[Action, ...], bool, bool]] = {
    "nothing happens": ((), False, True),
    "each once": ((act("walk", "-ack", "+ack"), act("drift", "-done", "+done")), False, True),
    "to and fro": ((act("drift", "-ack", "+ack"), act("drift", "+ack", "-ack")), False, False),
    "in vain": ((act("walk", "-ack", ""),), False, False),
    "in vain, but for faults only": ((act("slip", "-ack", ""),), False, True),
    "in vain, faults recur": ((act("slip", "-ack", ""),), True, False),
    "a token goes round": (
        (
            act("walk", "-wire -ack", "+wire"),
            act("run", "+wire -ack", "-wire +ack"),
            act("run", "+ack", "-ack"),
        ),
        False,
        False,
    ),
    "sent until acknowledged": (RETRYING, False, True),
    "nobody owes the answer": (
        (SEND, ARRIVE, act("drift", "+ack", "-ack +acked")), False, False,
    ),
    "nobody answers": ((SEND, ARRIVE), False, False),
    "lost at times": ((*RETRYING, LOSE), False, True),
    "lost again and again": ((*RETRYING, LOSE), True, True),
    "lost again and again, and weakly fair": ((SEND, ARRIVE_WEAKLY, HEAR, LOSE), True, False),
    "lost at times, and weakly fair": ((SEND, ARRIVE_WEAKLY, HEAR, LOSE), False, True),
    "forgotten at times": ((*RETRYING, FORGET), False, True),
    "forgotten again and again": ((*RETRYING, FORGET), True, False),
    "what is owed comes and goes": (
        (SEND, ARRIVE, HEAR, act("walk", "+ack", "-ack")), False, False,
    ),
    "what is strongly owed comes and goes": (
        (SEND, ARRIVE, act("run", "+ack", "-ack +acked"), act("walk", "+ack", "-ack")),
        False,
        True,
    ),
    "answered for nothing": (
        (SEND, ARRIVE, act("walk", "+ack", "-ack", ((ACKED, DONE),))), False, False,
    ),
    "answered if done": (
        (
            SEND,
            ARRIVE,
            act("walk", "+ack", "-ack", ((ACKED, DONE),)),
            act("walk", "-done", "+done"),
        ),
        False,
        True,
    ),
    "answered if done, which nobody owes": (
        (
            SEND,
            ARRIVE,
            act("walk", "+ack", "-ack", ((ACKED, DONE),)),
            act("drift", "-done", "+done"),
        ),
        False,
        False,
    ),
    "what is alike ends, and something else does not": (
        (
            SEND,
            ARRIVE,
            act("walk", "-done", "+done"),
            act("walk", "+done", "-done"),
            HEAR,
            HEAR,
        ),
        False,
        False,
    ),
    "what is hidden at first changes on the way": (
        (
            act("drift", "-wire -ack -acked -done", "+wire"),
            act("walk", "+wire", "-wire +ack"),
            act("walk", "+ack -done", "+done"),
            act("walk", "+ack +done", "-ack +acked"),
            act("walk", "+acked +done", "-done"),
            act("walk", "+acked -done", "-acked +wire"),
        ),
        False,
        False,
    ),
    "until something owed ends it": (
        (
            act("drift", "-wire -done", "+wire"),
            act("drift", "+wire -done", "-wire"),
            act("walk", "-done", "+done"),
        ),
        False,
        True,
    ),
    "until something owed that comes and goes ends it": (
        (
            act("drift", "-wire -done", "+wire"),
            act("drift", "+wire -done", "-wire"),
            act("walk", "+wire -done", "+done"),
        ),
        False,
        False,
    ),
}  # fmt: skip
"""Actions, whether faults recur, and whether every fair run stops."""


@pytest.mark.parametrize("case", PROTOCOLS)
def test_which_machines_settle(case: str) -> None:
    """That they do is found out in each of these cases, though it need not be in all."""
    actions, faults_recur, stops = PROTOCOLS[case]
    machine = Panel(4, actions, faults_recur=faults_recur).machine()
    assert settling_of(machine).settled is stops


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(panels())
def test_where_runs_settle_each_comes_to_where_it_may_stop(panel: Panel) -> None:
    machine = panel.machine()
    if settling_of(machine).settled:
        exact = Explicit().check(Task(machine, [all_runs_stop]))[all_runs_stop.name]
        assert exact.outcome is Outcome.HOLDS


def test_steps_in_a_slice_say_nothing_of_what_is_hidden() -> None:
    """What is hidden may change between two steps, so it must not tie one to the other."""
    actions, _, _ = PROTOCOLS["what is hidden at first changes on the way"]
    whole = settling_of(Panel(4, actions).machine()).whole
    owed, often = Owed.by(whole.ground), recurring(whole.ground)
    meant = Turns(whole, owed, often, lambda: None).all_steps()
    part = whole.slice([WIRE])
    seen = Turns(part, Owed(frozenset(), frozenset()), often, lambda: None, meant).all_steps()
    assert seen.keys() == meant.keys()
    assert all(part.seen(where) == where for where in seen.values())
    assert any(whole.seen(meant[action]) != seen[action] for action in often)


def test_a_slice_that_would_be_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_BITS_MAX", 2)
    assert not settling_of(Panel(4, RETRYING).machine()).settled
    monkeypatch.setattr(settling, "_BITS_MAX", 3)
    assert settling_of(Panel(4, RETRYING).machine()).settled


def test_what_ends_for_one_leaf_ends_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sending again to one of five leaves that are alike stands for all five."""
    one, five = (settling_of(build_machine(star(n, faults=LOSSY))) for n in (1, 5))
    assert one.settled
    assert five.settled
    assert one.slices == five.slices > 0
