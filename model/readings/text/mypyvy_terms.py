"""Terms in mypyvy: sorts and quantifiers stay, tables are relations and functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unsay.model.language.terms import (
    BOOL,
    TRUE,
    And,
    Before,
    Equal,
    Exists,
    ForAll,
    IfThenElse,
    Least,
    Literal,
    ModelError,
    Next,
    Not,
    Or,
    Read,
    Sort,
    Symbol,
    Term,
    Variable,
    children,
    rebuilt,
)
from unsay.model.readings.text.tidy import implication, tidied


class Terms:
    """Writes terms.

    Args:
        sort: The name of a sort.
        table: That of a table.
        member: That of a constant: a member of an enumeration, or the least of an ordered sort.
        order: That of the relation that orders a sort.
        local: That of a variable.
    """

    def __init__(
        self,
        sort: Callable[[Sort], str],
        table: Callable[[Symbol], str],
        member: Callable[[Literal | Least], str],
        order: Callable[[Sort], str],
        local: Callable[[str], str],
    ) -> None:
        self._sort = sort
        self._table = table
        self._member = member
        self._order = order
        self._local = local

    def text(self, term: Term) -> str:
        """``term`` on one line.

        Raises:
            ModelError: it is about infinite runs, or about which rule a step is.
        """
        return self._text(tidied(_plainer(tidied(term))))

    def binders(self, variables: Sequence[Variable]) -> str:
        """``c: Command, v: Node``."""
        return ", ".join(f"{self._local(v.name)}: {self._sort(v.of)}" for v in variables)

    def _text(self, term: Term) -> str:
        if (implied := implication(term)) is not None:
            premise, conclusion = implied
            return f"{self._inner(premise)} -> {self._inner(conclusion)}"
        match term:
            case Not(Equal(left, right)) if left.sort != BOOL:
                return f"{self._inner(left)} != {self._inner(right)}"
            case Not(body):
                return f"!{self._inner(body)}"
            case And(parts) | Or(parts):
                sign = " & " if isinstance(term, And) else " | "
                return sign.join(map(self._inner, parts))
            case Equal(left, right):
                sign = "<->" if left.sort == BOOL else "="
                return f"{self._inner(left)} {sign} {self._inner(right)}"
            case IfThenElse(condition, then, otherwise):
                return (
                    f"if {self._inner(condition)} then {self._inner(then)} "
                    f"else {self._inner(otherwise)}"
                )
            case ForAll(variables, body):
                return f"forall {self.binders(variables)}. {self._text(body)}"
            case Exists(variables, body):
                return f"exists {self.binders(variables)}. {self._text(body)}"
        return self._whole(term)

    def _whole(self, term: Term) -> str:
        """A term that needs no parentheses."""
        match term:
            case Variable(name):
                return self._local(name)
            case Literal(name, sort) if sort == BOOL:
                return name
            case Literal() | Least():
                return self._member(term)
            case Read(symbol, arguments):
                inside = ", ".join(map(self._text, arguments))
                return f"{self._table(symbol)}({inside})" if arguments else self._table(symbol)
            case Before(left, right):
                return f"{self._order(left.sort)}({self._text(left)}, {self._text(right)})"
            case Next(body):
                return f"new({self._text(body)})"
        raise ModelError(f"'{term}' has no text in mypyvy")

    def _inner(self, term: Term) -> str:
        """An operand: in parentheses unless it is one thing."""
        text = self._text(term)
        return text if isinstance(term, _WHOLE) else f"({text})"


_WHOLE = (Variable, Literal, Least, Read, Before, Next)


def _plainer(term: Term) -> Term:
    """Truth as connectives: ``x = false`` is ``not x``; "true if c else x" is ``c or x``."""
    term = rebuilt(term, tuple(map(_plainer, children(term))))
    match term:
        case Equal(body, Literal(_, sort) as truth) if sort == BOOL:
            return body if truth == TRUE else _not(body)
        case IfThenElse(condition, Literal(_, sort) as truth, other) if sort == BOOL:
            return Or((condition, other)) if truth == TRUE else And((_not(condition), other))
        case IfThenElse(condition, other, Literal(_, sort) as truth) if sort == BOOL:
            return Or((_not(condition), other)) if truth == TRUE else And((condition, other))
        case Not(Not(body)):
            return body
    return term


def _not(term: Term) -> Term:
    return term.body if isinstance(term, Not) else Not(term)
