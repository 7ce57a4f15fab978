"""What must never be PROVED: broken designs, and anything out of a contradiction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engines.contract import BROKEN
from tests.engines.proofs import BENCH, proved, tried, with_guard, with_update
from unsay.engines.budget import Budget
from unsay.engines.proof import attempts as attempts_module
from unsay.engines.proof.attempts import BROKEN as BROKEN_REASON
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.closed import gap, undischarged
from unsay.engines.proof.found import Failure, Proof
from unsay.engines.proof.obligations import Goal, Obligation, Obligations, answer_to
from unsay.engines.proof.sanity import SmallWorlds
from unsay.engines.proof.search import Search
from unsay.engines.proof.small import Looked
from unsay.engines.run import ReplayError
from unsay.model.language import (
    Axiom,
    Bool,
    Kind,
    Layer,
    Ordered,
    RuleBuilder,
    Structure,
    compose,
    forall,
    implies,
)
from unsay.model.language.rules import Guard
from unsay.model.language.terms import FALSE, TRUE, Not
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Recall, confirmed, m, n, number, odd, r
from unsay.properties import PROPERTIES
from unsay.properties.recall_bench import marked

CONTRADICTION = Axiom("nobody", "No recall is odd, and all are.", forall(r, odd[r] & ~odd[r]).term)


def test_a_sound_protocol_is_proved() -> None:
    """The tests below say something: without what they change, there is a proof."""
    found = tried()
    assert found.proof is not None
    assert (found.reason, found.complete) == ("", True)
    assert found.looked.states
    assert "marked-by-newest-recall" in found.looked.witnessed


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_design_is_never_proved(case: str) -> None:
    design, name = BROKEN[case]
    (found,) = attempts(build_machine(design), [PROPERTIES[name]], Budget(60))
    assert found.proof is None
    assert found.reason == BROKEN_REASON


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_design_is_not_proved_for_want_of_a_look(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small scopes only save time: the search finds no proof of what is false either."""
    design, name = BROKEN[case]
    blind = Looked(witnessed=frozenset([name]))
    monkeypatch.setattr(attempts_module, "look", lambda *arguments: blind)
    (found,) = attempts(build_machine(design), [PROPERTIES[name]], Budget(10))
    assert found.proof is None


def test_contradictory_axioms_are_noticed() -> None:
    """From a contradiction everything follows, so nothing that follows is proved."""
    machine = replace(BENCH, axioms=(*BENCH.axioms, CONTRADICTION))
    assert Obligations(machine, machine.symbols, 5000).possible([]) is False
    found = tried(machine)
    assert found.proof is None
    assert found.reason == "the axiom 'nobody' is not true of this design"


