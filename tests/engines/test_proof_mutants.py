"""Proofs carried over to rules that are broken: what a run refutes, nobody may show.

``python -m bench.proofs`` does it with the designs; here it is done with the benchmark protocol,
and what looks for the lies is lied to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from bench import proofs
from bench.mutations import mutants_accepted
from bench.proofs import Refuted, carried_over

from tests.engines.proofs import BENCH, with_update
from tests.engines.test_proof_implied import AT_REST
from unsay.engines.budget import Budget
from unsay.engines.explicit import Explicit
from unsay.engines.proof import obligations as obligations_module
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.found import Proof
from unsay.engines.proof.obligations import NO_STEP, Answer, Goal, Obligation, Obligations, Said
from unsay.engines.protocol import Task
from unsay.engines.run import replay
from unsay.model.language import Axiom, Machine, forall
from unsay.model.language.terms import FALSE, TRUE, Or
from unsay.model.recall_bench import odd, r
from unsay.properties import Property
from unsay.properties.recall_bench import BENCH_PROPERTIES, marked

CLAIMS = {p.name: p for p in (*BENCH_PROPERTIES, AT_REST)}
NEWEST_NO_LONGER_COUNTS = with_update(
    BENCH, "deliver_recall", 1, replace(BENCH.rule("deliver_recall").updates[1], where=TRUE)
)


@cache
def proved() -> dict[str, Proof]:
    found = attempts(BENCH, list(CLAIMS.values()), Budget())
    return {a.property.name: a.proof for a in found if isinstance(a.proof, Proof)}


def refuted(machine: Machine) -> Iterator[tuple[Property, Refuted]]:
    """What a small size of ``machine`` breaks of what is proved of the unbroken one."""
    obligations = Obligations(machine, machine.symbols, 500)
    for verdict in Explicit().check(Task(machine, list(CLAIMS.values()), Budget())).values():
        if verdict.run is not None:
            p = CLAIMS[verdict.property]
            run = replay(machine, verdict.run, p)
            yield p, Refuted(p, proved()[p.name], run, obligations)


def test_no_mutant_of_the_protocol_is_proved_by_what_proves_the_protocol() -> None:
    assert proved().keys() == CLAIMS.keys()
    broken: set[str] = set()
    asked = 0
    for mutant, rule in mutants_accepted(BENCH):
        for p, found in refuted(BENCH.with_rule(rule)):
            assert not found.lie(), f"{p.name}: {mutant}"
            broken.add(p.name)
            asked += found.count["asked"]
    assert broken == CLAIMS.keys()
    assert asked > len(broken)


@pytest.fixture
def found() -> Refuted:
    """A proof of what a changed rule breaks."""
    return next(found for p, found in refuted(NEWEST_NO_LONGER_COUNTS) if p != AT_REST)


def test_a_solver_that_shows_what_is_false_is_noticed(
    found: Refuted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it does so only of what rules do."""
    honest = Obligations.discharge
    monkeypatch.setattr(
        Obligations,
        "discharge",
        lambda self, o: honest(self, o) if o.rule is None else Answer(True),
    )
    assert found.lie().startswith("shown, though a run breaks it: under deliver_recall: ")


def test_a_start_that_nobody_asks_about_is_noticed(
    found: Refuted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obligations_module, "at_start", lambda term: TRUE)
    assert found.lie() == "shown, though a run breaks it: at the start: false"


def test_text_that_says_something_else_is_noticed(
    found: Refuted, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Obligations.text
    monkeypatch.setattr(Obligations, "text", lambda self, o: honest(self, o) + "(assert false)\n")
    assert found.lie().startswith("shown, though a run breaks it: ")


def test_formulas_that_leave_out_what_happens_are_noticed() -> None:
    """Also where the solver that is asked has no answer."""
    nobody = Axiom("even", "No recall is odd.", forall(r, ~odd[r]).term)
    machine = replace(NEWEST_NO_LONGER_COUNTS, axioms=(*BENCH.axioms, nobody))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Obligations, "discharge", lambda self, obligation: Answer(False))
        patch.setattr(proofs, "answer_to", lambda text, milliseconds: Said("unknown"))
        lies = [found.lie() for _, found in refuted(machine)]
    assert lies
    assert all("by what Z3 is asked it cannot" in lie for lie in lies)


def test_a_rule_that_nobody_asks_is_noticed(
    found: Refuted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "bearing", lambda machine, proof, goal: [None])
    again = next(refuted(NEWEST_NO_LONGER_COUNTS))[1]
    assert again.lie().startswith("nobody asks of ")
    assert not found.lie()


@pytest.mark.parametrize("place", [0, 1])
def test_what_others_imply_wherever_these_stand(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a false lemma is implied by a true one is noticed, whichever the proof lists first."""
    p, proof = CLAIMS[marked.name], proved()[marked.name]
    first = Goal(Or((proof.goal.term, FALSE)))
    true = forall(r, r == r).term
    implied = Obligation(first, NO_STEP.name, (true,))
    lemmas = [true, first.term] if place else [first.term, true]
    made = replace(proof, lemmas=tuple(lemmas), obligations=(*proof.obligations, implied))
    machine = NEWEST_NO_LONGER_COUNTS
    obligations = Obligations(machine, machine.symbols, 500)
    run = next(found.run for q, found in refuted(machine) if q == p)
    honest = Obligations.discharge
    monkeypatch.setattr(
        Obligations,
        "discharge",
        lambda self, o: Answer(True) if o == implied else honest(self, o),
    )
    lie = Refuted(p, made, run, obligations).lie()
    assert lie.startswith("shown, though a run breaks it: in every state: ")


def test_a_claim_that_the_mutant_changes_is_asked_as_it_is_now() -> None:
    """What a claim at rest says hangs on the guards."""
    rule = BENCH.rule("deliver_recall")
    machine = BENCH.with_rule(replace(rule, guards=rule.guards[1:]))
    proof = proved()[AT_REST.name]
    carried = carried_over(machine, AT_REST, proof)
    assert carried.goal.term == AT_REST.claim(machine) != proof.goal.term
    assert carried.goal in {o.goal for o in carried.obligations}
    assert proof.goal not in {o.goal for o in carried.obligations}
    assert all(proof.goal.term not in o.assumed for o in carried.obligations)
