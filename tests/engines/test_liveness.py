"""Proofs of claims about infinite runs, of a small machine; and what is no proof."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from tests.engines.gadgets import RETRYING, needed, retrying, shelved
from tests.engines.switches import all_runs_stop
from unsay.engines.budget import Budget
from unsay.engines.explicit import Explicit
from unsay.engines.proof.attempt import Attempt
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.liveness.certified import premises_proved
from unsay.engines.proof.liveness.derivation import InTheEnd, flaw
from unsay.engines.proof.liveness.inferences import (
    Changes,
    Link,
    LinkKind,
    MovesOn,
    Owed,
    Starved,
)
from unsay.engines.proof.liveness.tail import Tail
from unsay.engines.proof.obligations import Obligations
from unsay.engines.protocol import Task
from unsay.engines.verdict import Outcome
from unsay.model.language import Fairness, Kind, Machine, ModelError, Rule
from unsay.model.language.terms import TRUE

MACHINE = shelved(needed(RETRYING), faults_recur=True)


def tried(machine: Machine, seconds: float = 60.0) -> Attempt:
    """What comes of trying to prove that all runs of ``machine`` stop."""
    (found,) = attempts(machine, [all_runs_stop], Budget(seconds))
    return found


@functools.cache
def proved() -> InTheEnd:
    """A proof that something is sent until it is answered, though it may be lost for ever."""
    found = tried(MACHINE)
    assert isinstance(found.proof, InTheEnd), found.reason
    return found.proof


def flaw_of(proof: InTheEnd, machine: Machine = MACHINE) -> str:
    return flaw(machine, proof, Obligations(machine, machine.symbols, 5000), lambda: None)


def test_what_is_sent_until_it_is_answered_is_sent_finitely_often() -> None:
    proof = proved()
    starved = [i for i in proof.inferences if isinstance(i, Starved)]
    assert [(i.rule, [k.then.rule for k in i.links]) for i in starved] == [
        ("tick", ["tock", "ring"])
    ]
    assert flaw_of(proof) == ""
    assert len(premises_proved(all_runs_stop, proof)) == len(proof.parts)


def changed(name: str, change: Callable[[Rule], Rule], recur: bool = True) -> Machine:
    rules = (change(r) if r.name == name else r for r in MACHINE.rules)
    return shelved(tuple(rules), recur)


BROKEN = {
    "the network need not deliver": changed("tock", lambda r: replace(r, fairness=Fairness.WEAK)),
    "nobody owes the answer": changed(
        "ring", lambda r: replace(r, kind=Kind.ACT, fairness=Fairness.NONE)
    ),
    "the answer is not heard": changed("ring", lambda r: replace(r, updates=r.updates[:1])),
    "it is sent all the same": changed("tick", lambda r: replace(r, guards=r.guards[:1])),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_goes_on_for_ever_is_not_proved(case: str) -> None:
    machine = BROKEN[case]
    verdict = Explicit().check(Task(machine, [all_runs_stop]))[all_runs_stop.name]
    assert verdict.outcome is Outcome.VIOLATED
    found = tried(machine)
    assert found.proof is None
    assert "may go on for ever" in found.reason
    # A proof of the other machine is none of this one.
    assert flaw_of(proved(), machine)


def test_weak_fairness_is_enough_where_loss_ends() -> None:
    machine = changed("tock", lambda r: replace(r, fairness=Fairness.WEAK), recur=False)
    assert isinstance(tried(machine).proof, InTheEnd)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(retrying())
def test_nothing_is_proved_that_does_not_hold(machine: Machine) -> None:
    # One that is hard to prove may stay unproved here.
    if tried(machine, 10.0).proof is not None:
        verdict = Explicit().check(Task(machine, [all_runs_stop]))[all_runs_stop.name]
        assert verdict.outcome is Outcome.HOLDS


# What is no proof.


def test_no_inference_but_what_nobody_uses_can_be_left_out() -> None:
    proof = proved()
    for number, left_out in enumerate(proof.inferences):
        some = tuple(x for i, x in enumerate(proof.inferences) if i != number)
        assert flaw_of(replace(proof, inferences=some)) or isinstance(left_out, Owed)


def test_no_proof_of_a_premise_can_be_left_out() -> None:
    proof = proved()
    for number in range(len(proof.parts)):
        some = tuple(x for i, x in enumerate(proof.parts) if i != number)
        assert flaw_of(replace(proof, parts=some)).startswith("no proof that ")


def test_a_premise_with_the_proof_of_another_is_not_shown() -> None:
    proof = proved()
    (one, first), (other, second), *rest = proof.parts
    assert flaw_of(replace(proof, parts=((one, second), (other, first), *rest)))


def test_a_premise_that_assumes_more_is_not_enough() -> None:
    proof = proved()
    (one, first), *rest = proof.parts
    more = replace(one, facts=(*one.facts, TRUE))
    assert not one.follows_from(more)
    assert more.follows_from(one)
    assert flaw_of(replace(proof, parts=((more, first), *rest)))


def test_the_promises_must_be_those_of_the_claim() -> None:
    assert "promises of the claim" in flaw_of(replace(proved(), kept=()))


def test_a_standstill_does_not_keep_any_promise() -> None:
    proof = proved()
    (kept,) = proof.kept
    other = replace(kept, promise=replace(kept.promise, conclusion=TRUE))
    claim = all_runs_stop.claim(MACHINE)
    assert kept.lasting is None
    with pytest.raises(ModelError, match="a standstill alone"):
        other.premises(MACHINE)
    assert claim == proof.claim


def test_inferences_that_are_none_are_refused() -> None:
    tail = Tail.of(MACHINE)
    (lamp,) = [s for s in MACHINE.symbols if s.name == "red"]
    (level,) = [s for s in MACHINE.symbols if s.name == "level"]
    (starved,) = [i for i in proved().inferences if isinstance(i, Starved)]
    first, second = starved.links
    unfair = changed("tock", lambda r: replace(r, fairness=Fairness.WEAK))
    for wrong, about in (
        (MovesOn(lamp, ("false", "false")), tail),
        (MovesOn(level, ("sideways",)), tail),
        (Owed("tick"), tail),
        (Starved("tick", (second,)), tail),
        (Starved("tick", (Link(LinkKind.UNDONE, first.first, first.then),)), tail),
        (Starved("tick", (replace(first, kind=LinkKind.STRONG),)), Tail.of(unfair)),
    ):
        with pytest.raises(ModelError):
            wrong.premises(about)  # type: ignore[attr-defined]
    assert Changes("tick").premises(tail)
