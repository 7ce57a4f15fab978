"""What holds because worlds are finite: true in all of them, and told to the solver."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import chain
from unsay.designs.catalogue import shipped
from unsay.engines.proof.countermodels import Countermodels
from unsay.engines.proof.obligations import Goal, Obligation, Obligations
from unsay.engines.proof.sanity import untrue
from unsay.engines.proof.sizes import sizes
from unsay.model.design import load_design
from unsay.model.language import Bool, Element, Layer, Machine, ModelError, Structure
from unsay.model.language.finite import FirstInLine, beginnings, first_in_line
from unsay.model.language.terms import BOOL, Not, Sort, symbols
from unsay.model.readings.arrays import Worlds
from unsay.model.recall.links import c, wire
from unsay.model.recall.machine import build_machine
from unsay.model.recall.vocabulary import Message, Node, Version, next_hop, origin
from unsay.model.recall_bench import Size, build_bench

FAULTS = {"loss": 0, "duplication": 0, "crash": 0, "offline": 0}


def machine(**faults: bool) -> Machine:
    return build_machine(chain(faults={**FAULTS, **faults}))


IN_LINE = machine(reorder=False, reorder_pushes=False)
LAWS = first_in_line(IN_LINE.rules)
TREES = beginnings(IN_LINE)


def worlds(law: FirstInLine, members: int, rows: np.ndarray) -> Worlds:
    """States of ``members`` at one place; each row says which are in the set, and of the order."""
    sort = law.members.arguments[0]
    sizes: dict[Sort, int] = {a: 1 for s in (law.members, law.order) for a in s.arguments}
    sizes[sort] = members
    inside = rows[:, :members].reshape(len(rows), *(sizes[s] for s in law.members.arguments))
    order = rows[:, members:].reshape(len(rows), *(sizes[s] for s in law.order.arguments))
    return Worlds(sizes, len(rows), {law.members: inside, law.order: order})


def test_lines_are_found_where_something_has_to_be_first() -> None:
    assert [(law.members.name, law.order.name) for law in LAWS] == [
        ("wire", "ahead"),
        ("push", "behind"),
    ]
    assert first_in_line(machine(reorder=True, reorder_pushes=True).rules) == []
    assert first_in_line(build_bench(Size(2, 1, 2)).rules) == []


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_a_law_holds_whatever_the_tables_hold(law: FirstInLine) -> None:
    every = np.array(list(itertools.product((0, 1), repeat=3 + 9)), dtype=np.int16)
    assert worlds(law, 3, every).holds(law.term).all()
    some = np.random.default_rng(0).integers(0, 2, (20_000, 4 + 16), dtype=np.int16)
    some[:, 4:] &= np.triu(np.ones((4, 4), np.int16), 1).ravel()
    assert worlds(law, 4, some).holds(law.term).all()


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_no_part_of_a_law_is_idle(law: FirstInLine) -> None:
    """Each premise is needed: without it, some set has no first."""
    rows = {
        "not strict": [1, 1, 0, 1, 1, 0],
        "empty": [0, 0, 0, 0, 0, 0],
        "in line": [1, 1, 0, 1, 0, 0],
    }
    seen = worlds(law, 2, np.array(list(rows.values()), dtype=np.int16))
    (place,) = itertools.product(*([0] for _ in law.places))

    def told(part: str) -> list[bool]:
        values = seen.value(getattr(law, part), law.places)
        return [bool(v[place]) for v in values]

    assert told("strict") == [False, True, True]
    assert told("some") == [True, False, True]
    assert told("first") == [False, False, True]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_solver_knows_of_the_state_and_of_the_one_after(law: FirstInLine) -> None:
    """No formula of a state says so: an infinite line has no first."""
    asked = Obligations(IN_LINE, IN_LINE.symbols, 10_000)
    assert law.members.value == BOOL
    assert asked.possible([law.strict, law.some]) is True
    assert asked.possible([law.strict, law.some, Not(law.first)]) is False
    rules = [r for r in IN_LINE.rules if law.members in r.writes]
    assert rules
    for rule in rules:
        names = [name for name, _ in asked.denial(Obligation(Goal(law.term), rule.name))]
        assert f"{law.name}, also afterwards" in names
        assert asked.discharge(Obligation(Goal(law.term), rule.name)).discharged


def test_a_tree_is_told_of_where_something_is_held_at_its_members() -> None:
    assert [(law.reach.name, law.table.name) for law in TREES] == [
        ("routes reach every node", "newest")
    ]
    assert beginnings(build_bench(Size(2, 1, 2))) == []
    assert beginnings(build_machine(load_design(shipped()["mastodon-7316"]))) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.randoms())
def test_what_a_tree_reaches_changes_on_some_hop(nodes: int, chance: random.Random) -> None:
    """True of every tree, whatever its members hold; where some is not reached, it can fail."""
    (law,) = TREES
    sizes = dict.fromkeys((*law.table.arguments, law.table.value), 1)
    sizes |= {law.reach.here.of: nodes, law.table.value: 3}
    order = chance.sample(range(nodes), nodes)
    hops = np.zeros((1, nodes, nodes), np.int16)
    for k in range(1, nodes):
        hops[0, order[chance.randrange(k)], order[k]] = 1
    held = np.random.default_rng(chance.randrange(99)).integers(0, 3, (200, nodes, 1), np.int16)
    root = next(iter(symbols(law.reach.root)))
    rigid = {law.reach.hop.symbol: hops, root: np.array([order[0]], np.int16)}
    assert Worlds(sizes, 200, {**rigid, law.table: held}).holds(law.term).all()
    if nodes > 1:
        hops[0, :, order[-1]] = 0
        alone = np.zeros((1, nodes, 1), np.int16)
        alone[0, order[-1]] = 1
        assert not Worlds(sizes, 1, {**rigid, law.table: alone}).holds(law.term).any()


def test_the_solver_knows_what_a_tree_reaches() -> None:
    """Also after a step; and at small sizes, where axioms do not say so either."""
    (law,) = TREES
    asked = Obligations(IN_LINE, IN_LINE.symbols, 10_000)
    without = replace(IN_LINE, reaches=())
    assert asked.possible([Not(law.term)]) is False
    assert Obligations(without, IN_LINE.symbols, 10_000).possible([Not(law.term)]) is True
    rules = [r for r in IN_LINE.rules if law.table in r.writes]
    assert rules
    for rule in rules:
        broken = Obligation(Goal(law.term), rule.name)
        assert asked.discharge(broken).discharged
        for machine, discharged in ((IN_LINE, True), (without, False)):
            small = Countermodels(machine, machine.symbols, sizes(machine)[0], 5_000)
            assert small.ask(broken).discharged is discharged


def test_a_promise_that_a_design_does_not_keep_proves_nothing_of_it() -> None:
    assert untrue(IN_LINE) == ""
    (law,) = TREES
    hop, structure = law.reach.hop.symbol, IN_LINE.structure
    nowhere = {**structure.rigid, hop: dict.fromkeys(structure.rigid[hop], 0)}
    lost = replace(IN_LINE, structure=Structure(structure.elements, nowhere))
    assert untrue(lost) == "the promise 'routes reach every node' is not kept by this design"


def test_a_promise_makes_sense() -> None:
    m, v, w = Message.variable("m"), *Node.variables("v w")
    layer: Layer[object] = Layer("of a test", "Promises.")
    may = layer.rigid("may", Message, Node, to=Bool, says="Of two sorts.")
    later = layer.rigid("later", Message, Version, Version, to=Bool, says="Fixed.")
    held = layer.state("held_now", Message, to=Version, says="It changes.")
    k, kk = Version.variables("k kk")

    def promise(hop: Bool, here: Element, there: Element, root: Element) -> None:
        layer.reach("all", "All.", hop, here, there, root, when=bool)

    promise(next_hop[m, v, w], v, w, origin[m])
    assert [r.places for r in layer.reaches_for(True)] == [(m.term,)]
    assert layer.reaches_for(0) == []
    for wrong, why in (
        ((wire[c, v, w], v, w, v), "is not fixed for good"),
        ((next_hop[m, v, w], v, v, origin[m]), "between two variables of one sort"),
        ((may[m, v], m, v, m), "between two variables of one sort"),
        ((later[m, k, kk], k, kk, held[m]), r"'held_now\[m\]' is not fixed for good"),
        ((next_hop[m, v, v], v, w, origin[m]), "distinct variables"),
        ((next_hop[m, v, w], v, w, v), "no member by the other variables"),
    ):
        with pytest.raises(ModelError, match=why):
            promise(*wrong)
