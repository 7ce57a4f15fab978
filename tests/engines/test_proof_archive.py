"""Lemmas of other designs: they save a search, and are worth nothing where they are wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.engines.proofs import BENCH, with_update
from unsay.designs.catalogue import shipped
from unsay.engines.budget import Budget
from unsay.engines.proof import prover as prover_module
from unsay.engines.proof.archive import Archive, weaker
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.closed import gap
from unsay.engines.proof.found import Failure, Proof
from unsay.engines.proof.obligations import Goal
from unsay.engines.proof.prover import searcher
from unsay.engines.proof.search import Search
from unsay.engines.proof.small import samples
from unsay.engines.proof.terms_as_data import as_data
from unsay.model.design import load_design
from unsay.model.language import Bool, Machine, ModelError, forall
from unsay.model.language.effects import after, apart
from unsay.model.language.terms import (
    FALSE,
    TRUE,
    Equal,
    ForAll,
    Literal,
    Not,
    Or,
    Read,
    Term,
    Variable,
    substitute,
)
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import confirmed, m, n, number, r, recall_copy, recalled
from unsay.properties.recall_bench import confirmed_means_applied, marked

SEARCHED = "short lemmas that stand together"
NONE = Archive({})


def lemma(formula: Bool) -> Term:
    return formula.term


NEVER_ISSUED = lemma(forall((m, r), ~recalled[m, r] | ~recalled[m, r]))
"""True at the start, and kept by every rule but that which issues."""


def archive_of(*lemmas: Term) -> Archive:
    return NONE.with_lemmas("somewhere", lemmas)


def proof_with(archive: Archive) -> tuple[Proof, list[str]]:
    """A proof that begins with ``archive``, and what was reported meanwhile."""
    told: list[str] = []
    (found,) = attempts(BENCH, [confirmed_means_applied], Budget(), told.append, archive=archive)
    assert isinstance(found.proof, Proof)
    return found.proof, told


def test_what_a_proof_needed_saves_the_next_its_search() -> None:
    first, told = proof_with(NONE)
    assert SEARCHED in told
    assert first.lemmas
    again, told = proof_with(archive_of(*first.lemmas))
    assert SEARCHED not in told
    assert set(again.lemmas) <= set(first.lemmas)


def test_a_lemma_that_a_sample_breaks_is_not_tried() -> None:
    wrong = lemma(forall((n, m, r), ~confirmed[n, m, r] | ~confirmed[n, m, r]))
    proof, _ = proof_with(archive_of(wrong, NEVER_ISSUED))
    assert not {wrong, NEVER_ISSUED} & set(proof.lemmas)


def searched(machine: Machine, goal: Goal, lemmas: Sequence[Term]) -> Proof | Failure:
    search = searcher(
        machine, [goal.term], (), [BENCH], lambda: None, lambda text: None, archive_of(*lemmas)
    )
    return search.prove(goal)


def test_wrong_lemmas_prove_nothing_even_if_no_sample_breaks_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rule is broken, the claim is false, and the archive says all that would imply it."""
    monkeypatch.setattr(prover_module._Sources, "_kept", lambda self, term: True)
    taken = BENCH.rule("deliver_recall").updates[1]
    broken = with_update(BENCH, "deliver_recall", 1, replace(taken, where=TRUE))
    goal = Goal(marked.claim(broken))
    no_copy = lemma(forall((n, m, r), ~recall_copy[n, m, r] | ~recalled[m, r]))
    lemmas = [NEVER_ISSUED, no_copy, FALSE, goal.term]
    assert isinstance(searched(BENCH, goal, lemmas), Proof)
    assert isinstance(searched(broken, goal, lemmas), Failure)


