"""Kept proofs: used again only for equal rules, axioms and claims, and only if they are whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import z3

from tests.engines.proofs import BENCH, tried, with_guard, with_update
from unsay.engines.budget import Budget, BudgetError
from unsay.engines.explicit import Explicit
from unsay.engines.proof import cache as cache_module
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.cache import Cache, default_folder, key
from unsay.engines.proof.found import Failure
from unsay.engines.proof.obligations import Obligations
from unsay.engines.proof.sanity import SmallWorlds
from unsay.engines.proof.search import Search
from unsay.engines.protocol import Task
from unsay.engines.verdict import Outcome
from unsay.model.language import Axiom, Machine, forall, implies
from unsay.model.language.rules import Guard
from unsay.model.language.terms import TRUE
from unsay.model.recall_bench import Size, build_bench, n, source, u
from unsay.properties.recall_bench import confirmed_means_applied, marked

HARMLESS = Guard("someone", forall(n, n == n).term)
AXIOM = Axiom("reflexive", "A node is itself.", forall(n, n == n).term)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """With the proof of the benchmark's property."""
    kept = Cache(tmp_path / "proofs")
    found = tried(cache=kept)
    assert (found.cached, found.proof is None) == (False, False)
    return kept


def no_search(self: Search, goal: Any) -> Any:
    pytest.fail("it searches")


