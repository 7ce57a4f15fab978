"""Symmetry: what is found, that nothing is missed on small designs, and that it is symmetry.

The oracles are a search through all permutations, and the ground machine: the image of each
action must be the action at the image of its arguments.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import designs, star, symmetric_designs
from unsay.designs.catalogue import shipped
from unsay.model.design import Design, load_design
from unsay.model.language import Machine, Sort, Structure
from unsay.model.language.terms import Before, ModelError, Symbol, Variable
from unsay.model.readings.formulas import All, In, Some
from unsay.model.readings.ground import Ground, ground
from unsay.model.readings.symmetry import (
    Permutation,
    action_map,
    cell_map,
    formula_image,
    generators,
    group,
    identity,
    in_order,
    movable,
)
from unsay.model.recall.machine import build_machine
from unsay.model.recall.vocabulary import Device, Message, Node
from unsay.model.recall_bench import Size, build_bench
from unsay.properties import PROPERTIES, PropertyKind

RELAXED = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def keeps(structure: Structure, p: Permutation) -> bool:
    """Every rigid table is kept, looked at in full: nothing is left out as usual."""
    return all(
        table[tuple(map(p, symbol.arguments, place))] == p(symbol.value, value)
        for symbol, table in structure.rigid.items()
        for place, value in table.items()
    )


def every_permutation(machine: Machine) -> Iterator[Permutation]:
    sorts = movable(machine)
    sizes = [len(machine.structure.elements[s]) for s in sorts]
    for images in itertools.product(*(itertools.permutations(range(n)) for n in sizes)):
        yield Permutation(tuple(zip(sorts, images, strict=True)))


def order(found: tuple[Permutation, ...]) -> int:
    """The order of the group, as the levels of the chain give it: one and the level's size each."""
    levels: dict[tuple[Sort, int], int] = {}
    for p in found:
        first = next((s, i) for s, images in p.moves for i, x in enumerate(images) if i != x)
        levels[first] = levels.get(first, 1) + 1
    return math.prod(levels.values())


def generated(machine: Machine, found: tuple[Permutation, ...]) -> set[Permutation]:
    return set(group((*found, identity(machine)), 10_000))