def test_contradictory_axioms_are_noticed_without_a_design(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where nobody could say of which design they are not true."""
    from unsay.engines.proof import sanity

    monkeypatch.setattr(sanity.Reference, "holds", lambda *arguments: True)
    machine = replace(BENCH, axioms=(*BENCH.axioms, CONTRADICTION))
    found = tried(machine)
    assert found.proof is None
    assert found.reason == "the axioms contradict each other, and anything follows from that"


def test_an_axiom_that_is_not_true_of_the_design_is_noticed() -> None:
    """A proof from it would be about other designs."""
    axiom = Axiom("all odd", "Every recall is odd.", forall(r, odd[r]).term)
    found = tried(replace(BENCH, axioms=(axiom,)))
    assert found.proof is None
    assert found.reason == "the axiom 'all odd' is not true of this design"


def test_axioms_that_no_initial_state_fits_are_noticed() -> None:
    least = forall((n, m), number[n, m] != Recall.least())
    found = tried(replace(BENCH, axioms=(Axiom("late", "All are marked.", least.term),)))
    assert found.proof is None
    assert found.reason == "the axiom 'late' is not true of this design"


@pytest.mark.parametrize("rule", ["deliver_recall", "send"])
def test_a_guard_that_cannot_hold_is_noticed(rule: str) -> None:
    """What a rule would break, it cannot break if it never happens."""
    found = tried(with_guard(BENCH, rule, Guard("never", Not(forall(n, n == n).term))))
    assert found.proof is None
    assert found.reason == f"the rule {rule} can never happen: its guards contradict the axioms"


def test_what_nobody_knows_to_be_possible_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Obligations, "possible", lambda self, terms: None)
    monkeypatch.setattr(SmallWorlds, "some", lambda self, terms: False)
    found = tried()
    assert found.proof is None
    assert found.reason.startswith("nobody knows whether it is possible that all axioms hold")


def test_a_claim_about_what_never_comes_up_is_not_proved() -> None:
    """DESIGN section 4: an empty premise is no proof."""
    empty = replace(marked, witness=lambda machine: ~forall(n, n == n), witness_sentence="a ghost")
    (found,) = attempts(BENCH, [empty], Budget(60))
    assert found.proof is None
    assert found.reason == "says nothing: never in any sample a ghost"


def test_a_rule_that_was_changed_is_not_proved() -> None:
    """The newest recall no longer counts: any that arrives is taken."""
    taken = BENCH.rule("deliver_recall").updates[1]
    found = tried(with_update(BENCH, "deliver_recall", 1, replace(taken, where=TRUE)))
    assert found.proof is None
    assert found.reason == BROKEN_REASON


# A proof is not believed because the search hands it over.


def test_a_proof_that_lacks_an_obligation_is_none() -> None:
    proof = proved().proof
    assert gap(BENCH, proof) == ""
    for i in range(len(proof.obligations)):
        rest = proof.obligations[:i] + proof.obligations[i + 1 :]
        assert gap(BENCH, replace(proof, obligations=rest)).startswith("nothing shows ")


def test_a_proof_that_assumes_more_than_it_shows_is_none() -> None:
    proof = proved().proof
    first, *rest = proof.obligations
    assert first.rule is None
    assumes = tuple(replace(o, assumed=(*o.assumed, FALSE)) for o in rest)
    assert "assumes what is no part" in gap(BENCH, replace(proof, obligations=(first, *assumes)))
    early = replace(first, assumed=(proof.goal.term,))
    assert "of the initial state" in gap(BENCH, replace(proof, obligations=(early, *rest)))


def test_a_claim_about_steps_may_not_be_assumed_of_the_state_before() -> None:
    proof = proved().proof
    steps = Goal(proof.goal.term, step=True)
    obligations = tuple(
        replace(proof.obligations[1], goal=steps, rule=rule.name, assumed=(steps.term,))
        for rule in BENCH.rules
    )
    assert "assumes what is no part" in gap(BENCH, Proof(steps, (), obligations))


def test_a_false_obligation_is_not_discharged() -> None:
    proof = proved().proof
    false = Goal(forall((n, m, r), ~confirmed[n, m, r]).term)
    wrong = replace(proof.obligations[1], goal=false, rule="deliver_recall", assumed=(false.term,))
    obligations = Obligations(BENCH, BENCH.symbols, 5000)
    assert undischarged(proof, obligations, lambda: None) == ""
    given = undischarged(replace(proof, obligations=(wrong,)), obligations, lambda: None)
    assert given == f"{wrong} (it can fail)"


def test_a_search_that_lies_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    def lie(self: Search, goal: Goal) -> Proof | Failure:
        return replace(proved().proof, obligations=proved().proof.obligations[1:])

    monkeypatch.setattr(Search, "prove", lie)
    found = tried()
    assert found.proof is None
    assert found.reason.startswith("Z3 did not confirm the proof: nothing shows at the start")


def test_a_lemma_that_a_reachable_state_breaks_is_an_internal_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The compiled step has a say, whatever Z3 says."""
    never = forall((n, m, r), ~confirmed[n, m, r]).term

    def lie(self: Search, goal: Goal) -> Proof | Failure:
        return replace(proved().proof, lemmas=(never,))

    monkeypatch.setattr(Search, "prove", lie)
    monkeypatch.setattr(attempts_module, "gap", lambda machine, proof: "")
    with pytest.raises(ReplayError, match=r"internal error: proved, but .*: not confirmed\["):
        tried()


class Level(Ordered):
    """How far something has come."""


levels: Layer[None] = Layer("levels", "Levels.")
hit = levels.state("hit", Level, to=Bool, says="The level was hit.")


def hit_any(rule: RuleBuilder[None], least: Level) -> None:
    """Any level may be hit."""
    rule.guard(not_yet=~hit[least])
    rule.update(hit[least], to=True)


hit_any.__name__ = "Level"
levels.rule(Kind.ACT, at="least")(hit_any)


def test_no_name_of_a_rule_is_taken_for_the_least_of_a_sort() -> None:
    """The rule is called like the sort, so kept apart its parameter is ``Level.least``."""
    structure = Structure({Level.sort: ("low", "high")}, {})
    machine = compose("levels", [levels], None, structure)
    level = Level.variable("level")
    only_least = forall(level, implies(hit[level], level == Level.least())).term
    broken = Obligation(Goal(only_least), "Level", (only_least,))
    asked = Obligations(machine, machine.symbols, 5000)
    assert not asked.discharge(broken).discharged
    assert answer_to(asked.text(broken), 5000).answer == "sat"
