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
from bench.mutations import mutants_of
from bench.proofs import Refuted

from tests.engines.proofs import BENCH, with_update
from tests.engines.test_proof_implied import AT_REST
from unsay.engines.budget import Budget
from unsay.engines.explicit import Explicit
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.found import Proof
from unsay.engines.proof.obligations import Answer, Obligations
from unsay.engines.protocol import Task
from unsay.engines.run import replay
from unsay.model.language import Axiom, Machine, ModelError, forall
from unsay.model.language.rules import check_rule
from unsay.model.language.terms import TRUE
from unsay.model.recall_bench import odd, r
from unsay.properties import Property
from unsay.properties.recall_bench import BENCH_PROPERTIES

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
    for mutant, rule in mutants_of(BENCH).items():
        try:
            check_rule(rule)
        except ModelError:
            continue
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
    monkeypatch.setattr(Obligations, "discharge", lambda self, obligation: Answer(True))
    assert found.lie().startswith("discharged, though a run breaks it: under deliver_recall: ")


def test_formulas_that_leave_out_what_happens_are_noticed() -> None:
    """Also where the solver that is asked has no answer."""
    nobody = Axiom("even", "No recall is odd.", forall(r, ~odd[r]).term)
    machine = replace(NEWEST_NO_LONGER_COUNTS, axioms=(*BENCH.axioms, nobody))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Obligations, "discharge", lambda self, obligation: Answer(False))
        lies = [found.lie() for _, found in refuted(machine)]
    assert lies
    assert all("what Z3 is asked says otherwise" in lie for lie in lies)


def test_a_rule_that_nobody_asks_is_noticed(
    found: Refuted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "bearing", lambda machine, proof, goal: [None])
    machine = NEWEST_NO_LONGER_COUNTS
    again = next(refuted(machine))[1]
    assert again.lie().startswith("nobody asks of ")
    assert not found.lie()
