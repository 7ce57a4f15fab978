"""Where lemmas come from: short ones that stand together, and what a broken step is about."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.engines.proofs import BENCH
from unsay.designs.catalogue import shipped
from unsay.engines.proof.atoms import vocabulary
from unsay.engines.proof.clauses import Clause
from unsay.engines.proof.countermodels import Countermodels
from unsay.engines.proof.houdini import Houdini, short_clauses
from unsay.engines.proof.obligations import Goal, Obligation
from unsay.engines.proof.pool import Pool
from unsay.engines.proof.prover import never_written
from unsay.engines.proof.samples import worlds_of
from unsay.engines.proof.separating import Separating
from unsay.engines.proof.sizes import base_sizes, sizes
from unsay.engines.proof.violations import violation
from unsay.model.design import load_design
from unsay.model.language import Axiom, Machine, forall
from unsay.model.language.effects import apart
from unsay.model.readings.anysize import AtSizes
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import odd, r
from unsay.properties.recall_bench import BENCH_PROPERTIES, confirmed_means_applied


def pool_of(machine: Machine) -> Pool:
    claims = [p.claim(machine) for p in BENCH_PROPERTIES]
    sample = worlds_of(BENCH, (), 2000, lambda: None)
    return Pool(vocabulary(machine, claims), [sample], 2, lambda: None)


def smallest(machine: Machine) -> Countermodels:
    return Countermodels(machine, machine.symbols, sizes(machine)[0], 5000)


def candidates(machine: Machine) -> list[Clause]:
    return [c for rows in pool_of(machine).all_rows(2) for c in short_clauses(rows)]


def standing(machine: Machine, clauses: list[Clause]) -> list[Clause]:
    given = list(never_written(machine))
    return Houdini(machine, smallest(machine), lambda: None).standing(clauses, given)


def test_short_lemmas_that_stand_are_kept_by_every_rule_together() -> None:
    stand = standing(BENCH, candidates(BENCH))
    assert stand
    known = [*never_written(BENCH), *(c.term for c in stand)]
    finder = smallest(BENCH)
    for clause in stand:
        for rule in BENCH.rules:
            assert finder.keeps(Goal(clause.term), rule.name, known), f"{rule.name}: {clause.term}"


def test_what_a_rule_breaks_does_not_stand() -> None:
    """ "No node has applied a recall" is true at first only."""
    sample = worlds_of(BENCH, (), 1, lambda: None)
    assert sample.states == 1
    pool = Pool(vocabulary(BENCH, []), [sample], 2, lambda: None)
    first = [c for rows in pool.all_rows(2) for c in short_clauses(rows)]
    untouched = [c for c in first if "number" in str(c.term) and len(c.literals) == 1]
    assert untouched
    reached = worlds_of(BENCH, (), 2000, lambda: None)
    stand = standing(BENCH, untouched)
    assert all(reached.holds(c.term).all() for c in stand)
    assert any(not reached.holds(c.term).all() for c in untouched)


def test_no_short_lemma_is_implied_by_simpler_ones() -> None:
    stand = standing(BENCH, candidates(BENCH))
    reading = AtSizes(BENCH, sizes=sizes(BENCH)[0])
    for clause in stand:
        # Those after it may imply it: it came first, so it is the simpler one.
        before = stand[: stand.index(clause)]
        alone = z3.Solver(ctx=reading.context)
        alone.add(*(formula for _, formula in reading.background()))
        alone.add(*(reading.closed(c.term) for c in before))
        alone.add(z3.Not(reading.closed(clause.term)))
        assert alone.check() == z3.sat, str(clause.term)


def test_short_clauses_are_true_of_all_samples_and_no_shorter_one_says_them() -> None:
    for rows in pool_of(BENCH).all_rows(2):
        seen: set[frozenset[object]] = set()
        for clause in short_clauses(rows):
            literals = frozenset(clause.literals)
            assert not any(known < literals for known in seen)
            seen.add(literals)


def test_every_shipped_design_has_worlds_of_the_small_sizes() -> None:
    """Out of a contradiction, all lemmas would stand."""
    for path in shipped().values():
        machine = build_machine(load_design(path))
        for some in (base_sizes(machine), *sizes(machine)):
            reading = AtSizes(machine, sizes=some)
            solver = z3.Solver(ctx=reading.context)
            solver.add(*(formula for _, formula in reading.background()))
            assert solver.check() == z3.sat, f"{path}: {some}"


def test_a_contradiction_is_a_defect_and_nothing_stands_out_of_it() -> None:
    nobody = Axiom("nobody", "No recall is odd, and all are.", forall(r, odd[r] & ~odd[r]).term)
    with pytest.raises(AssertionError, match="worlds of this size"):
        standing(replace(BENCH, axioms=(nobody,)), [])


def test_a_violation_names_the_rule_s_arguments_and_the_broken_values() -> None:
    goal = Goal(confirmed_means_applied.claim(BENCH))
    finder = smallest(BENCH)
    for rule in BENCH.rules:
        answer = finder.ask(Obligation(goal, rule.name, ()))
        if answer.against is None:
            continue
        own = apart(rule, f"{rule.name}.")
        found = violation(goal, own, answer.against, ())
        assert found is not None
        names = [v.name for v in found.members]
        assert names[: len(own.parameters)] == [p.name for p in own.parameters]
        assert len(names) > len(own.parameters)
        assert tuple(found.members.values())[: len(own.parameters)] == answer.against.arguments
        return
    pytest.fail("no rule breaks the claim from any state: choose another claim")


@settings(max_examples=100, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 8), st.integers(1, 7))), st.randoms())
def test_columns_that_separate_are_all_those_of_which_no_fewer_do(agree: Any, chance: Any) -> None:
    columns = range(agree.shape[1])

    def separate(some: Iterable[int]) -> bool:
        return not agree[:, list(some)].all(axis=1).any()

    every = Separating(agree, chance.sample(columns, len(columns)), 10**6)
    for size in range(1, len(columns) + 1):
        found = list(every.of(size))
        assert len(found) == len(set(found))
        assert set(found) == {
            some
            for some in itertools.combinations(columns, size)
            if separate(some) and not any(separate({*some} - {c}) for c in some)
        }


def test_what_separates_is_looked_for_in_so_many_steps_only() -> None:
    agree = ~np.eye(12, dtype=bool).repeat(2, axis=1)
    assert len(list(Separating(agree, range(24), 10**6).of(12))) == 2**12
    assert 0 < len(list(Separating(agree, range(24), 500).of(12))) < 500


def test_a_clause_excludes_what_the_states_have_in_common() -> None:
    goal = Goal(confirmed_means_applied.claim(BENCH))
    finder, pool = smallest(BENCH), pool_of(BENCH)
    rules = {r.name: apart(r, f"{r.name}.") for r in BENCH.rules}
    for rule in BENCH.rules:
        against = finder.ask(Obligation(goal, rule.name, ())).against
        seen = None if against is None else violation(goal, rules[rule.name], against, ())
        if against is None or seen is None:
            continue
        near = frozenset(BENCH.symbols)
        clauses = [c for some in pool.against([seen], near, ()) for c in some]
        assert clauses
        for clause in clauses[:20]:
            assert not np.all(against.before.holds(clause.term)), str(clause.term)
            assert all(sample.holds(clause.term).all() for sample in pool.samples)
        return
    pytest.fail("no rule breaks the claim from any state: choose another claim")
