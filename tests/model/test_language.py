"""The language: how rules print, and what declarations, machines and formulas are refused.

The refusals of single rules are in ``test_refusals``, the meaning in ``test_semantics``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from tests.model.cups import (
    LEVELS,
    MARK,
    NEAR,
    PARTNER,
    TWO_CUPS,
    Bench,
    Colour,
    Cup,
    CupRule,
    Level,
    Person,
    anything,
    built,
    c,
    clean,
    cups,
    d,
    e,
    level,
    lv,
    mark,
    mv,
    near,
    paint,
    partner,
    past,
    refusal,
    tint,
)
from unsay.model.language import (
    Bool,
    Choice,
    Fairness,
    Kind,
    Layer,
    RuleBuilder,
    Structure,
    after_step,
    all_of,
    any_of,
    compose,
    exists,
    forall,
    if_else,
    implies,
    leads_to,
    taken,
)
from unsay.model.language.rules import check_formula, obligations
from unsay.model.language.terms import BOOL, Literal, Read, Variable, substitute
from unsay.model.readings.compiled import compile_machine
from unsay.model.readings.reference import Reference
from unsay.model.readings.smt import FixedSize
from unsay.model.readings.smt import Moment as Z3Moment
from unsay.properties import Property, PropertyKind

# How rules and terms print.


def test_a_rule_prints_as_its_sentence_guards_and_updates() -> None:
    """DESIGN section 3: named guards and updates, in words close to those that were typed."""

    def rinse(rule: CupRule, c: Cup, lv: Level) -> None:
        """Cup c is emptied
        down to level lv."""
        rule.guard(dirty=~clean[c], above=(level[c] > lv) & (lv != Level.least()))
        rule.guard(alone=~exists(d, near[c, d] & (d != c)))
        rule.update(level[c], to=lv)
        rule.update(clean[d], to=False, each=d, where=near[c, d] | (d == partner[c]))
        rule.update(clean[c], to=level[c] == mark[c], where=clean[c])
        rule.update(level[d], to=if_else(clean[d], mark[d], level[c]), each=d)

    assert str(built(rinse)).splitlines() == [
        'rule rinse(c: Cup, lv: Level)   "Cup c is emptied',
        'down to level lv."',
        "  guard dirty: not clean[c]",
        "  guard above: (lv < level[c]) and not (lv = Level.least)",
        "  guard alone: not (for some d: Cup: near[c, d] and not (d = c))",
        "  update level[c] becomes lv",
        "  update clean[d] becomes false for each d where near[c, d] or (d = partner[c])",
        "  update clean[c] becomes level[c] = mark[c] where clean[c]",
        "  update level[d] becomes (mark[d] if clean[d] else level[c]) for each d",
    ]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (all_of(), "true"),
        (any_of(), "false"),
        (level[c] <= level[d], "not (level[d] < level[c])"),
        (level[c] >= level[d], "not (level[c] < level[d])"),
        (implies(clean[c], clean[d]), "not clean[c] or clean[d]"),
        (clean[c] == (clean[d] & clean[e]), "clean[c] = (clean[d] and clean[e])"),
        (True & clean[c], "clean[c]"),
        (False | clean[c], "false or clean[c]"),
        (clean[c] & False, "clean[c] and false"),
        (clean[c] != True, "not (clean[c] = true)"),  # noqa: E712
        (paint[c] == Colour.red, "paint[c] = red"),
        (tint[paint[c]] == Level.least(), "tint[paint[c]] = Level.least"),
        (forall((c, lv), level[c] < lv), "(for every c: Cup, lv: Level: level[c] < lv)"),
        (after_step(clean[c]), "next(clean[c])"),
        (taken("rinse", c, lv), "rinse(c, lv) happens"),
        (if_else(clean[c], lv, mv) == lv, "(lv if clean[c] else mv) = lv"),
    ],
    ids=str,
)
def test_expressions_print_as_people_read_them(expression: Bool, text: str) -> None:
    assert str(expression.term) == text
    assert repr(expression) == f"<Bool {text}>"


def test_tables_print_with_their_sorts() -> None:
    assert repr(near) == "<table near(Cup, Cup)>"
    assert repr(level[c]) == "<Level level[c]>"


def test_rules_are_values() -> None:
    """Decision 0001: a rule can be compared and hashed; sentences of tables do not count."""

    def rinse(rule: CupRule, c: Cup) -> None:
        """Cup c is emptied."""
        rule.guard(dirty=~clean[c])
        rule.update(level[c], to=Level.least())

    once, again = built(rinse), built(rinse)
    assert once == again
    assert hash(once) == hash(again)
    assert once != built(rinse_other_way)


def rinse_other_way(rule: CupRule, c: Cup) -> None:
    """Cup c is emptied."""
    rule.guard(dirty=clean[c])
    rule.update(level[c], to=Level.least())


# Mistakes in declarations.


class Both(Choice):
    """Two members are enough."""

    this: ClassVar[Both]
    that: ClassVar[Both]


def fresh() -> Layer[None]:
    return Layer("fresh", "A layer of its own.")


def declare_single_member() -> object:
    class Only(Choice):
        this: ClassVar[Only]

    return Only


def twice_in_a_layer() -> None:
    layer = fresh()
    layer.state("full", Cup, to=Bool, says="The cup is full.")
    layer.rigid("full", Cup, to=Bool, says="The cup is always full.")


DECLARATIONS: dict[str, tuple[Callable[[], object], str]] = {
    "enumeration with one member": (
        declare_single_member,
        "enumeration Only needs two members or more",
    ),
    "table without a sentence": (
        lambda: fresh().state("full", Cup, to=Bool, says=" "),
        "table full needs a sentence (says=) for its readers",
    ),
    "table declared twice in a layer": (twice_in_a_layer, "table full is declared twice"),
    "table that starts as neither true nor false": (
        lambda: fresh().state("full", Cup, to=Bool, says="Full.", initially="yes"),  # type: ignore[call-overload]
        "table full starts as true or false, not 'yes'",
    ),
    "table of things without a first": (
        lambda: fresh().state("owner", Cup, to=Person, says="Whose cup."),
        "table owner has no initial value: a Person must be ordered or an enumeration",
    ),
    "table that starts as another enumeration": (
        lambda: fresh().state("paint", Cup, to=Colour, says="Colour.", initially=Both.this),
        "table paint has no initial value: a Colour must be ordered or an enumeration",
    ),
    "table that starts as what is not fixed": (
        lambda: fresh().state("paint", Cup, to=Colour, says="Colour.", initially=paint[c]),
        "table paint has no initial value: a Colour must be ordered or an enumeration",
    ),
    "axiom with a free variable": (
        lambda: fresh().axiom("a", "Some cup or other is marked.", mark[c] > Level.least()),
        "axiom a: 'c' is neither a parameter nor bound by a quantifier",
    ),
    "axiom about steps": (
        lambda: fresh().axiom("a", "Marks stay.", forall(c, after_step(mark[c]) == mark[c])),
        "axiom a: 'next(mark[c])' belongs in a step property only",
    ),
    "flow of what is no cell": (
        lambda: fresh().flow(~near[c, d], carries=c, source=c, target=d),
        "flow: 'not near[c, d]' is not a cell",
    ),
    "flow at one variable twice": (
        lambda: fresh().flow(near[c, c], carries=c, source=c, target=c),
        "flow: 'near[c, c]' must be read at distinct variables",
    ),
    "flow at a cell": (
        lambda: fresh().flow(near[c, partner[c]], carries=c, source=c, target=c),
        "flow: 'near[c, partner[c]]' must be read at distinct variables",
    ),
    "flow to somewhere else": (
        lambda: fresh().flow(near[c, d], carries=c, source=c, target=partner[e]),
        "flow: 'partner[e]' is not about 'near[c, d]'",
    ),
    "view of a holder that is no variable": (
        lambda: fresh().view("drunk", partner[c], d, level[c]),
        "view drunk: holder and subject must be variables",
    ),
    "view of a subject that is no variable": (
        lambda: fresh().view("drunk", c, partner[d], level[c]),
        "view drunk: holder and subject must be variables",
    ),
}


@pytest.mark.parametrize("case", DECLARATIONS)
def test_a_declaration_that_makes_no_sense_is_refused(case: str) -> None:
    attempt, text = DECLARATIONS[case]
    assert refusal(attempt) == text


def test_flows_and_views_are_kept_as_they_were_declared() -> None:
    """Pictures read them: what travels from where to where, and who holds what."""
    layer = fresh()
    layer.flow(near[c, d], carries=c, source=partner[c], target=d)
    layer.view("level", c, d, level[c])
    (flow,), (view,) = layer.flows, layer.views
    assert (flow.symbol, flow.variables) == (near.symbol, (c.term, d.term))
    assert [str(t) for t in (flow.carries, flow.source, flow.target)] == ["c", "partner[c]", "d"]
    assert (view.name, view.holder, view.subject, str(view.value)) == (
        "level", c.term, d.term, "level[c]",
    )  # fmt: skip


def with_rule(*functions: Callable[..., None], tables: bool = False) -> Layer[None]:
    layer = fresh()
    if tables:
        layer.state("level", Cup, to=Level, says="Another table of that name.")
    for function in functions:
        layer.rule(Kind.ACT, at="c")(function)
    return layer


def rinse(rule: CupRule, c: Cup) -> None:
    """Cup c is emptied."""
    rule.guard(dirty=~clean[c])
    rule.update(level[c], to=Level.least())


def drink(rule: CupRule, c: Cup, someone: Person) -> None:
    """Somebody drinks from cup c."""
    rule.guard(dirty=~clean[c], someone=someone == someone)
    rule.update(level[c], to=Level.least())


def repaint(rule: CupRule, c: Cup) -> None:
    """Cup c loses its colour; ``paint`` belongs to a layer that is not composed."""
    rule.guard(dirty=~clean[c])
    rule.update(paint[c], to=Colour.red)


def look_at_paint(rule: CupRule, c: Cup) -> None:
    """Cup c is emptied if it is red; ``paint`` belongs to a layer that is not composed."""
    rule.guard(red=paint[c] == Colour.red)
    rule.update(level[c], to=Level.least())


def admire(rule: CupRule, c: Cup) -> None:
    """Somebody admires cup c; nothing else says what a person is."""
    someone = Person.variable("someone")
    rule.guard(someone=exists(someone, (someone == someone) & clean[c]))
    rule.update(level[c], to=Level.least())


def structure(**changes: Any) -> Structure:
    return Structure(
        changes.get("elements", TWO_CUPS.elements), changes.get("rigid", TWO_CUPS.rigid)
    )


COMPOSITIONS: dict[str, tuple[list[Layer[None]], Structure, str]] = {
    "table in two layers": (
        [cups, with_rule(tables=True)],
        TWO_CUPS,
        "layer fresh: table level is declared before",
    ),
    "rule in two layers": (
        [cups, with_rule(rinse), with_rule(rinse)],
        TWO_CUPS,
        "layer fresh: rule rinse is declared before",
    ),
    "rule twice in a layer": (
        [cups, with_rule(rinse, rinse)],
        TWO_CUPS,
        "layer fresh: rule rinse is declared before",
    ),
    "rule that reads a table of no layer": (
        [cups, with_rule(look_at_paint)],
        TWO_CUPS,
        "rule look_at_paint: table paint belongs to no layer",
    ),
    "rule that writes a table of no layer": (
        [cups, with_rule(repaint)],
        TWO_CUPS,
        "rule repaint: table paint belongs to no layer",
    ),
    "no member of a sort": (
        [cups],
        structure(elements={Cup.sort: ("left", "right")}),
        "table mark: the structure has no Level",
    ),
    "an empty sort": (
        [cups],
        structure(elements={Cup.sort: (), Level.sort: LEVELS}),
        "table partner: the structure has no Cup",
    ),
    "a rigid table left out": (
        [cups],
        structure(rigid={partner.symbol: PARTNER, near.symbol: NEAR}),
        "table mark: the structure gives no value at (0,)",
    ),
    "a rigid value left out": (
        [cups],
        structure(
            rigid={
                partner.symbol: PARTNER,
                mark.symbol: MARK,
                near.symbol: {p: n for p, n in NEAR.items() if p != (1, 0)},
            }
        ),
        "table near: the structure gives no value at (1, 0)",
    ),
    "a rigid value beyond its sort": (
        [cups],
        structure(
            rigid={partner.symbol: PARTNER, mark.symbol: {**MARK, (1,): 3}, near.symbol: NEAR}
        ),
        "table mark: the structure gives no value at (1,)",
    ),
}


@pytest.mark.parametrize("case", COMPOSITIONS)
def test_a_machine_that_does_not_fit_together_is_refused(case: str) -> None:
    """Decision 0001, against B: nothing is dropped silently."""
    layers, world, text = COMPOSITIONS[case]
    assert refusal(lambda: compose("cups", layers, None, world)) == text


@pytest.mark.parametrize("function", [drink, admire])
def test_a_sort_that_only_a_rule_mentions_must_have_members(
    function: Callable[..., None],
) -> None:
    """A sort may have no table: a parameter or a quantifier still ranges over it."""
    layers = [cups, with_rule(function)]
    text = refusal(lambda: compose("cups", layers, None, TWO_CUPS))
    assert text == f"rule {function.__name__}: the structure has no Person"


# Properties: the formulas of steps, and of rules that exist.


def property_of(formula: Bool, kind: PropertyKind = PropertyKind.ALWAYS) -> Property:
    return Property(
        name="tidy",
        sentence="Cups are tidy.",
        kind=kind,
        formula=lambda machine: formula,
        witness=lambda machine: exists(c, clean[c]),
        witness_sentence="a cup is clean",
    )


PROPERTIES: dict[str, tuple[Bool, PropertyKind, str]] = {
    "next in a state formula": (
        forall(c, after_step(clean[c])),
        PropertyKind.ALWAYS,
        "property tidy: 'next(clean[c])' belongs in a step property only",
    ),
    "taken in a state formula": (
        forall(c, ~taken("wipe", c)),
        PropertyKind.ALWAYS,
        "property tidy: 'wipe(c) happens' belongs in a step property only",
    ),
    "two steps ahead": (
        forall(c, after_step(clean[c] & after_step(clean[c]))),
        PropertyKind.STEP,
        "property tidy: 'next(clean[c] and next(clean[c]))' looks more than one step ahead",
    ),
    "the step after the step": (
        forall(c, after_step(taken("wipe", c))),
        PropertyKind.STEP,
        "property tidy: 'next(wipe(c) happens)' looks more than one step ahead",
    ),
    "an unknown rule": (
        forall(c, ~taken("wip", c)),
        PropertyKind.STEP,
        "property tidy: there is no rule wip",
    ),
    "a promise in a state formula": (
        forall(c, leads_to(clean[c], ~clean[c])),
        PropertyKind.ALWAYS,
        "property tidy: 'clean[c] leads to not clean[c]' belongs in an eventually property only, "
        "under 'for every' and 'and'",
    ),
    "a promise in a step formula": (
        forall(c, taken("wipe", c) & leads_to(clean[c], ~clean[c])),
        PropertyKind.STEP,
        "property tidy: 'clean[c] leads to not clean[c]' belongs in an eventually property only, "
        "under 'for every' and 'and'",
    ),
    "a promise within a promise": (
        forall(c, leads_to(clean[c], leads_to(clean[c], ~clean[c]))),
        PropertyKind.EVENTUALLY,
        "property tidy: 'clean[c] leads to not clean[c]' belongs in an eventually property only, "
        "under 'for every' and 'and'",
    ),
    "no promise": (
        forall(c, clean[c]),
        PropertyKind.EVENTUALLY,
        "property tidy: 'clean[c]' is not of the form 'premise leads to conclusion', "
        "nor 'for every' or 'and' of such",
    ),
    "nothing at all": (
        all_of(),
        PropertyKind.EVENTUALLY,
        "property tidy: 'true' is not of the form 'premise leads to conclusion', "
        "nor 'for every' or 'and' of such",
    ),
    "one promise or another": (
        exists(c, leads_to(clean[c], ~clean[c])),
        PropertyKind.EVENTUALLY,
        "property tidy: '(for some c: Cup: clean[c] leads to not clean[c])' is not of the form "
        "'premise leads to conclusion', nor 'for every' or 'and' of such",
    ),
    "a promise about a step": (
        forall(c, leads_to(clean[c], after_step(clean[c]))),
        PropertyKind.EVENTUALLY,
        "property tidy: 'next(clean[c])' belongs in a step property only",
    ),
    "a promise about nobody": (
        leads_to(True, clean[c]),
        PropertyKind.EVENTUALLY,
        "property tidy: 'c' is neither a parameter nor bound by a quantifier",
    ),
    "a free variable": (
        clean[c],
        PropertyKind.ALWAYS,
        "property tidy: 'c' is neither a parameter nor bound by a quantifier",
    ),
}


@pytest.mark.parametrize("case", PROPERTIES)
def test_a_property_that_makes_no_sense_is_refused(case: str) -> None:
    formula, kind, text = PROPERTIES[case]
    machine = Bench([cups, anything]).machine
    assert refusal(lambda: property_of(formula, kind).claim(machine)) == text


def test_a_witness_is_never_about_steps() -> None:
    machine = Bench([cups, anything]).machine
    lonely = Property(
        name="tidy",
        sentence="Cups are tidy.",
        kind=PropertyKind.STEP,
        formula=lambda machine: forall(c, taken("wipe", c)),
        witness=lambda machine: exists(c, taken("wipe", c)),
        witness_sentence="a cup is wiped",
    )
    text = "witness of tidy: 'wipe(c) happens' belongs in a step property only"
    assert refusal(lambda: lonely.situation(machine)) == text
    assert str(lonely.claim(machine)) == "(for every c: Cup: wipe(c) happens)"


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (exists(c, taken("pour", c)), "property tidy: rule pour takes (Cup, Level), not (Cup)"),
        (
            exists((c, lv), taken("pour", lv, c)),
            "property tidy: rule pour takes (Cup, Level), not (Level, Cup)",
        ),
    ],
    ids=["too few arguments", "wrong sorts"],
)
def test_taken_must_fit_the_rule(step: Bool, text: str) -> None:
    """A step that no rule can be would make its property say nothing, silently."""
    machine = Bench([cups, anything]).machine
    assert refusal(lambda: property_of(~step, PropertyKind.STEP).claim(machine)) == text


def test_a_formula_is_a_formula() -> None:
    text = refusal(lambda: check_formula("axiom a", level[c].term, step=False))
    assert text == "axiom a: 'level[c]' is not a formula"


# Scopes.

C, D, E = (Variable(name, Cup.sort) for name in "cde")


def test_substitution_refuses_capture() -> None:
    """Decision 0001: shadowing and capture are ours to check."""
    inner = forall(d, near[c, d]).term
    text = refusal(lambda: substitute(inner, {C: partner[d].term}))
    assert text == "'(for every d: Cup: near[c, d])' would capture d"
    free = substitute(inner, {C: partner[e].term})
    assert str(free) == "(for every d: Cup: near[partner[e], d])"


def test_substitution_leaves_bound_variables_alone() -> None:
    inner = (clean[d] & forall(d, near[c, d])).term
    assert str(substitute(inner, {D: e.term})) == ("clean[e] and (for every d: Cup: near[c, d])")


def test_a_replacement_that_is_not_used_captures_nothing() -> None:
    inner = forall(d, near[c, d]).term
    assert substitute(inner, {E: d.term}) == inner


def test_two_variables_of_one_name_cannot_be_bound_together() -> None:
    """Texts name variables by name alone, so one name must not stand for two things."""
    cup, lower = Cup.variable("x"), Level.variable("x")
    text = refusal(lambda: forall((cup, lower), lower < level[cup]))
    assert text == "variable x is bound twice"


def test_expressions_have_no_hash() -> None:
    """An expression in a set or as a key would be compared by Python: that is refused."""
    for expression in (c, clean[c], Level.least()):
        with pytest.raises(TypeError, match="unhashable type"):
            hash(expression)


def test_sorts_are_declared_by_their_classes() -> None:
    assert (Cup.sort.name, Cup.sort.says, Cup.sort.ordered) == ("Cup", "A cup on the table.", False)
    assert (Level.sort.ordered, Level.sort.literals) == (True, ())
    assert Colour.sort.literals == ("red", "green", "blue")
    assert Colour.green.term == Literal("green", Colour.sort)
    assert [x.term for x in Cup.variables("a b")] == [
        Variable("a", Cup.sort),
        Variable("b", Cup.sort),
    ]


def test_tables_start_where_they_are_told_to() -> None:
    layer = fresh()
    full = layer.state("full", Cup, to=Bool, says="Full.", initially=True)
    empty = layer.state("empty", Cup, to=Bool, says="Empty.")
    assert (full.symbol.initially, empty.symbol.initially) == ("true", "false")
    assert (paint.symbol.initially, level.symbol.initially) == ("green", None)
    assert [TWO_CUPS.initial(s.symbol) for s in (full, empty, paint, level)] == [1, 0, 1, 0]
    assert mark.symbol.initially is None


def test_a_structure_lists_its_cells_in_order() -> None:
    assert TWO_CUPS.cells(near.symbol) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert TWO_CUPS.members(Colour.sort) == ("red", "green", "blue")
    assert TWO_CUPS.members(BOOL) == ("false", "true")


# The machine.


def test_layers_keep_rules_back_from_designs_that_do_not_have_them() -> None:
    """A policy selects rules; properties may still speak of what a design leaves out."""
    layer: Layer[bool] = Layer("some", "Rules that depend on the design.")
    layer.rule(Kind.ACT, at="c", when=lambda design: design)(rinse)
    layer.rule(Kind.ACT, at="c")(rinse_other_way)
    assert [r.name for r in layer.rules_for(True)] == ["rinse", "rinse_other_way"]
    assert [r.name for r in layer.rules_for(False)] == ["rinse_other_way"]
    assert layer.rule_names() == ["rinse", "rinse_other_way"]


def test_a_machine_knows_its_rules_by_name() -> None:
    machine = Bench([cups, past, with_rule(rinse)]).machine
    assert machine.rule("rinse").updates[0].symbol == level.symbol
    assert machine.declared == {"rinse"}
    assert [s.name for s in machine.symbols] == [
        "partner", "mark", "near", "level", "clean", "touched",
    ]  # fmt: skip
    with pytest.raises(KeyError, match="rins"):
        machine.rule("rins")
    assert machine.with_rules([]).rules == ()


def test_at_rest_asks_for_progress_rules_only() -> None:
    """DESIGN section 6: at rest, nothing that the system owes is possible; users may act."""
    machine = Bench([cups, anything]).machine
    assert str(machine.at_rest().term) == ("not (for some c: Cup: not (level[c] < Level.least))")
    acts_only = machine.with_rules([r for r in machine.rules if r.kind is Kind.ACT])
    assert str(acts_only.at_rest().term) == "true"


def test_reads_are_terms_of_their_table() -> None:
    read = level[c].term
    assert isinstance(read, Read)
    assert (read.symbol, read.sort) == (level.symbol, Level.sort)
    assert isinstance(level[c], Level)


def test_a_rule_is_as_fair_as_it_says() -> None:
    """What the system owes is weakly fair unless said; a design may say otherwise."""
    layer: Layer[bool] = Layer("fair", "Rules that differ in who owes them.")

    @layer.rule(Kind.ACT, at="c")
    def may(rule: RuleBuilder[bool], c: Cup) -> None:
        """Somebody cleans cup c."""
        rule.guard(dirty=~clean[c])
        rule.update(clean[c], to=True)

    @layer.rule(Kind.PROGRESS, at="c")
    def must(rule: RuleBuilder[bool], c: Cup) -> None:
        """The machine cleans cup c."""
        rule.guard(dirty=~clean[c])
        rule.update(clean[c], to=True)

    @layer.rule(
        Kind.PROGRESS, at="c", fairness=lambda good: Fairness.STRONG if good else Fairness.NONE
    )
    def should(rule: RuleBuilder[bool], c: Cup) -> None:
        """The machine cleans cup c if it is a good one."""
        rule.guard(dirty=~clean[c])
        rule.update(clean[c], to=True)

    good = {r.name: r.fairness for r in layer.rules_for(True)}
    assert good == {"may": Fairness.NONE, "must": Fairness.WEAK, "should": Fairness.STRONG}
    assert {r.name: r.fairness for r in layer.rules_for(False)}["should"] is Fairness.NONE


@pytest.mark.parametrize("kind", [Kind.ACT, Kind.FAULT])
def test_users_and_faults_owe_nothing(kind: Kind) -> None:
    layer: Layer[None] = Layer("owed", "A rule that cannot be owed.")

    @layer.rule(kind, at="c", fairness=Fairness.WEAK)
    def spill(rule: CupRule, c: Cup) -> None:
        """Cup c is spilt."""
        rule.guard(clean=clean[c])
        rule.update(clean[c], to=False)

    assert refusal(lambda: layer.rules_for(None)) == (
        f"rule spill: only what the system owes can be fair, and this is of kind {kind.value}"
    )


def test_a_promise_is_taken_apart() -> None:
    claim = forall(c, leads_to(clean[c], ~clean[c])) & leads_to(True, exists(d, clean[d]))
    parts = obligations(claim.term)
    assert [[v.name for v in part.variables] for part in parts] == [["c"], []]
    assert [str(part.premise) for part in parts] == ["clean[c]", "true"]
    assert str(claim.term) == (
        "(for every c: Cup: clean[c] leads to not clean[c]) and "
        "(true leads to (for some d: Cup: clean[d]))"
    )


def test_a_promise_has_no_value_in_a_state() -> None:
    """No reading gives it one by accident."""
    machine = Bench([cups, anything]).machine
    promise = forall(c, leads_to(clean[c], ~clean[c])).term
    reference, fixed = Reference(machine), FixedSize(machine, [])
    state = reference.initial()
    for reading in (
        lambda: reference.holds(promise, state),
        lambda: compile_machine(machine).predicate(promise),
        lambda: fixed.value(promise, {}, Z3Moment(fixed.constants(0))),
    ):
        assert "has no value in a single state" in refusal(reading)
