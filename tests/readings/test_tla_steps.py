"""The TLA+ text does what the machine does, step by step, by a reader of its own."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.helpers import designs
from tests.model.cups import TWO_CUPS, Cup, CupRule, clean, cups, near
from tests.readings.both import CHANGES, Beside, Ours, with_rule
from tests.readings.texts import bench_subject, cups_subject, design_subject
from tests.readings.tla_text import Environment, Module
from unsay.designs.catalogue import shipped
from unsay.model.design import Design
from unsay.model.language import Bool, Kind, Layer, compose, forall
from unsay.model.readings.text import tla
from unsay.model.readings.text.claims import Subject
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES
from unsay.reports.texts import subject_of

Step = tuple[str, tuple[Any, ...]]


class Both(Beside):
    """A subject's machine under the reference reading and as its TLA+ text says."""

    def __init__(self, subject: Subject, text: str | None = None) -> None:
        super().__init__(subject)
        self.module = Module(tla.module(subject) if text is None else text)

    def in_tla(self, state: Ours) -> Environment:
        """A state of ours as TLA+ has it."""
        found: Environment = {}
        for (symbol, place), value in state.items():
            names = tuple(map(self._value, symbol.arguments, place))
            where = names[0] if len(names) == 1 else names
            found.setdefault(symbol.name, {})[where] = self._value(symbol.value, value)
        return found

    def _value(self, sort: Any, position: int) -> Any:
        if sort.name == "Bool":
            return bool(position)
        return position if sort.ordered else self.machine.structure.members(sort)[position]

    def differences(self, state: Ours) -> list[str]:
        """What the two readings do not agree on in ``state`` and in the steps out of it."""
        now, found = self.in_tla(state), []
        ours: dict[Step, Environment] = {}
        judged: list[tuple[Environment, str, bool]] = []
        for rule, arguments, after in self.our_steps(state):
            pairs = zip(rule.parameters, arguments, strict=True)
            names = tuple(self._value(p.of, i) for p, i in pairs)
            ours[tla.camel(rule.name), names] = self.in_tla(after)
            for claim in self.subject.claims:
                if claim.step and after != state:
                    truth = self.reference.holds_at_step(
                        claim.formula, state, rule, arguments, after
                    )
                    judged.append((self.in_tla(after), claim.name, truth))
        theirs = {(name, arguments): after for name, arguments, after in self.module.steps(now)}
        if ours != theirs:
            found.append(f"steps {sorted(ours)} {sorted(theirs)}")
        for after, name, truth in judged:
            # A step of TLA+ is a pair of states, whichever rule makes it.
            one = truth and all(t for a, n, t in judged if a == after and n == name)
            if self.module.holds(f"Step_{name.replace('-', '_')}", now, after) != one:
                found.append(f"{name} of a step")
        for claim in self.subject.claims:
            name = claim.name.replace("-", "_")
            asked = [(f"Reached_{name}", claim.situation)]
            asked += [] if claim.step else [(f"Inv_{name}", claim.formula)]
            found += [
                operator
                for operator, term in asked
                if self.module.holds(operator, now) != self.reference.holds(term, state)
            ]
        if not self.module.holds("TypeOK", now):
            found.append("TypeOK")
        return found


def test_updates_that_read_and_overwrite_each_other() -> None:
    both = Both(cups_subject())
    assert both.module.start() == both.in_tla(both.reference.initial())
    assert both.everywhere() == (17, [])


@pytest.mark.parametrize("size", [(2, 1, 1), (2, 1, 2)])
def test_the_benchmark_protocol(size: tuple[int, int, int]) -> None:
    both = Both(bench_subject(*size))
    assert both.module.start() == both.in_tla(both.reference.initial())
    states, differences = both.everywhere()
    assert states > 10
    assert differences == []


def test_names_of_variables_that_are_taken() -> None:
    machine = compose("clashes", [cups, clashes], None, TWO_CUPS)
    both = Both(subject_of(machine, [], "clashes", "unsay export clashes"))
    states, differences = both.everywhere()
    assert states > 2
    assert differences == []


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_random_run_of_every_shipped_design(name: str) -> None:
    both = Both(design_subject(name))
    assert both.module.start() == both.in_tla(both.reference.initial())
    assert both.along(8, random.Random(name)) == []


clashes: Layer[None] = Layer("clashes", "Names that TLA+ does not let stand for two things.")
CASE, e = Cup.variables("CASE e")
named_like_a_variable = clashes.state("c", Cup, to=Bool, says="The cup is chipped.")


@clashes.rule(Kind.ACT, at="c")
def chip(rule: CupRule, c: Cup, d: Cup) -> None:
    """Cup c is chipped by cup d, and what is next to it as well, if d is clean."""
    whole = ~named_like_a_variable[c]
    rule.guard(c=whole & forall(CASE, ~named_like_a_variable[CASE] | near[CASE, d]))
    rule.update(named_like_a_variable[c], to=True)
    rule.update(named_like_a_variable[e], to=clean[d], each=e, where=near[c, e] & (e != d))


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs())
def test_random_designs(design: Design) -> None:
    """Over every policy and fault: the first states of a run."""
    machine = build_machine(design)
    both = Both(subject_of(machine, PROPERTIES.values(), "drawn", "unsay export drawn"))
    assert both.along(6, random.Random(0)) == []


# What is broken on purpose is noticed.


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("rule", ["rinse", "splash"])
def test_a_writer_that_forgets_something_is_noticed(change: str, rule: str) -> None:
    text = tla.module(with_rule(rule, CHANGES[change]))
    assert Both(cups_subject(), text).everywhere()[1] != []


@pytest.mark.parametrize(
    ("what", "by"),
    [
        ("ELSE @", "ELSE level[a]"),
        ("![partner[a]] = level[a]", "![partner[a]] = level[partner[a]]"),
        ("~near[a, c]", "near[a, c]"),
        ("{<<", '{<<"right", "left">>, <<'),
        ("level[a] >= mark[a]", "level[a] < mark[a]"),
        ("level[a] >= level'[a]", "level[a] >= level[a]"),
        ("0..2", "0..1"),
        ("/\\ UNCHANGED <<touched>>", "/\\ touched' = [c \\in Cup, c2 \\in Cup |-> FALSE]"),
    ],
)
def test_a_text_with_something_else_in_it_is_noticed(what: str, by: str) -> None:
    subject = cups_subject()
    text = tla.module(subject)
    assert what in text
    assert Both(subject, text.replace(what, by, 1)).everywhere()[1] != []
