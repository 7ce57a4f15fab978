"""The mypyvy text does what the machine does, step by step, by a reader of its own."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.helpers import designs
from tests.model.cups import TWO_CUPS, Colour, Cup, CupRule, clean, cups, near
from tests.readings.both import CHANGES, Beside, Ours, with_rule
from tests.readings.mypyvy_text import Tables, read
from tests.readings.texts import bench_subject, cups_subject, design_subject
from unsay.designs.catalogue import shipped
from unsay.model.design import Design
from unsay.model.language import (
    Bool,
    Kind,
    Layer,
    Sort,
    Symbol,
    compose,
    forall,
    if_else,
    leads_to,
)
from unsay.model.language.terms import ModelError
from unsay.model.readings.text import mypyvy
from unsay.model.readings.text.claims import Subject
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES
from unsay.reports.texts import subject_of


class Both(Beside):
    """A subject's machine under the reference reading and as its mypyvy text says."""

    def __init__(self, subject: Subject, text: str | None = None) -> None:
        super().__init__(subject)
        sorts = {s for t in self.machine.symbols for s in (*t.arguments, t.value)}
        sorts |= set(self.machine.structure.elements)
        self.sorts = {s.name: s for s in sorts if s.name != "Bool"}
        members = {name: range(self._size(s)) for name, s in self.sorts.items()}
        self.program = read(mypyvy.program(subject) if text is None else text, members)
        self.fixed = {**self._of_sorts(), **self._of_structure()}

    def _size(self, sort: Sort) -> int:
        return len(self.machine.structure.members(sort))

    def named(self, wanted: str, among: Mapping[str, Any]) -> str:
        """What a text calls it: where the name is taken, there are underscores after it."""
        return min((n for n in among if n.rstrip("_") == wanted), key=len)

    def _of_sorts(self) -> Tables:
        """The constants and orders that the text declares."""
        found: Tables = {}
        for name in self.program.sorts:
            sort = self.sorts[name]
            if sort.literals:
                constants = [n for n, t in self.program.tables.items() if t[:2] == ([], name)]
                found |= {c: {(): i} for i, c in enumerate(constants[: len(sort.literals)])}
            if sort.ordered:
                every = range(self._size(sort))
                found[f"least_{name.lower()}"] = {(): 0}
                pairs = itertools.product(every, every)
                found[f"before_{name.lower()}"] = {(i, j): i < j for i, j in pairs}
        return found

    def _of_structure(self) -> Tables:
        structure = self.machine.structure
        return {
            self._table(s): {p: self._value(s, i) for p, i in structure.rigid[s].items()}
            for s in self.machine.symbols
            if s.role == "rigid"
        }

    def _table(self, symbol: Symbol) -> str:
        return self.named(symbol.name.lower(), self.program.tables)

    def _value(self, symbol: Symbol, position: int) -> Any:
        return bool(position) if symbol.value.name == "Bool" else position

    def tables(self, state: Ours) -> Tables:
        """A state of ours, with all that is fixed, as the text has it."""
        found = dict(self.fixed)
        for (symbol, place), value in state.items():
            name = self._table(symbol)
            found.setdefault(name, {})[tuple(place)] = self._value(symbol, value)
        assert set(found) == set(self.program.tables)
        return found

    def differences(self, state: Ours) -> list[str]:
        """What the two readings do not agree on in ``state`` and in the steps out of it."""
        now, found = self.tables(state), []
        steps = list(self.our_steps(state))
        ours = {
            (self.named(r.name, self.program.transitions), arguments): self.tables(after)
            for r, arguments, after in steps
        }
        theirs = {(name, arguments): after for name, arguments, after in self.program.steps(now)}
        if ours != theirs:
            found.append(f"steps {sorted(ours)} {sorted(theirs)}")
        for claim in self.subject.claims:
            truth = (
                all(self.reference.holds_at_step(claim.formula, state, *step) for step in steps)
                if claim.step
                else self.reference.holds(claim.formula, state)
            )
            if self.program.holds(self.program.safety[claim.name.replace("-", "_")], now) != truth:
                found.append(claim.name)
        starts = all(self.program.holds(s, now) for s in self.program.starts)
        if starts != (state == self.reference.initial()):
            found.append("init")
        if not all(self.program.holds(a, now) for a in self.program.axioms):
            found.append("axiom")
        return found


def test_updates_that_read_and_overwrite_each_other() -> None:
    assert Both(cups_subject()).everywhere() == (17, [])


@pytest.mark.parametrize("size", [(2, 1, 1), (2, 1, 2)])
def test_the_benchmark_protocol(size: tuple[int, int, int]) -> None:
    states, differences = Both(bench_subject(*size)).everywhere()
    assert states > 10
    assert differences == []


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_random_run_of_every_shipped_design(name: str) -> None:
    assert Both(design_subject(name)).along(4, random.Random(name)) == []


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs())
def test_random_designs(design: Design) -> None:
    """Over every policy and fault: the first states of a run."""
    machine = build_machine(design)
    both = Both(subject_of(machine, PROPERTIES.values(), "drawn", "unsay export drawn"))
    assert both.along(3, random.Random(0)) == []


