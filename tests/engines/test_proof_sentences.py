"""Lemmas as sentences; terms and proofs as data."""

from __future__ import annotations

import json

import pytest

from unsay.designs.catalogue import shipped
from unsay.engines.proof.sentences import legend, sentence
from unsay.engines.proof.terms_as_data import TermReader, as_data
from unsay.model.design import load_design
from unsay.model.language import Bool, Machine, all_of, any_of, exists, forall, implies
from unsay.model.recall.access import held, online, push
from unsay.model.recall.commands import issued
from unsay.model.recall.links import wire
from unsay.model.recall.machine import build_machine
from unsay.model.recall.routing import acked
from unsay.model.recall.storage import newest
from unsay.model.recall.vocabulary import Act, Command, Device, Node, Version, act, target, version
from unsay.properties import PROPERTIES, PropertyKind

MACHINE = build_machine(load_design(shipped()["article-repaired"]))
one, two = Command.variables("command1 command2")
node, other = Node.variables("node1 node2")
device = Device.variable("device")

SENTENCES: dict[str, Bool] = {
    "for every command c, node v: acked[c, v] implies newest[v, target[c]] >= version[c]": forall(
        (one, node), ~acked[one, node] | ~(newest[node, target[one]] < version[one])
    ),
    "for every command c, device d: push[c, d] implies issued[c] or online[d]": forall(
        (one, device), any_of(issued[one], ~push[one, device], online[device])
    ),
    "for every command c, command b: target[c] = target[b] and issued[c] implies issued[b]": forall(
        (one, two), any_of(~(target[one] == target[two]), ~issued[one], issued[two])
    ),
    "for every command c, node v: (for some node w: wire[c, v, w]) implies issued[c]": forall(
        (one, node), issued[one] | ~exists(other, wire[one, node, other])
    ),
    "for every command c: act[c] != recall": forall(one, act[one] != Act.recall),
    "for every device d, command c: held[d, target[c]] = Version.least": forall(
        (device, one), held[device, target[one]] == Version.least()
    ),
    "for every command c: issued[c] and act[c] = recall": forall(
        one, all_of(issued[one], act[one] == Act.recall)
    ),
    "for every command c: act[c] != send implies act[c] = recall": forall(
        one, any_of(act[one] == Act.recall, act[one] == Act.send)
    ),
}


@pytest.mark.parametrize("said", SENTENCES)
def test_a_lemma_is_said_with_few_negations(said: str) -> None:
    assert sentence(SENTENCES[said].term, MACHINE) == said


def test_a_variable_bound_inside_has_a_letter_of_its_own() -> None:
    term = forall(one, implies(issued[one], exists(two, issued[two] & (two != one)))).term
    assert sentence(term, MACHINE) == (
        "for every command c: issued[c] implies (for some command b: issued[b] and b != c)"
    )


def test_the_legend_tells_what_tables_mean() -> None:
    term = forall((one, node), acked[one, node]).term
    assert legend([term]) == {"acked[Command, Node]": acked.symbol.says}


def machines() -> list[Machine]:
    return [build_machine(load_design(path)) for path in shipped().values()]


def test_terms_come_back_from_json_as_they_were() -> None:
    for machine in machines():
        reader = TermReader(machine)
        claims = [p for p in PROPERTIES.values() if p.kind is not PropertyKind.EVENTUALLY]
        terms = [t for p in claims for t in (p.claim(machine), p.situation(machine))]
        terms += [t for rule in machine.rules for t in rule.terms()]
        terms += [a.formula for a in machine.axioms]
        for term in terms:
            assert reader.term(json.loads(json.dumps(as_data(term)))) == term


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        7,
        "and",
        ["xor", ["member", "true", "Bool"]],
        ["not"],
        ["=", ["member", "true", "Bool"]],
        ["member", "maybe", "Bool"],
        ["member", "true", "Nobody"],
        ["read", "issued"],
        ["read", "issued", ["member", "true", "Bool"]],
        ["read", "no_such_table"],
        ["for every", [["c"]], ["member", "true", "Bool"]],
        ["variable", "c"],
    ],
)
def test_what_is_no_term_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        TermReader(MACHINE).term(data)


def test_a_claim_about_infinite_runs_is_no_data() -> None:
    with pytest.raises(ValueError, match="says nothing about states or steps"):
        as_data(PROPERTIES["comes-to-rest"].claim(MACHINE))
