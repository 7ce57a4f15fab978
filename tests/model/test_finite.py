"""What holds because worlds are finite: true in all of them, and told to the solver."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.helpers import chain
from unsay.engines.proof.obligations import Goal, Obligation, Obligations
from unsay.model.language import Machine
from unsay.model.language.finite import FirstInLine, first_in_line
from unsay.model.language.terms import BOOL, Not, Sort
from unsay.model.readings.arrays import Worlds
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Size, build_bench

FAULTS = {"loss": 0, "duplication": 0, "crash": 0, "offline": 0}


def machine(**faults: bool) -> Machine:
    return build_machine(chain(faults={**FAULTS, **faults}))


IN_LINE = machine(reorder=False, reorder_pushes=False)
LAWS = first_in_line(IN_LINE.rules)


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
