"""What leaves the decidable fragment is named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest

from tests.helpers import chain
from tests.model.cups import refusal
from unsay.model.language import (
    Bool,
    Choice,
    Element,
    Kind,
    Layer,
    Machine,
    Ordered,
    RuleBuilder,
    Structure,
    after_step,
    all_of,
    compose,
    exists,
    forall,
    if_else,
    implies,
    leads_to,
    taken,
)
from unsay.model.readings.fragment import fragment_lines, outside
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Size, build_bench, confirmed_is_applied, status_is_the_recall_s
from unsay.properties import PROPERTIES, PropertyKind


class Book(Element):
    """Something to read."""


class Shelf(Element):
    """Where books stand."""


class Rank(Ordered):
    """How dear a book is."""


class Cover(Choice):
    """What a book looks like."""

    soft: ClassVar[Cover]
    hard: ClassVar[Cover]


ShelfRule = RuleBuilder[None]
books: Layer[None] = Layer("books", "Books and shelves.")
place = books.rigid("place", Book, to=Shelf, says="The shelf on which the book belongs.")
first = books.rigid("first", Shelf, to=Book, says="The first book of the shelf.")
next_book = books.rigid("next_book", Book, to=Book, says="The book beside it.")
cover = books.rigid("cover", Book, to=Cover, says="The book's cover.")
best = books.rigid("best", Cover, to=Book, says="The best book with such a cover.")
rank = books.state("rank", Book, to=Rank, says="How dear the book is.")
lent = books.state("lent", Book, to=Bool, says="The book is away.")
beside = books.rigid("beside", Book, Shelf, to=Bool, says="The book is near the shelf.")

b, c, d = Book.variables("b c d")
s, t = Shelf.variables("s t")
k = Cover.variable("k")
BY_PLACE = "place leads from Book back to Shelf"


def machine(
    *axioms: Bool, guard: Bool | None = None, where: Bool | bool = True, reads: bool = False
) -> Machine:
    """Books, with these axioms and with one rule under a guard and a condition."""
    rules: Layer[None] = Layer("rules", "What is done with books.")

    @rules.rule(Kind.ACT, at="b")
    def lend(rule: ShelfRule, b: Book) -> None:
        """Book b is taken away."""
        rule.guard(there=~lent[b], asked=all_of() if guard is None else guard)
        rule.update(lent[c], to=True, each=c, where=(c == b) & where)

    for i, axiom in enumerate(axioms):
        rules.axiom(f"axiom {i}", "An axiom.", axiom)
    elements = {Book.sort: ("one",), Shelf.sort: ("top",), Rank.sort: ("low", "high")}
    tables = [place, first, next_book, cover, beside]
    rigid = {x.symbol: {(0,) * len(x.symbol.arguments): 0 for _ in [0]} for x in tables}
    rigid[best.symbol] = {(0,): 0, (1,): 0}
    return compose("books", [books, rules], None, Structure(elements, rigid))


NONE_LENT = {"none lent": forall(b, ~lent[b]).term}


def told(made: Machine, claims: dict[str, Bool] | None = None) -> list[str]:
    terms = NONE_LENT if claims is None else {name: f.term for name, f in claims.items()}
    return [str(each) for each in outside(made, terms)]


INSIDE: dict[str, Bool] = {
    "for every": forall((b, c), implies(lent[b], lent[c])),
    "there is": exists(b, lent[b]),
    "there is, for every": exists(b, forall(c, lent[b] | ~lent[c])),
    "a function in one direction": forall(b, beside[b, place[b]]),
    "another sort, with no way back": forall(b, exists(s, beside[b, s])),
    "a witness that hangs on nothing": forall(s, exists(b, lent[b]) | beside[first[s], s]),
    "an enumeration on the way": forall(b, lent[best[cover[b]]]),
    "for every member of an enumeration": forall(k, exists(b, cover[b] == k)),
    "some member of an enumeration": forall(b, exists(k, cover[b] == k)),
    "a relation and back": forall((b, s), implies(beside[b, s], lent[b])),
}


@pytest.mark.parametrize("case", INSIDE)
def test_what_stays_inside(case: str) -> None:
    assert told(machine(INSIDE[case])) == []


some_book = exists(b, beside[b, s])
OUTSIDE: dict[str, tuple[Bool, str]] = {
    "a function back to its own sort": (
        forall(b, lent[next_book[b]]),
        "tables: next_book leads from Book back to Book",
    ),
    "two functions in a circle": (
        forall(b, lent[first[place[b]]]),
        "tables: first leads from Shelf to Book, and place leads from Book back to Shelf",
    ),
    "there is, of the same sort": (
        forall(b, exists(c, lent[c] & (c != b))),
        "axiom 'axiom 0': for every Book there is another Book",
    ),
    "there is, and a function back": (
        forall(s, exists(b, place[b] == s)),
        f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}",
    ),
    "two of them": (
        forall(s, some_book) & forall(b, exists(s, ~beside[b, s])),
        "axiom 'axiom 0': for every Shelf there is a Book, and "
        "axiom 'axiom 0' leads from Book back to Shelf",
    ),
    "not all not": (
        forall(s, ~forall(b, place[b] != s)),
        f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}",
    ),
    "on the left of implies": (
        forall(s, implies(forall(b, place[b] != s), s == s)),
        f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}",
    ),
    "denied some": (
        ~exists(s, forall(b, place[b] != s)),
        f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}",
    ),
    "through the variable between": (
        forall(s, exists(b, beside[b, s] & exists(c, (b != c) & (place[c] != s)))),
        f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}",
    ),
    "in an equation of truths": (
        forall(s, forall(b, place[b] != s) == all_of()),
        f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}",
    ),
    "in a condition between formulas": (
        forall(s, if_else(forall(b, place[b] != s), s == s, s == s)),
        f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}",
    ),
    "in a denied condition": (
        forall(s, ~if_else(exists(b, place[b] == s), s == s, s == s)),
        f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}",
    ),
    "in a condition": (
        forall((b, s), place[if_else(exists(c, place[c] == s), b, b)] == s),
        f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}",
    ),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_what_leaves_is_named(case: str) -> None:
    formula, line = OUTSIDE[case]
    assert line in told(machine(formula))


def test_a_witness_hangs_on_what_it_mentions_only() -> None:
    """Also by way of a variable that is itself a witness."""
    read = forall(b, beside[b, place[b]])
    apart = forall(s, beside[first[s], s] | exists(b, lent[b]))
    assert told(machine(apart)) == []
    linked = forall(s, exists(b, beside[b, s] & exists(c, (b != c) & lent[c])))
    assert len(told(machine(read, linked))) == 1


def test_the_parts_of_a_rule_are_named() -> None:
    read = forall(b, beside[b, place[b]])
    every_shelf = forall(s, exists(d, beside[d, s]))
    guarded = machine(read, guard=every_shelf)
    line = f"for every Shelf there is a Book, and {BY_PLACE}"
    assert told(guarded) == [f"rule lend: guard asked: {line}"]
    conditional = machine(read, where=every_shelf)
    assert told(conditional) == [f"the denial of claim 'none lent' after lend: {line}"]
    # A claim that does not read what the rule writes is not touched by the condition.
    assert told(conditional, {"ranks": forall(b, rank[b] == Rank.least())}) == []


def test_claims_count_as_assumed_and_as_denied() -> None:
    read = forall(b, beside[b, place[b]])
    every = {"all shelves": forall(s, exists(b, beside[b, s]))}
    line = f"for every Shelf there is a Book, and {BY_PLACE}"
    assert told(machine(read), every) == [f"claim 'all shelves': {line}"]
    some = {"a shelf": exists(s, forall(b, beside[b, s] | lent[b]))}
    assert told(machine(read), some) == [f"the denial of claim 'a shelf': {line}"]


def test_a_claim_about_steps_is_only_denied() -> None:
    read = forall(b, beside[b, place[b]])
    some = exists(s, forall(b, beside[b, s] | after_step(lent[b])))
    line = f"for every Shelf there is a Book, and {BY_PLACE}"
    made = machine(read)
    assert told(made, {"step": some}) == [f"the denial of claim 'step' at lend: {line}"]
    kept = forall(b, implies(taken("lend", b), after_step(lent[b])))
    assert told(made, {"step": kept}) == []


def test_a_claim_about_runs_is_refused() -> None:
    claim = leads_to(exists(b, lent[b]), exists(b, ~lent[b]))
    line = refusal(lambda: told(machine(), {"runs": claim}))
    assert "says nothing about a single state" in line


def test_each_is_told_once_and_as_plainly_as_it_can_be() -> None:
    """Two ways back: through a table, which anybody can look up, and through another claim."""
    axiom = forall(s, exists(b, place[b] == s))
    longer = {"one": forall(b, exists(s, beside[b, s])), "two": forall(b, ~lent[b])}
    lines = told(machine(axiom), longer)
    way = f"for every Shelf there is a Book, and {BY_PLACE}"
    assert [line for line in lines if line.startswith("axiom")] == [f"axiom 'axiom 0': {way}"]
    assert len(lines) == len(set(lines)) == 2


def test_of_two_circles_the_plainer_is_told() -> None:
    """Only the obligations of one claim read the table that closes the circle more plainly."""
    axiom = forall(s, exists(b, beside[b, s])) & forall(b, exists(s, ~beside[b, s]))
    plain, other = forall(b, beside[b, place[b]] | lent[b]), forall(b, ~lent[b])
    way = f"axiom 'axiom 0': for every Shelf there is a Book, and {BY_PLACE}"
    for claims in ({"a": plain, "b": other}, {"b": other, "a": plain}):
        assert way in told(machine(axiom), claims)
    line = "axiom 'axiom 0': for every Shelf there is a Book, and axiom 'axiom 0' leads from"
    assert [t for t in told(machine(axiom), {"b": other}) if t.startswith(line)]


# Real machines.


def test_the_benchmark_protocol_stays_inside() -> None:
    bench = build_bench(Size(2, 1, 2))
    claims: dict[str, Callable[[Machine], Bool]] = {
        "status": status_is_the_recall_s,
        "confirmed": confirmed_is_applied,
    }
    lines = fragment_lines(bench, {n: claim(bench).term for n, claim in claims.items()})
    assert lines == ["All of this stays inside the decidable fragment (EPR)."]


def test_the_recall_machine_leaves_by_name() -> None:
    recall = build_machine(chain(2, 1))
    claims = {"version-override": PROPERTIES["version-override"].claim(recall)}
    assert fragment_lines(recall, claims) == [
        "This leaves the decidable fragment (EPR), so the solver may give up:",
        "  axiom 'routes reach every node, as to newest': for every Message there is a Node, and "
        "rule confirm: guard all_acked leads from Node to Command, and target leads from Command "
        "back to Message",
        "  axiom 'content is made': for every Message, Version there is a Command, "
        "and version leads from Command back to Version",
        "  rule confirm: guard all_acked: for every Node there is a Command, "
        "and target leads from Command to Message, and origin leads from Message back to Node",
    ]


def test_the_recall_machine_without_them_stays_inside() -> None:
    """Nothing but routes, the axiom and the guard: with any acknowledgement enough, no guard."""
    recall = build_machine(chain(2, 1, policies={"confirm": "on-send"}))
    claims = {"version-override": PROPERTIES["version-override"].claim(recall)}
    routes, only = outside(recall, claims)
    assert routes.where == "axiom 'routes reach every node, as to newest'"
    assert only.where == "axiom 'content is made'"
    assert [lead.quantified for _, lead in only.path] == [True, False]


def test_every_property_of_the_recall_machine_can_be_asked_about() -> None:
    recall = build_machine(chain(2, 1, scope={"commands": ["recall", "resend"]}))
    for p in PROPERTIES.values():
        if p.kind is not PropertyKind.EVENTUALLY:
            found = outside(recall, {p.name: p.claim(recall)})
            assert "axiom 'content is made'" in {each.where for each in found}, p.name
