"""Random terms, rules and states over the cups, to hold readings together where nobody looked.

Names are few on purpose: binders shadow each other, and a claim's variables are called what a
rule's are. The language refuses some of that to people; readings have to get it right all the same.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import strategies as st

from tests.model.cups import (
    Colour,
    Cup,
    Level,
    clean,
    cups,
    level,
    mark,
    near,
    paint,
    paints,
    partner,
    past,
    poured,
    rounds,
    tint,
    touched,
)
from unsay.model.language import Kind, Machine, Rule, Structure, Symbol, compose
from unsay.model.language.rules import Guard, Update
from unsay.model.language.terms import (
    BOOL,
    And,
    Before,
    Equal,
    Exists,
    ForAll,
    IfThenElse,
    Least,
    Literal,
    Next,
    Not,
    Or,
    Read,
    Sort,
    Taken,
    Term,
    Variable,
)
from unsay.model.readings.reference import Reference, State

CUP, LEVEL, COLOUR = Cup.sort, Level.sort, Colour.sort
RIGID = tuple(t.symbol for t in (partner, mark, near))
CHANGING = tuple(t.symbol for t in (level, clean, paint, tint, poured, touched))
VARIABLES = tuple(Variable(n, s) for s in (CUP, LEVEL, COLOUR) for n in ("x", "y"))
PARAMETERS = (Variable("x", CUP), Variable("y", LEVEL))


def machine_of(cup_count: int = 3, level_count: int = 3, seed: int = 0) -> Machine:
    """The cups with random rigid tables, and no rules."""
    choose = random.Random(seed)
    elements = {
        CUP: tuple(f"cup{i}" for i in range(cup_count)),
        LEVEL: tuple(f"level{i}" for i in range(level_count)),
    }
    shape = Structure(elements, {})
    rigid = {
        table: {
            place: choose.randrange(len(shape.members(table.value))) for place in shape.cells(table)
        }
        for table in RIGID
    }
    layers = [cups, paints, rounds, past]
    return compose("cups", layers, None, Structure(elements, rigid))


def reference_of(machine: Machine) -> Reference:
    """The reference reading with all history."""
    return Reference(machine, [s for s in machine.symbols if s.role == "history"])


def random_state(machine: Machine, choose: random.Random, symbols: Sequence[Symbol] = ()) -> State:
    """Any valuation of the cells, reachable or not."""
    structure = machine.structure
    changing = symbols or [s for s in machine.symbols if s.role != "rigid"]
    return {
        (table, place): choose.randrange(len(structure.members(table.value)))
        for table in changing
        for place in structure.cells(table)
    }


@st.composite
def terms(
    draw: st.DrawFn, sort: Sort, scope: tuple[Variable, ...], depth: int, step: bool = False
) -> Term:
    """A term of ``sort`` over ``scope``; with ``step``, also what is about steps."""
    leaves: list[Term] = [v for v in scope if v.of == sort]
    leaves += [Literal(name, sort) for name in sort.literals]
    leaves += [Least(sort)] if sort.ordered else []
    # Only cups have no name of their own, and no closed term needs one: see ``_tables``.
    if depth == 0:
        return draw(st.sampled_from(leaves))
    # Reads above all: what is read at a cell that is read is where readings go wrong.
    ways = ["read"] * 4 if _tables(sort, scope) else []
    ways += ["leaf"] if leaves and depth < 3 else []
    ways += ["if"]
    if sort == BOOL:
        ways += ["not", "and", "or", "equal", "before", "all", "some"]
        ways += ["taken"] * 3 if step and any(v.of == CUP for v in scope) else []
    ways += ["next"] * 2 if step else []
    return draw(_made(draw(st.sampled_from(ways)), leaves, sort, scope, depth - 1, step))


def _tables(sort: Sort, scope: tuple[Variable, ...]) -> list[Symbol]:
    named = {v.of for v in scope} | {LEVEL, COLOUR}
    return [t for t in RIGID + CHANGING if t.value == sort and set(t.arguments) <= named]


@st.composite
def _made(
    draw: st.DrawFn,
    way: str,
    leaves: list[Term],
    sort: Sort,
    scope: tuple[Variable, ...],
    depth: int,
    step: bool,
) -> Term:
    def some(wanted: Sort) -> Term:
        return draw(terms(wanted, scope, depth, step))

    match way:
        case "read":
            table = draw(st.sampled_from(_tables(sort, scope)))
            return Read(table, tuple(some(a) for a in table.arguments))
        case "if":
            return IfThenElse(some(BOOL), some(sort), some(sort))
        case "not":
            return Not(some(BOOL))
        case "and" | "or":
            parts = tuple(some(BOOL) for _ in range(draw(st.integers(0, 3))))
            return And(parts) if way == "and" else Or(parts)
        case "equal":
            named = {v.of for v in scope} | {BOOL, LEVEL, COLOUR}
            one = draw(st.sampled_from(sorted(named, key=str)))
            return Equal(some(one), some(one))
        case "before":
            return Before(some(LEVEL), some(LEVEL))
        case "all" | "some":
            bound = tuple(draw(st.lists(st.sampled_from(VARIABLES), min_size=1, max_size=2,
                                        unique_by=lambda v: v.name)))  # fmt: skip
            # The innermost of equal names counts.
            names = {v.name for v in bound}
            inner = (*(v for v in scope if v.name not in names), *bound)
            body = draw(terms(BOOL, inner, depth, step))
            return ForAll(bound, body) if way == "all" else Exists(bound, body)
        case "next":
            return Next(draw(terms(sort, scope, depth)))
        case "taken":
            place = tuple(draw(terms(p.of, scope, depth)) for p in PARAMETERS)
            return Taken(draw(st.sampled_from(["random", "another"])), place)
    return draw(st.sampled_from(leaves))


@st.composite
def rules(draw: st.DrawFn, depth: int = 2) -> Rule:
    """A rule called ``random`` with the parameters x and y and up to five updates."""
    updates = tuple(draw(_updates(depth)) for _ in range(draw(st.integers(1, 5))))
    guard = Guard("drawn", draw(terms(BOOL, PARAMETERS, 1)))
    return Rule("random", Kind.ACT, "cups", "Random.", PARAMETERS, "x", (guard,), updates)


@st.composite
def _updates(draw: st.DrawFn, depth: int) -> Update:
    # A few tables more often, so that updates meet; and paint, by which tints are found.
    table = draw(st.sampled_from([level.symbol, paint.symbol, paint.symbol, *CHANGING]))
    each: list[Variable] = []
    places: list[Term] = []
    for i, sort in enumerate(table.arguments):
        if draw(st.booleans()):
            each.append(Variable(f"each{i}", sort))
            places.append(each[-1])
        else:
            places.append(draw(terms(sort, PARAMETERS, draw(st.integers(0, 1)))
                               if sort != COLOUR else terms(sort, PARAMETERS, 1)))  # fmt: skip
    scope = (*PARAMETERS, *each)
    value = draw(terms(table.value, scope, depth))
    where = draw(st.just(And(())) | terms(BOOL, scope, depth))
    return Update(table, tuple(places), value, tuple(each), where)