odd: Layer[None] = Layer("odd", "Names that mypyvy does not let stand for two things, and more.")
CASE, e = Cup.variables("CASE e")
named_like_a_variable = odd.state("c", Cup, to=Bool, says="The cup is chipped.")
named_like_a_word = odd.state("new", Cup, to=Colour, initially=Colour.green, says="Its colour.")
named_like_a_member = odd.state("red", Cup, to=Bool, says="The cup was red.")
never = odd.state("never", Cup, to=Colour, initially=Colour.blue, says="No rule changes it.")
without_cells = odd.state("now", to=Bool, says="A cup has been chipped.")


@odd.rule(Kind.ACT, at="c")
def chip(rule: CupRule, c: Cup, d: Cup) -> None:
    """Cup c is chipped by cup d, and what is next to it as well, if d is clean."""
    whole = ~named_like_a_variable[c]
    rule.guard(c=whole & forall(CASE, ~named_like_a_variable[CASE] | near[CASE, d]))
    rule.guard(never=never[c] != named_like_a_word[c])
    rule.update(named_like_a_variable[c], to=True)
    rule.update(named_like_a_variable[e], to=clean[d], each=e, where=near[c, e] & (e != d))
    rule.update(
        named_like_a_word[c],
        to=if_else(clean[d], Colour.red, if_else(named_like_a_member[d], never[c], Colour.green)),
    )
    rule.update(named_like_a_member[c], to=named_like_a_word[c] == Colour.red)


def test_names_that_are_taken() -> None:
    machine = compose("odd", [cups, odd], None, TWO_CUPS)
    text = mypyvy.program(subject_of(machine, [], "odd", "unsay export odd"))
    assert "immutable function never(Cup): Colour" in text
    both = Both(subject_of(machine, [], "odd", "unsay export odd"), text)
    states, differences = both.everywhere()
    assert states > 2
    assert differences == []


def test_the_scope_is_not_in_the_text() -> None:
    def code(*size: int) -> list[str]:
        text = mypyvy.program(bench_subject(*size))
        return [line for line in text.splitlines() if not line.startswith("#")]

    assert code(2, 1, 1) == code(3, 2, 2)


def test_whether_it_can_be_decided_is_said_at_the_head() -> None:
    assert "stays inside the decidable fragment" in mypyvy.program(bench_subject(2, 1, 1))
    outside = mypyvy.program(design_subject("article-tracked", ["no-resurrection"]))
    assert "leaves the decidable fragment" in outside


def test_what_is_about_infinite_runs_has_no_text() -> None:
    subject = cups_subject()
    endless = leads_to(forall(e, clean[e]), forall(e, ~clean[e])).term
    changed = replace(subject.claims[0], formula=endless)
    with pytest.raises(ModelError):
        mypyvy.program(replace(subject, claims=[changed]))


def test_what_no_rule_changes_is_no_invariant() -> None:
    """mypyvy refuses an invariant that mentions nothing that changes: it asks for a theorem."""
    subject = cups_subject()
    kept = replace(subject.claims[0], name="near", formula=forall(e, near[e, e]).term)
    text = mypyvy.program(replace(subject, claims=[*subject.claims, kept]))
    assert "\ntheorem [near] " in text
    assert text.count("\nsafety ") == len(subject.claims)


# What is broken on purpose is noticed.


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("rule", ["rinse", "splash"])
def test_a_writer_that_forgets_something_is_noticed(change: str, rule: str) -> None:
    text = mypyvy.program(with_rule(rule, CHANGES[change]))
    assert Both(cups_subject(), text).everywhere()[1] != []


@pytest.mark.parametrize(
    ("what", "by"),
    [
        ("then level(a)", "then level(c)"),
        ("!near(", "near("),
        ("safety [never_both_full] ", "safety [never_both_full] !"),
        ("init forall p0: Cup. !clean", "init forall p0: Cup. clean"),
        ("axiom [before_level_total] ", "axiom [before_level_total] !"),
        ("before_level(least_level, lv)", "before_level(lv, least_level)"),
    ],
)
def test_a_text_with_something_else_in_it_is_noticed(what: str, by: str) -> None:
    subject = cups_subject()
    text = mypyvy.program(subject)
    assert what in text
    assert Both(subject, text.replace(what, by, 1)).everywhere()[1] != []


def test_a_table_that_is_written_but_not_listed_is_noticed() -> None:
    subject = cups_subject()
    text = mypyvy.program(subject)
    assert "modifies level, clean\n" in text
    with pytest.raises(AssertionError):
        Both(subject, text.replace("modifies level, clean\n", "modifies level\n")).everywhere()