def test_where_the_solver_gave_up_the_archive_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another design needed may lead astray: there is no proof less for the archive."""
    genuine = Search.prove

    def prove(search: Search, goal: Goal) -> Proof | Failure:
        if list(search.remembered(goal)):
            return Failure("the solver gave up on issue (timeout)")
        return genuine(search, goal)

    monkeypatch.setattr(Search, "prove", prove)
    (found,) = attempts(
        BENCH, [confirmed_means_applied], Budget(), archive=archive_of(NEVER_ISSUED)
    )
    assert isinstance(found.proof, Proof)
    assert found.complete


def test_of_what_a_sample_breaks_is_tried_what_is_left_of_it() -> None:
    """Senders are told that it is done, here; they are never told that it has failed."""
    machine = build_machine(load_design(shipped()["article-tracked"]))
    tables = {s.name: s for s in machine.symbols}
    command = Variable("command", tables["issued"].arguments[0])
    told, issued = Read(tables["told"], (command,)), Read(tables["issued"], (command,))
    waiting, *others = (Equal(told, Literal(x, told.sort)) for x in told.sort.literals)
    failed = Equal(told, Literal("failed", told.sort))

    def unissued_or(literal: Term) -> Term:
        return ForAll((command,), Or((Not(issued), literal)))

    wrong = unissued_or(waiting)
    assert list(weaker(wrong)) == [unissued_or(Not(other)) for other in others]
    assert list(weaker(unissued_or(Not(waiting)))) == []
    search = searcher(
        machine, [], (), samples(machine), lambda: None, lambda text: None, archive_of(wrong)
    )
    kept = list(search.remembered(Goal(TRUE)))
    assert unissued_or(Not(failed)) in kept
    assert unissued_or(Not(Equal(told, Literal("done", told.sort)))) not in kept
    assert wrong not in kept


CAPTURED = "deliver_recall.r"
"""What the proof calls a parameter of that rule."""


@pytest.mark.parametrize(
    ("name", "sort", "body"),
    [
        (CAPTURED, "Recall", ["=", ["variable", CAPTURED, "Recall"], ["least", "Recall"]]),
        ("x", "Bool", ["variable", "x", "Bool"]),
        ("x", "Recall", ["not", ["variable", "x", "Recall"]]),
        ("x", "Recall", ["=", ["variable", "x", "Recall"], ["variable", "y", "Recall"]]),
        ("x", "Recall", ["next", ["=", ["variable", "x", "Recall"], ["least", "Recall"]]]),
        ("x", "Recall", ["taken", "retry", ["variable", "x", "Recall"]]),
        ("x", "Recall", ["variable", "x", "Recall"]),
    ],
)
def test_what_is_no_lemma_is_left_out(name: str, sort: str, body: list[object]) -> None:
    text = json.dumps(["for every", [[name, sort]], body])
    assert Archive({text: frozenset({"somewhere"})}).about(BENCH) == []


def test_a_lemma_that_a_rule_s_parameter_would_change_is_refused() -> None:
    """Renamed so, a wrong lemma is discharged: after the step it would say something else."""
    meant = NEVER_ISSUED
    assert isinstance(meant, ForAll)
    named = {v: Variable(f"deliver_recall.{v.name}", v.of) for v in meant.variables}
    renamed = ForAll(tuple(named.values()), substitute(meant.body, dict(named)))
    own = apart(BENCH.rule("deliver_recall"), "deliver_recall.")
    with pytest.raises(ModelError, match=r"would capture deliver_recall\.m of deliver_recall"):
        after(own, renamed)
    proof, _ = proof_with(NONE)
    proof = replace(proof, lemmas=(*proof.lemmas, renamed))
    assert "a variable of a formula cannot be: deliver_recall.m" in gap(BENCH, proof)


def test_only_what_the_machine_can_say_is_about_it() -> None:
    unheard_of = ["for every", [["x", "Pigeon"]], ["read", "flies", ["variable", "x", "Pigeon"]]]
    archive = archive_of(NEVER_ISSUED)
    more = Archive({**archive.lemmas, json.dumps(unheard_of): frozenset({"elsewhere"})})
    assert more.about(BENCH) == [NEVER_ISSUED]


def test_what_is_said_of_a_table_is_tried_of_tables_like_it_that_are_new() -> None:
    of_copies = lemma(forall((n, m, r), ~recall_copy[n, m, r] | recalled[m, r]))
    of_confirmed = lemma(forall((n, m, r), ~confirmed[n, m, r] | recalled[m, r]))
    of_numbers = lemma(forall((n, m, r), ~confirmed[n, m, r] | (number[n, m] == r)))
    assert set(archive_of(of_copies).about(BENCH)) == {of_copies, of_confirmed}
    # Of confirmed recalls something is known: there is no need to guess.
    assert set(archive_of(of_copies, of_numbers).about(BENCH)) == {of_copies, of_numbers}


def test_an_archive_is_text_and_back() -> None:
    applied = lemma(forall((n, m, r), number[n, m] == r))
    archive = archive_of(NEVER_ISSUED, applied).with_lemmas("elsewhere", [applied])
    assert Archive.of_text(archive.text()) == archive
    assert Archive.of_text(NONE.text()) == NONE
    assert set(archive.without("somewhere").about(BENCH)) == {applied}
    assert archive.without("somewhere").without("elsewhere") == NONE


def test_the_shipped_archive_speaks_of_the_designs_that_it_names() -> None:
    """It is made anew where a rule's tables change: ``python -m bench.lemmas``."""
    archive = Archive.shipped()
    assert archive.lemmas
    for name in {name for of in archive.lemmas.values() for name in of}:
        about = archive.about(build_machine(load_design(shipped()[name])))
        said = {json.dumps(as_data(term)) for term in about}
        assert {text for text, of in archive.lemmas.items() if name in of} <= said