SMALL = {
    "nothing alike": build_machine(star(1)),
    "two devices of one account": build_machine(star(1, 2)),
    "three leaves": build_machine(star(3)),
    "leaves with devices": build_machine(star(2, 1)),
    "two messages": build_machine(star(1, 1, scope={"messages": 2})),
    "the benchmark protocol": build_bench(Size(4, 3, 2)),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_search_through_all_permutations_finds_no_more(name: str) -> None:
    machine = SMALL[name]
    found = generators(machine)
    expected = {p for p in every_permutation(machine) if keeps(machine.structure, p)}
    assert generated(machine, found) == expected
    assert order(found) == len(expected)
    assert (len(expected) == 1) == (name == "nothing alike")


@RELAXED
@given(st.randoms(use_true_random=False), st.integers(1, 5), st.integers(1, 2))
def test_nothing_is_missed_in_random_structures(
    pick: random.Random, members: int, pets: int
) -> None:
    """Tables drawn at random, some of them regular: there the colours alone say little."""
    thing, pet = Sort("Thing"), Sort("Pet")
    likes = Symbol("likes", (thing, thing), Sort("Bool", literals=("no", "yes")), "rigid")
    owner = Symbol("owner", (pet,), thing, "rigid")
    offsets = {i for i in range(members) if pick.random() < 0.4}
    circular = pick.random() < 0.5
    likes_table = {
        (i, j): int((j - i) % members in offsets if circular else pick.random() < 0.5)
        for i, j in itertools.product(range(members), repeat=2)
    }
    owners = {(i,): pick.randrange(members) for i in range(pets)}
    names = {thing: tuple(map(str, range(members))), pet: tuple(map(str, range(pets)))}
    structure = Structure(names, {likes: likes_table, owner: owners})
    machine = Machine("random", (likes, owner), (), structure)
    found = generators(machine)
    expected = {p for p in every_permutation(machine) if keeps(structure, p)}
    assert generated(machine, found) == expected
    assert order(found) == len(expected)


def test_large_designs_have_all_their_generators() -> None:
    """The limit of attempts is far away: 12 nodes, 16 devices, 4 messages of 5 commands."""
    acts = ["edit", "recall", "restore", "recall"]
    machine = build_machine(star(11, 0, more=15, scope={"messages": 4, "commands": acts}))
    found = generators(machine)
    assert all(keeps(machine.structure, p) for p in found)
    assert order(found) == math.factorial(10) * math.factorial(15) * math.factorial(4)


def grounded_in_full(machine: Machine) -> Ground:
    return ground(machine, {s for s in machine.symbols if s.role == "history"})


def is_symmetry(grounded: Ground, p: Permutation) -> bool:
    """The image of each action under ``p`` is an action, with the images of what it says."""
    cells = cell_map(grounded, p)
    try:
        actions = action_map(grounded, p)
    except ModelError:
        return False
    if sorted(cells) != list(range(len(cells))) or sorted(actions) != list(range(len(actions))):
        return False
    for number, action in enumerate(grounded.actions):
        image = grounded.actions[actions[number]]
        if image.rule is not action.rule:
            return False
        for (name, guard), (other, expected) in zip(action.guards, image.guards, strict=True):
            if name != other or formula_image(guard, cells, actions) != in_order(expected):
                return False
        if {
            cells[cell]: [(formula_image(c, cells, actions), v) for c, v in options]
            for cell, options in action.assignments.items()
        } != {
            cell: [(in_order(c), v) for c, v in options]
            for cell, options in image.assignments.items()
        }:
            return False
    return all(
        grounded.initial[cells[c]] == grounded.initial[c]
        and grounded.domains[cells[c]] == grounded.domains[c]
        for c in range(len(cells))
    )


@RELAXED
@given(st.one_of(symmetric_designs(), designs(nodes=3)))
def test_the_machine_is_mapped_onto_itself(design: Design) -> None:
    machine = build_machine(design)
    grounded = grounded_in_full(machine)
    for p in generators(machine):
        assert keeps(machine.structure, p)
        assert is_symmetry(grounded, p)


@pytest.mark.parametrize("name", shipped())
def test_shipped_designs_and_their_properties_are_symmetric(name: str) -> None:
    machine = build_machine(load_design(shipped()[name]))
    grounded = grounded_in_full(machine)
    for p in generators(machine):
        assert is_symmetry(grounded, p)
        cells, actions = cell_map(grounded, p), action_map(grounded, p)
        for claim in PROPERTIES.values():
            finite = claim.kind is not PropertyKind.EVENTUALLY
            for term in ((claim.claim(machine),) if finite else ()) + (claim.situation(machine),):
                formula = grounded.property_formula(term)
                assert formula_image(formula, cells, actions) == in_order(formula)


def test_some_shipped_design_has_symmetry() -> None:
    found = [n for n, path in shipped().items() if generators(build_machine(load_design(path)))]
    assert {"ejabberd-4507", "ejabberd-4507-repaired"} <= set(found)


def exchanged(machine: Machine, sort: Sort, one: int, other: int) -> Permutation:
    swap = {one: other, other: one}
    return Permutation(
        tuple(
            (s, tuple(swap.get(i, i) for i in images) if s == sort else images)
            for s, images in identity(machine).moves
        )
    )


def test_a_permutation_that_is_no_symmetry_is_noticed() -> None:
    """Hub and leaf, devices of different nodes, a message without its commands."""
    machine = build_machine(star(2, 1, scope={"messages": 2}))
    grounded = grounded_in_full(machine)
    wrong = [(Node.sort, 0, 1), (Device.sort, 0, 1), (Message.sort, 0, 1)]
    for sort, one, other in wrong:
        p = exchanged(machine, sort, one, other)
        assert not keeps(machine.structure, p)
        assert not is_symmetry(grounded, p)
    assert is_symmetry(grounded, identity(machine))


def test_permutations_compose_and_are_undone() -> None:
    machine = build_machine(star(3, 1))
    elements = group(generators(machine), 100)
    assert elements[0] == identity(machine)
    assert elements[0].is_identity
    assert len(elements) == 6
    for p, q in itertools.product(elements, repeat=2):
        assert p.after(q) in elements
        assert p.after(q)(Node.sort, 1) == p(Node.sort, q(Node.sort, 1))
        assert p.after(p.inverse()).is_identity
        assert p.is_identity == (p == elements[0])


@pytest.mark.parametrize("limit", [1, 2, 5, 6, 23, 24, 119, 120])
def test_a_group_that_is_too_large_gives_a_part_that_is_a_group(limit: int) -> None:
    found = generators(build_machine(star(5)))
    elements = set(group(found, limit))
    assert 1 <= len(elements) <= limit
    assert {p.after(q) for p in elements for q in elements} == elements
    assert (len(elements) == 120) == (limit == 120)
    assert (len(elements) == 1) == (limit == 1)


def test_no_symmetry_leaves_the_identity() -> None:
    (only,) = group(generators(build_machine(star(1))), 10)
    assert only.is_identity
    assert only(Node.sort, 1) == 1


def test_a_sort_that_a_claim_compares_does_not_move() -> None:
    """The notation refuses this; a term built by hand does not."""
    machine = build_machine(star(2))
    d = Variable("v", Node.sort)
    assert generators(machine)
    assert generators(machine, [Before(d, d)]) == ()
    assert Node.sort not in movable(machine, [Before(d, d)])


def test_a_sort_that_state_may_hold_does_not_move() -> None:
    machine = build_machine(star(2))
    chief = Symbol("chief", (), Node.sort, "state")
    assert generators(replace(machine, symbols=(*machine.symbols, chief))) == ()


def test_images_of_formulas() -> None:
    """Cells, cells of the next state, the action; parts in order, and none of them twice."""
    yes = frozenset([1])
    cells, actions = (1, 0, 2), (0, 2, 1)
    now, ahead, taken = In(0, yes), In(3 + 1, yes), In(6, frozenset([0, 1]))
    image = formula_image(Some((now, All((taken, ahead)))), cells, actions)
    assert image == Some((In(1, yes), All((In(3, yes), In(6, frozenset([0, 2]))))))
    one, other = In(0, yes), In(1, yes)
    twice = All((Some((one, other)), Some((other, one))))
    assert in_order(twice) == Some((one, other))
    assert formula_image(True, cells, ()) is True
