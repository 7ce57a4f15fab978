"""The inferences by which more becomes known of a tail, each with the premises that it rests on.

Each is sound by docs/decisions/0010-liveness-at-any-size.md. An inference is data: what makes it a
proof is that somebody proves the premises, which are made here and nowhere else.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import Enum

from unsay.engines.proof.liveness.tail import (
    Call,
    Premise,
    Tail,
    cell_of,
    fixed,
    is_owed,
    places_of,
)
from unsay.model.language import Fairness, Symbol, Term
from unsay.model.language.terms import (
    BOOL,
    And,
    Before,
    Equal,
    Literal,
    ModelError,
    Next,
    Not,
    Or,
    Read,
    Variable,
)


@dataclass(frozen=True)
class MovesOn:
    """A table's cells move on in an order only, so they change finitely often.

    Attributes:
        table: The table.
        order: The members of an enumeration or of the truth values, from first to last; of an
            ordered sort, "up" or "down".
    """

    table: Symbol
    order: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.table} only moves on ({', then '.join(self.order)})"

    def premises(self, tail: Tail) -> list[Premise]:
        """What has to be shown.

        Raises:
            ModelError: that is no order of the table's values.
        """
        cell = cell_of(self.table)
        moves = Or((Equal(Next(cell), cell), self._moved(cell)))
        return [Premise(f"in the end {self}", moves, places_of(self.table), tail.facts)]

    def _moved(self, cell: Read) -> Term:
        sort = self.table.value
        if self.table.role != "state":
            raise ModelError(f"{self.table} is no state")
        if sort.ordered and self.order == ("up",):
            return Before(cell, Next(cell))
        if sort.ordered and self.order == ("down",):
            return Before(Next(cell), cell)
        if sort.ordered or sorted(self.order) != sorted(sort.literals):
            raise ModelError(f"{self.order} is no order of {sort}")
        members = [Literal(name, sort) for name in self.order]
        pairs = itertools.combinations(members, 2)
        return Or(tuple(And((Equal(cell, a), Equal(Next(cell), b))) for a, b in pairs))

    def applied(self, tail: Tail) -> Tail:
        """What is then known."""
        return tail.with_still(self.table)


@dataclass(frozen=True)
class Changes:
    """Every step of a rule changes what is still, so it is taken finitely often."""

    rule: str

    def __str__(self) -> str:
        return f"{self.rule} ends, as it always changes something for good"

    def premises(self, tail: Tail) -> list[Premise]:
        """What has to be shown."""
        parameters = tail.machine.rule(self.rule).parameters
        never = Not(Call(self.rule, parameters).taken)
        says = f"in the end {self.rule} would change what is still"
        return [Premise(says, never, parameters, tail.facts)]

    def applied(self, tail: Tail) -> Tail:
        """What is then known."""
        return tail.with_ended(self.rule)


@dataclass(frozen=True)
class Owed:
    """A rule that is taken finitely often, and owed, is not possible in the end."""

    rule: str

    def __str__(self) -> str:
        return f"{self.rule} is owed and ends, so in the end it is not possible"

    def premises(self, tail: Tail) -> list[Premise]:
        """Nothing has to be shown but what stands there.

        Raises:
            ModelError: the rule is not known to end, or not owed enough.
        """
        rule = tail.machine.rule(self.rule)
        enough = rule.fairness is Fairness.STRONG or (is_owed(rule) and tail.rests(rule.guard))
        if self.rule not in tail.ended or not enough:
            raise ModelError(f"{self.rule} is not known to end, or may stay possible")
        return []

    def applied(self, tail: Tail) -> Tail:
        """What is then known."""
        return tail.with_idle(self.rule)


class LinkKind(Enum):
    """Why an action is taken again and again if another is."""

    WEAK = "weak"
    """It is possible after the other, and stays so until it is taken."""
    STRONG = "strong"
    """It is possible whenever the other is taken, before or after."""
    UNDONE = "undone"
    """It alone undoes what the other does."""


@dataclass(frozen=True)
class Link:
    """If ``first`` is taken again and again, so is ``then``.

    Attributes:
        kind: Why.
        first: An action that is known to be.
        then: Another.
        cell: Of ``UNDONE``, the Boolean cell that one sets and the other sets back.
        value: Of ``UNDONE``, what ``first`` makes of it.
    """

    kind: LinkKind
    first: Call
    then: Call
    cell: Read | None = None
    value: bool = True

    def __str__(self) -> str:
        return f"{self.first.rule} is followed by {self.then.rule}"


@dataclass(frozen=True)
class Starved:
    """A rule is taken finitely often, since what must follow it cannot go on for ever.

    Attributes:
        rule: The rule.
        links: From its action, at its own parameters, to one that makes no step in the end.
    """

    rule: str
    links: tuple[Link, ...]

    def __str__(self) -> str:
        return f"{self.rule} ends: " + ", ".join(map(str, self.links))

    def premises(self, tail: Tail) -> list[Premise]:
        """What has to be shown.

        Raises:
            ModelError: the links are no chain, or a rule is not owed what a link takes for granted.
        """
        parameters = tail.machine.rule(self.rule).parameters
        known = [Call(self.rule, parameters)]
        found: list[Premise] = []
        for link in self.links:
            if link.first not in known:
                raise ModelError(f"'{link.first}' is not known to be taken again and again")
            tail.checked(link.then, parameters)
            found += link_premises(tail, self.rule, known, link)
            known.append(link.then)
        return [*found, end_premise(tail, self.rule, known)]

    def applied(self, tail: Tail) -> Tail:
        """What is then known."""
        return tail.with_ended(self.rule)


Inference = MovesOn | Changes | Owed | Starved


def end_premise(tail: Tail, rule: str, known: list[Call]) -> Premise:
    """That the last of ``known`` makes no step in the end, if all are taken again and again."""
    says = f"{known[-1].rule} would change what is still"
    return _about(tail, rule, says, tail.standing(known), Not(known[-1].taken))


def link_premises(tail: Tail, rule: str, known: list[Call], link: Link) -> list[Premise]:
    """What shows that ``link`` leads on, where ``known`` are taken again and again.

    Raises:
        ModelError: the rule is not owed what the link takes for granted, or there is no such cell.
    """
    standing = tail.standing(known)
    first, then = link.first, link.then
    fairness, guard = tail.machine.rule(then.rule).fairness, tail.guard(then)
    begun = [*standing, first.taken]
    match link.kind:
        case LinkKind.UNDONE:
            before, after = _turned(link, tail.machine.rule(rule).parameters)
            back = [*standing, after, Next(before)]
            claims = [
                (f"{first.rule} always turns {link.cell}", begun, And((before, Next(after)))),
                (f"only {then.rule} turns {link.cell} back", back, then.taken),
            ]
        case LinkKind.STRONG:
            if fairness is not Fairness.STRONG:
                raise ModelError(f"{then.rule} is not strongly fair")
            possible = Or((guard, Next(guard)))
            claims = [(f"{then.rule} is possible before or after {first.rule}", begun, possible)]
        case LinkKind.WEAK:
            if not is_owed(tail.machine.rule(then.rule)):
                raise ModelError(f"{then.rule} is not fair")
            stays = [*standing, guard, Not(then.taken)]
            claims = [
                (f"{then.rule} is possible after {first.rule}", begun, Next(guard)),
                (f"{then.rule} stays possible until it happens", stays, Next(guard)),
            ]
    return [_about(tail, rule, *claim) for claim in claims]


def _about(tail: Tail, rule: str, says: str, given: list[Term], conclusion: Term) -> Premise:
    parameters = tail.machine.rule(rule).parameters
    words = f"if {rule} goes on, {says}"
    return Premise(words, conclusion, parameters, tail.facts, tuple(given))


def _turned(link: Link, parameters: tuple[Variable, ...]) -> tuple[Term, Term]:
    """What holds of the cell before ``link.first``, and after it."""
    cell = link.cell
    if cell is None or cell.symbol.value != BOOL or cell.symbol.role != "state":
        raise ModelError("only Boolean state is turned to and fro")
    if not all(fixed(a, parameters) for a in cell.arguments):
        raise ModelError(f"'{cell}' is not one cell")
    return (Not(cell), cell) if link.value else (cell, Not(cell))
