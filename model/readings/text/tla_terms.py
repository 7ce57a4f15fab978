"""Terms in TLA+: quantifiers and sorts stay, tables are functions, ordered sorts are numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unsay.model.language.terms import (
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
    Taken,
    Term,
    Variable,
)
from unsay.model.readings.text.tidy import implication, tidied

WIDTH = 96
"""Columns of a line, where it can be broken at all."""

Operator = tuple[str, tuple[Variable, ...]]


class Terms:
    """Writes terms.

    Args:
        global_name: The name of a sort, a table or a rule's operator.
        local_name: The name of a variable.
        operators: Terms that have an operator of their own, with its parameters.
        known_rules: Rules that this machine has; a rule that it does not have is never taken.
    """

    def __init__(
        self,
        global_name: Callable[[Sort | Symbol | str], str],
        local_name: Callable[[str], str],
        operators: dict[Term, Operator],
        known_rules: frozenset[str],
    ) -> None:
        self._global = global_name
        self._local = local_name
        self._operators = operators
        self._rules = known_rules

    def tidied(self, term: Term) -> Term:
        """``term`` as it will be written."""
        return tidied(term, self._operators, lambda t: t.rule not in self._rules)

    def lines(self, term: Term, column: int) -> str:
        """``term`` as text that begins at ``column``; later lines are indented to fit."""
        return self._lines(self.tidied(term), column, False)

    def _lines(self, term: Term, column: int, ahead: bool) -> str:
        """The same for a tidied term; ``ahead`` reads the state after the step."""
        flat = self._flat(term, ahead)
        if column + len(flat) <= WIDTH:
            return flat
        broken = self._broken(term, column, ahead)
        return flat if broken is None else broken

    def _broken(self, term: Term, column: int, ahead: bool) -> str | None:
        """``term`` over several lines, or None where it has no place to break."""
        if term in self._operators:
            return None
        pad = "\n" + " " * column
        if (implied := implication(term)) is not None:
            premise, conclusion = implied
            first = self._side(premise, column, ahead)
            return f"{first}{pad}=> {self._side(conclusion, column + 3, ahead)}"
        if (compared := _comparison(term)) is not None:
            left, sign, right = compared
            first = self._side(left, column, ahead)
            return f"{first}{pad}{sign} {self._side(right, column + len(sign) + 1, ahead)}"
        match term:
            case And(parts) | Or(parts):
                sign = "/\\ " if isinstance(term, And) else "\\/ "
                items = (self._lines(p, column + 3, ahead) for p in parts)
                return pad.join(sign + item for item in items)
            case ForAll(variables, body) | Exists(variables, body):
                sign = "\\A" if isinstance(term, ForAll) else "\\E"
                start = f"{sign} {self.binders(variables)} :{pad}    "
                return start + self._lines(body, column + 4, ahead)
            case Not(body):
                return f"~({self._lines(body, column + 2, ahead)})"
            case IfThenElse(condition, then, otherwise):
                return pad.join(
                    (
                        f"IF {self._lines(condition, column + 3, ahead)}",
                        f"THEN {self._lines(then, column + 5, ahead)}",
                        f"ELSE {self._lines(otherwise, column + 5, ahead)}",
                    )
                )
            case Next(body):
                return self._broken(body, column, True)
        return None

    def _side(self, term: Term, column: int, ahead: bool) -> str:
        """A side of an implication or a comparison that takes several lines."""
        flat = self._inner(term, ahead)
        if column + len(flat) <= WIDTH:
            return flat
        return f"({self._lines(term, column + 1, ahead)})"

    def binders(self, variables: Sequence[Variable]) -> str:
        """``c \\in Command, v \\in Node``."""
        return ", ".join(f"{self._local(v.name)} \\in {self._global(v.of)}" for v in variables)

    def flat(self, term: Term) -> str:
        """``term`` on one line."""
        return self._flat(self.tidied(term), False)

    def _flat(self, term: Term, ahead: bool) -> str:
        if term in self._operators:
            name, parameters = self._operators[term]
            return self._call(name, parameters) + ("'" if ahead else "")
        if (implied := implication(term)) is not None:
            premise, conclusion = implied
            return f"{self._inner(premise, ahead)} => {self._inner(conclusion, ahead)}"
        if (compared := _comparison(term)) is not None:
            left, sign, right = compared
            return f"{self._inner(left, ahead)} {sign} {self._inner(right, ahead)}"
        match term:
            case Not(body):
                return f"~{self._inner(body, ahead)}"
            case And(parts) | Or(parts):
                sign = " /\\ " if isinstance(term, And) else " \\/ "
                return sign.join(self._member(p, ahead) for p in parts)
            case IfThenElse(condition, then, otherwise):
                return (
                    f"IF {self._flat(condition, ahead)} THEN {self._flat(then, ahead)} "
                    f"ELSE {self._flat(otherwise, ahead)}"
                )
            case ForAll(variables, body):
                return f"\\A {self.binders(variables)} : {self._flat(body, ahead)}"
            case Exists(variables, body):
                return f"\\E {self.binders(variables)} : {self._flat(body, ahead)}"
            case Next(body):
                return self._flat(body, True)
        return self._leaf(term, ahead)

    def _leaf(self, term: Term, ahead: bool) -> str:
        match term:
            case Variable(name):
                return self._local(name)
            case Literal(name, sort):
                return name.upper() if sort.name == "Bool" else f'"{name}"'
            case Least():
                return "0"
            case Read(symbol, arguments):
                prime = "'" if ahead and symbol.role != "rigid" else ""
                inside = ", ".join(self._flat(a, ahead) for a in arguments)
                return f"{self._global(symbol)}{prime}[{inside}]"
            case Taken(rule, arguments):
                inside = ", ".join(self._flat(a, ahead) for a in arguments)
                return f"{self._global(rule)}({inside})"
        raise ModelError(f"'{term}' has no text in TLA+")

    def _call(self, name: str, parameters: tuple[Variable, ...]) -> str:
        inside = ", ".join(self._local(p.name) for p in parameters)
        return f"{name}({inside})" if parameters else name

    def _inner(self, term: Term, ahead: bool) -> str:
        """An operand: in parentheses unless it is one thing."""
        if isinstance(term, Next):
            return self._inner(term.body, True)
        text = self._flat(term, ahead)
        whole = isinstance(term, (Variable, Literal, Least, Read, Taken)) or (
            term in self._operators and not ahead
        )
        return text if whole else f"({text})"

    def _member(self, term: Term, ahead: bool) -> str:
        """An operand of a conjunction or disjunction, which bind less than comparisons."""
        compared = isinstance(term, (Equal, Before)) or (
            isinstance(term, Not) and implication(term) is None
        )
        if compared and term not in self._operators:
            return self._flat(term, ahead)
        return self._inner(term, ahead)


def _comparison(term: Term) -> tuple[Term, str, Term] | None:
    """A comparison of two values: left side, sign, right side."""
    match term:
        case Equal(left, right):
            return left, "=", right
        case Before(left, right):
            return left, "<", right
        case Not(Equal(left, right)):
            return left, "#", right
        case Not(Before(left, right)):
            return left, ">=", right
    return None
