"""What holds because worlds are finite, though no formula can say that they are.

There are any number of commands, but not infinitely many. So of those that wait in a line there is
always one that is first. A solver for formulas does not know: it allows a line without a beginning.

Of a tree it does not know that everything is finitely many hops from the root. So it is told that
what is not the same everywhere differs from one end of some hop to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from unsay.model.language.machine import Machine
from unsay.model.language.rules import Rule
from unsay.model.language.structure import Reach
from unsay.model.language.terms import (
    BOOL,
    And,
    Equal,
    Exists,
    ForAll,
    Not,
    Or,
    Read,
    Symbol,
    Term,
    Variable,
    substitute,
    walk,
)


@dataclass(frozen=True)
class FirstInLine:
    """A set that is not empty, and strictly ordered, has a member that comes after none of it.

    True in every finite world, whatever the tables hold: whoever has a predecessor in the set is
    not the first, and going from one to the next before it cannot go on for ever or come back.

    Attributes:
        members: The table whose rows are the set.
        order: The table that orders it.
        places: What else the two are about, the same for both.
        strict: The order is one, for given ``places``.
        some: The set is not empty, for given ``places``.
        first: It has a first member, for given ``places``.
    """

    members: Symbol
    order: Symbol
    places: tuple[Variable, ...]
    strict: Term
    some: Term
    first: Term

    @property
    def name(self) -> str:
        """Short, for lists."""
        return f"some {self.members} is first by {self.order}"

    @property
    def says(self) -> str:
        """As a sentence."""
        return (
            f"There are finitely many rows of {self.members}, so one is first if {self.order} "
            "orders them strictly."
        )

    @property
    def term(self) -> Term:
        """As a closed formula."""
        law = Or((Not(self.strict), Not(self.some), self.first))
        return ForAll(self.places, law) if self.places else law


@dataclass(frozen=True)
class BeginsSomewhere:
    """What does not hold everywhere what the root holds: some hop leads there from what does.

    True wherever the promise is kept, whatever the table holds: on the way from the root to a
    member that holds something else, some first one does.

    Attributes:
        reach: The promise.
        table: Which table.
    """

    reach: Reach
    table: Symbol

    @property
    def name(self) -> str:
        """Short, for lists."""
        return f"{self.reach.name}, as to {self.table}"

    @property
    def says(self) -> str:
        """As a sentence."""
        return f"{self.reach.says} So {self.table} changes on some hop, if it is not all the same."

    @property
    def begins(self) -> Term:
        """It begins on the hop from ``reach.here`` to ``reach.there``, for given places."""
        reach = self.reach
        return And((reach.hop, self._same(reach.here), Not(self._same(reach.there))))

    @property
    def term(self) -> Term:
        """As a closed formula."""
        reach = self.reach
        begins = Exists((reach.here, reach.there), self.begins)
        law = Or((ForAll((reach.there,), self._same(reach.there)), begins))
        return ForAll(reach.places, law) if reach.places else law

    def _same(self, one: Variable) -> Term:
        return Equal(self._held(one), self._held(self.reach.root))

    def _held(self, one: Term) -> Term:
        by_sort = {v.of: v for v in self.reach.places}
        member = self.reach.here.of
        return Read(
            self.table, tuple(one if s == member else by_sort[s] for s in self.table.arguments)
        )


Law = FirstInLine | BeginsSomewhere


def laws(machine: Machine) -> list[Law]:
    """All that the solver is told of worlds because they are finite."""
    return [*first_in_line(machine.rules), *beginnings(machine)]


def beginnings(machine: Machine) -> list[BeginsSomewhere]:
    """The laws for what members hold that a tree leads to: of each such table some rule writes."""
    written = [s for s in machine.symbols if any(s in rule.writes for rule in machine.rules)]
    found = []
    for reach in machine.reaches:
        about = sorted(str(s) for s in (reach.here.of, *(v.of for v in reach.places)))
        if len(set(about)) == len(about):
            found += [
                BeginsSomewhere(reach, table)
                for table in written
                if table.role == "state"
                and table.value.ordered
                and sorted(map(str, table.arguments)) == about
            ]
    return found


def first_in_line(rules: Iterable[Rule]) -> list[FirstInLine]:
    """The laws for what some guard asks to be first: that no other of a set comes before it."""
    found: dict[FirstInLine, None] = {}
    for rule in rules:
        for inner in walk(rule.guard):
            match inner:
                case Not(Exists((other,), And((Read() as one, Read() as two)))):
                    found.update((law, None) for law in _laws(other, one, two))
                    found.update((law, None) for law in _laws(other, two, one))
    return list(found)


def _laws(other: Variable, member: Read, before: Read) -> Iterator[FirstInLine]:
    """The law of a set and an order, if these are one: ``other`` is in it, and before somebody."""
    if not all(
        read.symbol.value == BOOL and all(isinstance(a, Variable) for a in read.arguments)
        for read in (member, before)
    ):
        return
    rest = [a for a in member.arguments if isinstance(a, Variable) and a != other]
    ours = [a for a in before.arguments if a != other and a not in rest]
    if len(ours) != 1 or sorted(map(str, before.arguments)) != sorted(
        map(str, [other, *ours, *rest])
    ):
        return
    (this,) = ours
    assert isinstance(this, Variable)
    if this.of != other.of:
        return
    places = tuple(Variable(f"p{i}", a.sort) for i, a in enumerate(rest))
    named: dict[Variable, Term] = dict(zip(rest, places, strict=True))
    x, y, z = (Variable(name, other.of) for name in ("x1", "x2", "x3"))

    def inside(one: Variable) -> Term:
        return substitute(member, {**named, other: one})

    def earlier(one: Variable, two: Variable) -> Term:
        return substitute(before, {**named, other: one, this: two})

    chain = Or((Not(earlier(x, y)), Not(earlier(y, z)), earlier(x, z)))
    overtaken = Exists((y,), And((inside(y), earlier(y, x))))
    yield FirstInLine(
        members=member.symbol,
        order=before.symbol,
        places=places,
        strict=ForAll((x, y, z), And((Not(earlier(x, x)), chain))),
        some=Exists((x,), inside(x)),
        first=Exists((x,), And((inside(x), Not(overtaken)))),
    )