def test_a_proof_is_found_again_without_a_search_and_without_z3(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = tried()
    monkeypatch.setattr(Search, "prove", no_search)
    monkeypatch.setattr(z3, "Solver", lambda *_, **__: pytest.fail("it asks Z3"))
    found = tried(cache=cache)
    assert found.cached
    assert found.proof == fresh.proof
    assert found.looked.states == fresh.looked.states


def test_a_design_of_another_size_with_the_same_rules_needs_no_search(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is what "any size" means."""
    monkeypatch.setattr(Search, "prove", no_search)
    assert tried(build_bench(Size(4, 2, 3)), cache=cache).cached


def test_another_rule_axiom_or_claim_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = BENCH.rule("send")
    others = [
        key(with_guard(BENCH, "send", HARMLESS), marked),
        key(BENCH.with_rules(r for r in BENCH.rules if r != rule), marked),
        key(replace(BENCH, axioms=(AXIOM,)), marked),
        key(BENCH, confirmed_means_applied),
        key(BENCH, replace(marked, formula=lambda machine: forall(n, n == n))),
        key(BENCH, replace(marked, witness=lambda machine: forall((n, u), n == u))),
    ]
    monkeypatch.setattr(z3, "get_version_string", lambda: "0.0")
    others.append(key(BENCH, marked))
    monkeypatch.undo()
    monkeypatch.setattr(cache_module, "program", lambda: "another")
    others.append(key(BENCH, marked))
    monkeypatch.undo()
    assert len({key(BENCH, marked), *others}) == 1 + len(others)


@pytest.mark.parametrize(
    "machine",
    [with_guard(BENCH, "send", HARMLESS), replace(BENCH, axioms=(AXIOM,))],
    ids=["rule", "axiom"],
)
def test_a_changed_machine_is_proved_anew(cache: Cache, machine: Any) -> None:
    found = tried(machine, cache=cache)
    assert (found.cached, found.proof is None) == (False, False)


def kept_file(cache: Cache) -> Path:
    (path,) = cache.folder.iterdir()
    return path


@pytest.mark.parametrize("damage", ["cut", "empty", "changed", "bytes"])
def test_a_damaged_file_is_no_proof(cache: Cache, damage: str) -> None:
    path = kept_file(cache)
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut": whole[:-9],
            "empty": b"",
            "changed": whole.replace(b'"step": false', b'"step": true'),
            "bytes": b"\xff\xfe",
        }[damage]
    )
    found = tried(cache=cache)
    assert (found.cached, found.proof is None) == (False, False)
    assert path.read_bytes() == whole


def forged(cache: Cache, change: Any) -> None:
    """Put another proof where the kept one is, as the program itself would write it."""
    name = kept_file(cache).stem
    data = cache.load(name)
    assert data is not None
    change(data)
    cache.save(name, data)


def drop_obligation(data: dict[str, Any]) -> None:
    data["proof"]["obligations"].pop()


def assume_falsehood(data: dict[str, Any]) -> None:
    data["proof"]["lemmas"] = [["member", "false", "Bool"]]
    for obligation in data["proof"]["obligations"]:
        obligation["assumed"] = [1]


def claim_truth(data: dict[str, Any]) -> None:
    data["proof"]["claim"] = ["member", "true", "Bool"]


def talk_nonsense(data: dict[str, Any]) -> None:
    data["proof"]["claim"] = ["read", "no_such_table"]


@pytest.mark.parametrize("change", [drop_obligation, assume_falsehood, claim_truth, talk_nonsense])
def test_what_is_no_proof_of_the_claim_is_not_used(cache: Cache, change: Any) -> None:
    forged(cache, change)
    found = tried(cache=cache)
    assert (found.cached, found.proof is None) == (False, False)


def test_that_there_is_no_proof_is_kept_too(tmp_path: Path) -> None:
    old = BENCH.rule("deliver_recall").updates[1]
    broken = with_update(BENCH, "deliver_recall", 1, replace(old, where=TRUE))
    first, second = (tried(broken, cache=Cache(tmp_path)) for _ in range(2))
    assert first.proof is second.proof is None
    assert first.reason == second.reason
    assert (first.cached, second.cached) == (False, True)


def test_that_nothing_was_seen_of_it_is_kept_for_that_design_only(tmp_path: Path) -> None:
    """What is never so in small samples of one design may be so in another with its rules."""
    never = replace(marked, witness=lambda machine: forall(n, n != n))
    kept = Cache(tmp_path)
    first, second = (attempts(BENCH, [never], Budget(60), cache=kept)[0] for _ in range(2))
    assert (first.cached, second.cached) == (False, True)
    assert first.reason.startswith("says nothing")
    (found,) = attempts(build_bench(Size(4, 2, 3)), [never], Budget(60), cache=kept)
    assert not found.cached


def test_a_failure_after_the_time_ran_out_once_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was given up in the first try hangs on the clock."""
    tries: list[Any] = []

    def prove(self: Search, goal: Any) -> Failure:
        tries.append(goal)
        if len(tries) == 1:
            raise BudgetError("its share ran out")
        return Failure("no lemma")

    monkeypatch.setattr(Search, "prove", prove)
    found = tried(cache=Cache(tmp_path))
    assert (found.proof, found.reason, found.complete) == (None, "no lemma", False)
    assert len(tries) == 2
    assert list(tmp_path.iterdir()) == []


def test_what_a_limit_cut_short_is_not_kept(tmp_path: Path) -> None:
    (found,) = attempts(BENCH, [marked], Budget(0.0), cache=Cache(tmp_path))
    assert (found.proof, found.complete) == (None, False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert tried(cache=Cache(tmp_path / "file" / "proofs")).proof is not None


def test_the_folder_is_the_user_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cache_module.platformdirs, "user_cache_path", lambda name: tmp_path / name)
    assert default_folder() == tmp_path / "unsay" / "proofs"


# What is kept is about rules. Whether it is about this design depends on its structure, too.

ONE_SOURCE = forall((n, u), implies(source[n] & source[u], n == u))
PROMISED = replace(BENCH, axioms=(Axiom("one source", "Users act at one node.", ONE_SOURCE.term),))
RIGID = {**BENCH.structure.rigid, source.symbol: {(0,): 1, (1,): 1}}
BROKEN_PROMISE = replace(PROMISED, structure=replace(BENCH.structure, rigid=RIGID))
"""The same rules, axioms and claims, of a design in which users act at both nodes."""
UNTRUE = "the axiom 'one source' is not true of this design"


def test_a_kept_proof_is_not_one_of_a_design_that_breaks_an_axiom(tmp_path: Path) -> None:
    claim = replace(marked, formula=lambda machine: ONE_SOURCE)
    assert key(PROMISED, claim) == key(BROKEN_PROMISE, claim)
    broken = Explicit().check(Task(BROKEN_PROMISE, [claim]))[claim.name]
    assert broken.outcome is Outcome.VIOLATED

    def said(machine: Machine) -> tuple[bool, str]:
        (found,) = attempts(machine, [claim], Budget(60), cache=Cache(tmp_path))
        return found.proof is not None, found.reason

    order = (BROKEN_PROMISE, PROMISED, BROKEN_PROMISE, PROMISED)
    assert [said(m) for m in order] == [(False, UNTRUE), (True, "")] * 2


def test_what_the_solver_did_not_know_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Obligations, "possible", lambda self, terms: None)
        patch.setattr(SmallWorlds, "some", lambda self, terms: False)
        assert tried(cache=Cache(tmp_path)).proof is None
    assert tried(cache=Cache(tmp_path)).proof is not None
