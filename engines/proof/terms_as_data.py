"""Terms as JSON, and back: for proofs that are kept in files. Nothing read is ever executed."""

from __future__ import annotations

from typing import Any

from unsay.model.language import Machine, Sort, Symbol, Term
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
    Taken,
    Variable,
    children,
)

_PLAIN: dict[str, type[Term]] = {
    "not": Not,
    "next": Next,
    "and": And,
    "or": Or,
    "=": Equal,
    "<": Before,
    "if": IfThenElse,
}
_WORDS = {made: word for word, made in _PLAIN.items()}
_MANY = (And, Or)
_OF_TRUTHS = (Not, And, Or)
_ARITY = {Not: 1, Next: 1, Equal: 2, Before: 2, IfThenElse: 3}


def as_data(term: Term) -> list[Any]:
    """``term`` as nested lists of words.

    Raises:
        ValueError: it is about infinite runs.
    """
    match term:
        case Variable(name, sort):
            return ["variable", name, sort.name]
        case Literal(name, sort):
            return ["member", name, sort.name]
        case Least(sort):
            return ["least", sort.name]
        case Read(symbol, arguments):
            return ["read", symbol.name, *map(as_data, arguments)]
        case Taken(rule, arguments):
            return ["taken", rule, *map(as_data, arguments)]
        case ForAll(variables, body) | Exists(variables, body):
            word = "for every" if isinstance(term, ForAll) else "for some"
            return [word, [[v.name, v.of.name] for v in variables], as_data(body)]
    if type(term) not in _WORDS:
        raise ValueError(f"'{term}' says nothing about states or steps")
    return [_WORDS[type(term)], *map(as_data, children(term))]


class TermReader:
    """Reads terms about one machine."""

    def __init__(self, machine: Machine) -> None:
        self._tables: dict[str, Symbol] = {s.name: s for s in machine.symbols}
        used = {s for t in machine.symbols for s in (*t.arguments, t.value)}
        used |= {p.of for r in machine.rules for p in r.parameters} | {BOOL}
        self._sorts: dict[str, Sort] = {s.name: s for s in used}

    def term(self, data: Any) -> Term:
        """The term that ``as_data`` made ``data`` of.

        Raises:
            ValueError: it is none, or not about this machine.
        """
        try:
            return self._term(data)
        except (KeyError, TypeError, IndexError, AttributeError, RecursionError):
            raise ValueError(f"no term: {str(data)[:60]}") from None

    def _term(self, data: Any) -> Term:
        word, *rest = data
        match word:
            case "variable":
                return Variable(str(rest[0]), self._sorts[rest[1]])
            case "member":
                sort = self._sorts[rest[1]]
                if rest[0] not in sort.literals:
                    raise ValueError(f"{sort} has no member {rest[0]}")
                return Literal(rest[0], sort)
            case "least":
                return Least(self._sorts[rest[0]])
            case "read":
                return self._read(self._tables[rest[0]], rest[1:])
            case "taken":
                return Taken(str(rest[0]), tuple(map(self._term, rest[1:])))
            case "for every" | "for some":
                variables = tuple(Variable(str(n), self._sorts[s]) for n, s in rest[0])
                made = ForAll if word == "for every" else Exists
                body = self._term(rest[1])
                if body.sort != BOOL:
                    raise ValueError(f"'{word}' is said of what has the wrong sort")
                return made(variables, body)
        made_of, parts = _PLAIN[word], tuple(map(self._term, rest))
        if len(parts) != _ARITY.get(made_of, len(parts)):
            raise ValueError(f"'{word}' takes {_ARITY[made_of]} parts")
        sorts = [p.sort for p in parts]
        truths = sorts if made_of in _OF_TRUTHS else sorts[:1] if made_of is IfThenElse else []
        alike = {Equal: sorts, Before: sorts, IfThenElse: sorts[1:]}.get(made_of, [])
        if set(truths) - {BOOL} or len(set(alike)) > 1:
            raise ValueError(f"'{word}' is said of what has the wrong sort")
        return made_of(parts) if made_of in _MANY else made_of(*parts)

    def _read(self, table: Symbol, data: list[Any]) -> Read:
        arguments = tuple(map(self._term, data))
        if tuple(a.sort for a in arguments) != table.arguments:
            raise ValueError(f"table {table} is read at the wrong sorts")
        return Read(table, arguments)
