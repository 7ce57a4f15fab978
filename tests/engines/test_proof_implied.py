"""Claims about states at rest: others imply them, in every state, and never they themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.engines.proofs import BENCH
from unsay.engines.budget import Budget
from unsay.engines.proof.attempt import Attempt
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.certificate import Proved, write_certificate
from unsay.engines.proof.closed import bearing, gap, undischarged
from unsay.engines.proof.countermodels import Countermodels
from unsay.engines.proof.found import Failure, Proof
from unsay.engines.proof.index import INDEX, CertificateError, as_text, read_index
from unsay.engines.proof.obligations import NO_STEP, Answer, Goal, Obligation, Obligations, Way
from unsay.engines.proof.proofs_as_data import proof_as_data, proof_of
from unsay.engines.proof.prover import searcher
from unsay.engines.proof.recheck import Judgement
from unsay.engines.proof.recheck import recheck as recheck_folder
from unsay.engines.proof.sizes import sizes
from unsay.engines.proof.supposed import shrunk, supposed
from unsay.engines.proof.terms_as_data import TermReader
from unsay.model.language import Machine, forall, implies
from unsay.model.language.terms import FALSE, Or
from unsay.model.recall_bench import confirmed, m, n, r
from unsay.properties import Property
from unsay.properties.recall_bench import BENCH_PROPERTIES, marked
from unsay.traces.diagram.draw import draw
from unsay.traces.text import as_text as told

AT_REST = replace(
    marked,
    name="marked-at-rest",
    formula=lambda machine: implies(machine.at_rest(), marked.formula(machine)),
)
NOBODY = forall((n, m, r), ~confirmed[n, m, r])
WRONG = replace(
    marked,
    name="nobody-at-rest",
    sentence="Where nothing is left to do, nothing is confirmed.",
    formula=lambda machine: implies(machine.at_rest(), NOBODY),
)


@cache
def tried(p: Property) -> Attempt:
    (found,) = attempts(BENCH, [p], Budget())
    return found


def proof() -> Proof:
    found = tried(AT_REST).proof
    assert isinstance(found, Proof)
    return found


def changed(*obligations: Obligation, lemmas: tuple[Goal, ...] = ()) -> Proof:
    return replace(proof(), lemmas=tuple(g.term for g in lemmas), obligations=tuple(obligations))


def no_step(goal: Goal, *assumed: Goal) -> Obligation:
    return Obligation(goal, NO_STEP.name, tuple(g.term for g in assumed))


def test_a_claim_about_rest_is_shown_of_every_state_and_of_no_step() -> None:
    assert bearing(BENCH, proof(), proof().goal) == [NO_STEP.name]
    own = [o for o in proof().obligations if o.goal == proof().goal]
    assert [o.rule for o in own] == [NO_STEP.name]
    assert proof().goal.term not in own[0].assumed
    # What it is implied by is kept by the rules, from the start on.
    for lemma in proof().lemmas:
        assert bearing(BENCH, proof(), Goal(lemma)) == Goal(lemma).bearing(BENCH)
    assert gap(BENCH, proof()) == ""
    obligations = Obligations(BENCH, BENCH.symbols, 10_000)
    assert undischarged(proof(), obligations, lambda: None) == ""


def test_it_is_read_back_as_it_was() -> None:
    assert proof_of(json.loads(json.dumps(proof_as_data(proof()))), TermReader(BENCH)) == proof()


def test_what_is_wrong_at_rest_is_not_proved() -> None:
    found = tried(WRONG)
    assert found.proof is None
    assert found.reason.startswith("broken at a small size")


def test_nothing_is_implied_by_itself() -> None:
    one, other, third = Goal(WRONG.claim(BENCH)), Goal(NOBODY.term), Goal(marked.claim(BENCH))
    for proof_of_it in (
        replace(changed(no_step(one, one)), goal=one),
        replace(changed(no_step(one, other), no_step(other, one), lemmas=(other,)), goal=one),
        replace(
            changed(
                no_step(one, other),
                no_step(other, third),
                no_step(third, one),
                lemmas=(other, third),
            ),
            goal=one,
        ),
    ):
        assert gap(BENCH, proof_of_it).startswith("is implied by itself: ")


def test_that_it_is_implied_has_to_be_shown() -> None:
    claim = proof().goal
    assert gap(BENCH, changed()).startswith("nothing shows at the start: ")
    lemma = Goal(NOBODY.term)
    assert gap(BENCH, changed(no_step(claim, lemma), lemmas=(lemma,))).startswith("nothing shows")
    assert "assumes what is no part of the proof" in gap(BENCH, changed(no_step(claim, lemma)))
    wrong = replace(changed(no_step(lemma)), goal=lemma)
    obligations = Obligations(BENCH, BENCH.symbols, 10_000)
    assert gap(BENCH, wrong) == ""
    assert "it can fail" in undischarged(wrong, obligations, lambda: None)


def test_no_state_implies_a_claim_about_steps() -> None:
    steps = Goal(marked.claim(BENCH), step=True)
    without = replace(changed(no_step(steps)), goal=steps)
    assert gap(BENCH, without).startswith("nothing shows under ")


def test_a_certificate_says_of_it_that_it_is_implied(tmp_path: Path) -> None:
    write_certificate(BENCH, [Proved(AT_REST, proof())], tmp_path, lambda: None)
    (name,) = (p.name for p in tmp_path.glob("marked-at-rest/*claim*"))
    assert re.fullmatch(r"\d+-claim-no-step\.smt2", name)
    text = (tmp_path / "marked-at-rest" / name).read_text()
    assert "Of every state: the claim holds where all that is assumed does." in text
    assert "the formula fails in the same state" in text
    assert {r.judgement for r in recheck_folder(tmp_path, 20.0, lambda line: None)} == {
        Judgement.DISCHARGED
    }
    data = json.loads((tmp_path / INDEX).read_text())
    del data["format"], data["digest"]
    data["properties"][0]["formulas"][0]["implied"] = None
    (tmp_path / INDEX).write_text(as_text(data))
    with pytest.raises(CertificateError, match="lacks a file for marked-at-rest"):
        read_index(tmp_path)


def test_no_certificate_goes_round_in_a_circle(tmp_path: Path) -> None:
    goal = Goal(WRONG.claim(BENCH))
    alone = Proof(goal, (), (no_step(goal, goal),))
    with pytest.raises(CertificateError, match="not written: is implied by itself"):
        write_certificate(BENCH, [Proved(WRONG, alone)], tmp_path / "new", lambda: None)
    assert not (tmp_path / "new").exists()
    write_certificate(BENCH, [Proved(AT_REST, proof())], tmp_path, lambda: None)
    data = json.loads((tmp_path / INDEX).read_text())
    del data["format"], data["digest"]
    (own,) = (o for o in data["properties"][0]["proof"]["obligations"] if o["rule"] == "no-step")
    own["assumed"].append(own["formula"])
    (tmp_path / INDEX).write_text(as_text(data))
    with pytest.raises(CertificateError, match="shows a formula of marked-at-rest by itself"):
        read_index(tmp_path)


def test_what_was_not_proved_at_rest_proves_nothing_later() -> None:
    """A claim that failed is no lemma of the next one: it would be implied by itself."""
    search = searcher(BENCH, [WRONG.claim(BENCH)], (), [BENCH], lambda: None, lambda text: None)
    wrong = WRONG.claim(BENCH)
    assert isinstance(search.prove(Goal(wrong)), Failure)
    search.remembered = lambda goal: [wrong]
    search.bases = (lambda goal: [wrong],)
    weaker = Goal(Or((wrong, FALSE)))
    assert isinstance(search.prove(weaker), Failure)
    assert wrong not in search._proved


def test_a_claim_is_hopeless_while_lemmas_are_searched_for_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claims = [p.claim(BENCH) for p in BENCH_PROPERTIES]
    search = searcher(BENCH, claims, (), [BENCH], lambda: None, lambda text: None)
    hopeless = []

    def defended(*_: object) -> bool:
        hopeless.append(search.hopeless)
        return len(hopeless) < 3

    with monkeypatch.context() as patch:
        patch.setattr(search, "_defended", defended)
        assert isinstance(search.prove(Goal(WRONG.claim(BENCH))), Failure)
    assert hopeless == [False, True, True]
    genuine = search.obligations.discharge

    def unknown(obligation: Obligation, *ways: Sequence[Way]) -> Answer:
        return Answer(False) if obligation.rule else genuine(obligation, *ways)

    monkeypatch.setattr(search.obligations, "discharge", unknown)
    assert isinstance(search.prove(Goal(claims[0])), Failure)
    assert not search.hopeless


def test_a_lemma_that_z3_did_not_know_is_tried_again_with_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claim = BENCH_PROPERTIES[1].claim(BENCH)
    search = searcher(BENCH, [claim], (), [BENCH], lambda: None, lambda text: None)
    found = search.prove(Goal(claim))
    assert isinstance(found, Proof)
    assert found.lemmas
    search = searcher(BENCH, [claim], (), [BENCH], lambda: None, lambda text: None)
    more = Or((claim, FALSE))
    search.bases = (lambda goal: found.lemmas, lambda goal: [more])
    genuine, unknown = search.obligations.discharge, []

    def discharge(obligation: Obligation, *ways: Sequence[Way]) -> Answer:
        lemma = obligation.goal.term in found.lemmas and obligation.rule is not None
        if lemma and more not in obligation.assumed:
            unknown.append(obligation)
            return Answer(False)
        return genuine(obligation, *ways)

    monkeypatch.setattr(search.obligations, "discharge", discharge)
    monkeypatch.setattr(search, "_defended", lambda *_: False)
    assert isinstance(search.prove(Goal(claim)), Proof)
    assert unknown


def test_the_picture_of_a_state_that_breaks_it_has_no_step() -> None:
    goal = Goal(WRONG.claim(BENCH))
    finder = Countermodels(BENCH, BENCH.symbols, sizes(BENCH)[0], 5_000)
    against = finder.ask(Obligation(goal, NO_STEP.name)).against
    assert against is not None
    small: Machine = replace(BENCH, design=None)
    found = supposed(small, shrunk(small, against, goal, (), lambda: None), WRONG)
    assert found.broken
    assert len(found.states) == 1
    words = told(found)
    assert "This state may not be reachable" in words
    assert "this state breaks the claim" in words
    assert "In this state" in words.splitlines()
    assert "one step" not in words
    assert "the step" not in words
    assert "confirmed: " in words.split("In this state")[1]
    drawn = draw(found)
    assert drawn.title.endswith("(this state breaks the claim)")
