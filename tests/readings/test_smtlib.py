"""The SMT-LIB text: two solvers answer it, as the bounded engine does."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import cvc5
import pytest
import z3

from tests.model.cups import TWO_CUPS, Cup, CupRule, clean, cups
from tests.readings.texts import CUP_PROPERTIES, bench_subject, cups_subject, design_subject
from unsay.engines.bounded import Bounded
from unsay.engines.protocol import Task
from unsay.model.language import Bool, Kind, Layer, Machine, compose, exists, forall, taken
from unsay.model.language.terms import FALSE
from unsay.model.readings.text.claims import Subject
from unsay.model.readings.text.smtlib import script
from unsay.properties import Property, PropertyKind
from unsay.reports.texts import subject_of


def by_cvc5(text: str) -> str:
    solver = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "text")
    names, said = parser.getSymbolManager(), []
    while not (command := parser.nextCommand()).isNull():
        said.append(command.invoke(solver, names).strip())
    return "".join(said)


def by_z3(text: str) -> str:
    solver = z3.Solver()
    solver.from_string(text)
    return str(solver.check())


SOLVERS = {"cvc5": by_cvc5, "z3": by_z3}


def answer(subject: Subject, depth: int, solver: Callable[[str], str]) -> str:
    return solver(script(replace(subject, depth=depth)))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("claim", range(2))
def test_a_broken_claim_is_found_at_its_length_and_not_before(solver: str, claim: int) -> None:
    whole = cups_subject()
    subject = replace(whole, claims=[whole.claims[claim]])
    p = CUP_PROPERTIES[claim]
    steps = len(Bounded().check(Task(whole.machine, [p]))[p.name].run or ())
    assert steps > 0
    assert answer(subject, steps - 1, SOLVERS[solver]) == "unsat"
    assert answer(subject, steps, SOLVERS[solver]) == "sat"
    assert answer(subject, steps + 2, SOLVERS[solver]) == "sat"


@cache
def design_text(depth: int) -> str:
    return script(replace(design_subject("ejabberd-4507", ["agreement-at-rest"]), depth=depth))


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_design(solver: str) -> None:
    """The manifest has six steps."""
    assert SOLVERS[solver](design_text(5)) == "unsat"
    assert SOLVERS[solver](design_text(6)) == "sat"


def test_equal_subjects_make_equal_texts() -> None:
    """Whatever else was made in this process: Z3 puts parts of a disjunction in order of age."""
    subject = replace(design_subject("ejabberd-4507", ["agreement-at-rest"]), depth=2)
    texts, made = set(), []
    for seed in range(6):
        text = script(subject)
        texts.add(text)
        chance = random.Random(seed)
        names = re.findall(r"\(declare-fun \|(\S+)\| ", text)
        for name in chance.sample(names, len(names) // 2):
            made += [z3.Not(z3.Bool(name)), z3.Extract(0, 0, z3.BitVec(name, 2)) == 1]
        del made[:: 1 + seed % 3]
    assert len(texts) == 1


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_claim_about_steps_where_none_is_possible(solver: str) -> None:
    whole = bench_subject(2, 1, 1)
    send = whole.machine.rule("send")
    never = tuple(replace(g, condition=FALSE) for g in send.guards)
    still = whole.machine.with_rules([replace(send, guards=never)])
    step = replace(whole.claims[0], formula=FALSE, step=True)
    subject = replace(whole, machine=still, claims=[step])
    assert answer(subject, 2, SOLVERS[solver]) == "unsat"
    possible = replace(subject, machine=whole.machine.with_rules([send]))
    assert answer(possible, 2, SOLVERS[solver]) == "sat"


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_holds_is_not_broken(solver: str) -> None:
    assert answer(bench_subject(2, 1, 1), 4, SOLVERS[solver]) == "unsat"


a = Cup.variable("a")
once: Layer[None] = Layer("once", "A machine that stops after one step.")


@once.rule(Kind.ACT, at="a")
def seal(rule: CupRule, a: Cup) -> None:
    """Cup a is cleaned, and nothing more."""
    rule.guard(first=forall(b, ~clean[b]))
    rule.update(clean[a], to=True)


b = Cup.variable("b")


def claim_of(kind: PropertyKind, formula: Callable[[Machine], Bool]) -> Property:
    return Property("claim", "A claim.", kind, formula, lambda m: exists(a, clean[a]), "a cup")


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_run_may_end_and_its_end_is_no_step(solver: str) -> None:
    machine = compose("once", [cups, once], None, TWO_CUPS)
    broken = claim_of(PropertyKind.ALWAYS, lambda machine: ~exists(a, clean[a]))
    sound = claim_of(PropertyKind.STEP, lambda machine: exists(a, taken("seal", a)))
    for p, expected in ((broken, "sat"), (sound, "unsat")):
        subject = subject_of(machine, [p], "once", "unsay export once")
        assert answer(subject, 3, SOLVERS[solver]) == expected
    assert answer(subject_of(machine, [broken], "once", ""), 0, SOLVERS[solver]) == "unsat"


def test_the_text_tells_what_its_numbers_mean() -> None:
    text = script(replace(design_subject("ejabberd-4507", ["agreement-at-rest"]), depth=1))
    assert "; Command: 0 m1.send, 1 m1.recall" in text
    assert "; step 0: issue(m1.send, server)" in text
    assert text.count("(check-sat)") == 1
    assert "(set-logic QF_BV)" in text
