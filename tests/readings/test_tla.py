"""The TLA+ text: it parses, says all that the machine says, and TLC counts what we count."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.model.cups import clean, level, mark, near
from tests.readings.texts import (
    CUP_PROPERTIES,
    a,
    b,
    bench_subject,
    cups_subject,
    design_subject,
)
from tests.readings.tla_text import parser
from unsay.designs.catalogue import shipped
from unsay.model.language import exists, forall, implies, taken
from unsay.model.readings.text import tla
from unsay.model.readings.text.claims import told_by_states
from unsay.model.readings.text.formats import FORMATS
from unsay.reports.texts import subject_of

DESIGNS = sorted(shipped())


def errors(text: str) -> list[str]:
    """The places that the parser does not understand."""
    found, open_nodes = [], [parser().parse(text.encode()).root_node]
    while open_nodes:
        node = open_nodes.pop()
        if node.is_error or node.is_missing:
            found.append(f"line {node.start_point.row + 1}: {node.text!r}")
        open_nodes += node.children
    return found


@cache
def design_text(name: str) -> str:
    return tla.module(design_subject(name))


@pytest.mark.parametrize("name", DESIGNS)
def test_the_module_of_every_shipped_design_parses(name: str) -> None:
    assert errors(design_text(name)) == []


def test_the_benchmark_protocol_parses() -> None:
    assert errors(tla.module(bench_subject(3, 2, 2))) == []


@pytest.mark.parametrize(
    ("what", "by"), [("|->", "|-"), (" ==\n", " =\n"), ("EXCEPT !", "EXCEPT "), ("\n====", "")]
)
def test_the_parser_sees_what_is_broken(what: str, by: str) -> None:
    text = design_text("ejabberd-4507")
    assert what in text
    assert errors(text.replace(what, by, 1)) != []


def operator(text: str, name: str) -> str:
    """The definition of an operator, up to the next empty line."""
    found = re.search(rf"^{name}(?:\([^)]*\))? ==.*?(?=\n\n|\Z)", text, re.S | re.M)
    assert found, name
    return found[0]


@pytest.mark.parametrize("name", DESIGNS)
def test_every_rule_says_of_every_table_what_becomes_of_it(name: str) -> None:
    """A primed variable once for each table that it writes, and the others are left alone."""
    subject, text = design_subject(name), design_text(name)
    kept = {s.name for s in subject.kept()}
    for rule in subject.machine.rules:
        body = operator(text, tla.camel(rule.name))
        primed = re.findall(r"/\\ (\w+)' =", body)
        alone = re.search(r"UNCHANGED <<(.*)>>", body, re.S)
        unchanged = re.findall(r"\w+", alone[1]) if alone else []
        assert sorted(primed + unchanged) == sorted(kept)
        assert set(primed) == {u.symbol.name for u in rule.updates} & kept
        guards = operator(text, f"Can{tla.camel(rule.name)}")
        assert re.findall(r"(\w+)::", guards) == [g.name for g in rule.guards]


@pytest.mark.parametrize("name", DESIGNS)
def test_every_rule_can_happen_and_every_property_is_checked(name: str) -> None:
    subject, text = design_subject(name), design_text(name)
    for rule in subject.machine.rules:
        kind = operator(text, tla.KINDS[rule.kind])
        assert f" : {tla.camel(rule.name)}(" in kind
    asked = tla.config(subject).splitlines()
    for claim in subject.claims:
        word = claim.name.replace("-", "_")
        line = f"PROPERTY Step_{word}" if claim.step else f"INVARIANT Inv_{word}"
        assert line in asked
        assert operator(text, line.split()[1])
        assert operator(text, f"Reached_{word}")


def test_history_that_no_property_reads_is_left_out() -> None:
    whole = tla.module(design_subject("ejabberd-4507"))
    part = tla.module(design_subject("ejabberd-4507", ["confirmed-means-done"]))
    assert "seen" in re.findall(r"(\w+) \\in \[", whole)
    assert "(history)" not in part
    assert "History tables that they read, which are part of the state: none." in part
    assert errors(part) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_property_of_another_kind_is_left_out_and_named(name: str) -> None:
    """A text without a way to say it must not say something else in its place."""
    other: Any = "about whole runs"
    asked = [*CUP_PROPERTIES, replace(CUP_PROPERTIES[0], name="in-the-end", kind=other)]
    text = FORMATS[name].write(subject_of(cups_subject().machine, asked, "cups", "unsay export"))
    assert "Left out, since it is about no state and no step: in-the-end." in text
    assert text.count("in-the-end") == 1
    assert "in_the_end" not in text
    assert "never-both-full" in text


def test_a_module_is_not_called_by_a_word_of_the_language() -> None:
    subject = bench_subject(2, 1, 1)
    named = tla.module(replace(subject, name="Next"))
    assert named.startswith("---- MODULE NextDesign ----\n")
    assert not tla.valid_name("Next")
    assert not tla.valid_name("x-y")
    assert not tla.valid_name("2fa")
    assert tla.valid_name("RecallBench")


def test_a_claim_that_asks_which_rule_a_step_is_is_left_out() -> None:
    """Two rules may lead from one state to the same other; a pair of states does not tell which."""
    premise = implies(taken("rinse", a) | exists(b, taken("swap", b)), level[a] > mark[a])
    told = [
        forall(a, premise & ~(clean[a] & taken("rinse", a))),
        forall(a, ~exists(b, near[a, b] & taken("swap", b)) | clean[a]),
    ]
    untold = [
        exists(a, taken("rinse", a)),
        forall(a, implies(clean[a], taken("rinse", a))),
        forall(a, ~(taken("rinse", a) & taken("swap", a))),
        forall(a, ~taken("rinse", a) | ~taken("swap", a)),
    ]
    assert [told_by_states(f.term) for f in (*told, *untold)] == [True] * 2 + [False] * 4
    subject = cups_subject()
    changed = replace(subject.claims[1], formula=untold[0].term)
    subject = replace(subject, claims=[subject.claims[0], changed])
    assert "Step_" not in tla.config(subject)
    assert "Step_" not in tla.module(subject)
    assert "Left out: TLA+ knows a step by its states" in tla.module(subject)
    assert errors(tla.module(subject)) == []
