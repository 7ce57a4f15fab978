"""Terms as data: what a rule or a property says, before any reading of it.

Every engine, exporter and picture works on these classes and on nothing else. They hold no
meaning of their own beyond their shape and their sort; each *reading* (``unsay.model.readings``)
gives them one. People do not write terms by hand: they write the notation of
``unsay.model.language.notation``, which builds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


class ModelError(Exception):
    """A rule, table or property that does not make sense: the message says which and why."""


@dataclass(frozen=True, slots=True)
class Sort:
    """A kind of thing that variables range over.

    ``literals`` is non-empty for an enumeration, whose members are part of the language. Any
    other sort is populated by a design (``Structure``), or left open by the any-size reading.
    ``ordered`` sorts carry a total order with a least element.
    """

    name: str
    says: str = field(default="", compare=False)
    ordered: bool = False
    literals: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:
        return hash(self.name)  # names tell nearly all apart; every reading hashes these a lot


BOOL = Sort("Bool", "true or false", literals=("false", "true"))


@dataclass(frozen=True, slots=True)
class Symbol:
    """A relation or function of the vocabulary.

    ``role`` is ``"rigid"`` (fixed by the design), ``"state"`` (changed by rules) or ``"history"``
    (state that only records the past: properties may read it, the machine may not).
    ``initially`` is the value of every cell before the first step: an enumeration literal,
    ``"false"`` or ``"true"``, or ``None`` for the least element of an ordered sort.
    """

    name: str
    arguments: tuple[Sort, ...]
    value: Sort
    role: str
    says: str = field(default="", compare=False)
    initially: str | None = None

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:
        return hash(self.name)


class Term:
    """Base of all terms. ``sort`` is ``BOOL`` for formulas."""

    __slots__ = ()

    @property
    def sort(self) -> Sort:
        """What the term's value is a member of."""
        return BOOL


@dataclass(frozen=True, slots=True)
class Variable(Term):
    """A rule parameter or a bound variable."""

    name: str
    of: Sort

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def sort(self) -> Sort:
        """What the term's value is a member of."""
        return self.of

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Literal(Term):
    """A member of an enumeration, or ``true``/``false``."""

    name: str
    of: Sort

    @property
    def sort(self) -> Sort:
        """What the term's value is a member of."""
        return self.of

    def __str__(self) -> str:
        return self.name


TRUE = Literal("true", BOOL)
FALSE = Literal("false", BOOL)


@dataclass(frozen=True, slots=True)
class Least(Term):
    """The least element of an ordered sort."""

    of: Sort

    @property
    def sort(self) -> Sort:
        """What the term's value is a member of."""
        return self.of

    def __str__(self) -> str:
        return f"{self.of}.least"


@dataclass(frozen=True, slots=True)
class Read(Term):
    """The value of a table at some arguments."""

    symbol: Symbol
    arguments: tuple[Term, ...]

    @property
    def sort(self) -> Sort:
        """What the term's value is a member of."""
        return self.symbol.value

    def __str__(self) -> str:
        return f"{self.symbol}[{', '.join(map(str, self.arguments))}]"


@dataclass(frozen=True, slots=True)
class Not(Term):
    """``body`` is false."""

    body: Term

    def __str__(self) -> str:
        return f"not {_wrapped(self.body)}"


@dataclass(frozen=True, slots=True)
class And(Term):
    """Every part is true; true of no parts."""

    parts: tuple[Term, ...]

    def __str__(self) -> str:
        return " and ".join(map(_wrapped, self.parts)) or "true"


@dataclass(frozen=True, slots=True)
class Or(Term):
    """Some part is true; false of no parts."""

    parts: tuple[Term, ...]

    def __str__(self) -> str:
        return " or ".join(map(_wrapped, self.parts)) or "false"


@dataclass(frozen=True, slots=True)
class Equal(Term):
    """Both sides have the same value."""

    left: Term
    right: Term

    def __str__(self) -> str:
        return f"{_wrapped(self.left)} = {_wrapped(self.right)}"


@dataclass(frozen=True, slots=True)
class Before(Term):
    """Strict order on an ordered sort: ``left`` is older than ``right``."""

    left: Term
    right: Term

    def __str__(self) -> str:
        return f"{_wrapped(self.left)} < {_wrapped(self.right)}"


@dataclass(frozen=True, slots=True)
class IfThenElse(Term):
    """``then`` where ``condition`` holds, else ``otherwise``."""

    condition: Term
    then: Term
    otherwise: Term

    @property
    def sort(self) -> Sort:
        """What the term's value is a member of."""
        return self.then.sort

    def __str__(self) -> str:
        return f"({self.then} if {self.condition} else {self.otherwise})"


@dataclass(frozen=True, slots=True)
class ForAll(Term):
    """``body`` holds for all values of ``variables``."""

    variables: tuple[Variable, ...]
    body: Term

    def __str__(self) -> str:
        return f"(for every {_bound(self.variables)}: {self.body})"


@dataclass(frozen=True, slots=True)
class Exists(Term):
    """``body`` holds for some values of ``variables``."""

    variables: tuple[Variable, ...]
    body: Term

    def __str__(self) -> str:
        return f"(for some {_bound(self.variables)}: {self.body})"


@dataclass(frozen=True, slots=True)
class Next(Term):
    """The value of ``body`` after the step (step properties only)."""

    body: Term

    @property
    def sort(self) -> Sort:
        """What the term's value is a member of."""
        return self.body.sort

    def __str__(self) -> str:
        return f"next({self.body})"


@dataclass(frozen=True, slots=True)
class Taken(Term):
    """The step is this rule at these arguments (step properties only)."""

    rule: str
    arguments: tuple[Term, ...]

    def __str__(self) -> str:
        return f"{self.rule}({', '.join(map(str, self.arguments))}) happens"


@dataclass(frozen=True, slots=True)
class LeadsTo(Term):
    """Whenever ``premise`` holds, ``conclusion`` holds then or later (eventually properties only).

    It is a claim about infinite runs, so it has no value in a state or at a step.
    """

    premise: Term
    conclusion: Term

    def __str__(self) -> str:
        return f"{_wrapped(self.premise)} leads to {_wrapped(self.conclusion)}"


def _wrapped(term: Term) -> str:
    text = str(term)
    return f"({text})" if isinstance(term, (And, Or, Equal, Before, LeadsTo)) else text


def _bound(variables: tuple[Variable, ...]) -> str:
    return ", ".join(f"{v.name}: {v.of}" for v in variables)


def children(term: Term) -> tuple[Term, ...]:
    """The immediate subterms, in reading order."""
    of_kind = _CHILDREN.get(type(term))
    return () if of_kind is None else of_kind(term)


# Looked up by type, not matched: every walk asks this of every subterm.
_CHILDREN: dict[type[Term], Callable[[Any], tuple[Term, ...]]] = {
    **dict.fromkeys((Read, Taken), lambda t: t.arguments),
    **dict.fromkeys((Not, Next, ForAll, Exists), lambda t: (t.body,)),
    **dict.fromkeys((And, Or), lambda t: t.parts),
    **dict.fromkeys((Equal, Before), lambda t: (t.left, t.right)),
    LeadsTo: lambda t: (t.premise, t.conclusion),
    IfThenElse: lambda t: (t.condition, t.then, t.otherwise),
}


def rebuilt(term: Term, parts: tuple[Term, ...]) -> Term:
    """``term`` with its immediate subterms replaced by ``parts`` (same number, same order)."""
    match term:
        case Read(symbol, _):
            return Read(symbol, parts)
        case Taken(rule, _):
            return Taken(rule, parts)
        case Not() | Next():
            return type(term)(parts[0])
        case ForAll(variables, _) | Exists(variables, _):
            return type(term)(variables, parts[0])
        case And() | Or():
            return type(term)(parts)
        case Equal() | Before() | LeadsTo():
            return type(term)(parts[0], parts[1])
        case IfThenElse():
            return IfThenElse(parts[0], parts[1], parts[2])
    return term


def walk(term: Term) -> Iterator[Term]:
    """``term`` and every subterm, outermost first."""
    waiting = [term]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += reversed(children(found))


def symbols(term: Term) -> set[Symbol]:
    """The tables that ``term`` reads."""
    return {t.symbol for t in walk(term) if isinstance(t, Read)}


def free_variables(term: Term) -> set[Variable]:
    """The variables of ``term`` that no quantifier in it binds."""
    if isinstance(term, Variable):
        return {term}
    found: set[Variable] = set().union(*(free_variables(c) for c in children(term)))
    if isinstance(term, (ForAll, Exists)):
        found -= set(term.variables)
    return found


def bound_variables(term: Term) -> set[Variable]:
    """The variables that some quantifier in ``term`` binds."""
    return {v for t in walk(term) if isinstance(t, (ForAll, Exists)) for v in t.variables}


def substitute(term: Term, by: dict[Variable, Term]) -> Term:
    """``term`` with free variables replaced.

    Raises:
        ModelError: a binder of ``term`` would capture a variable of a replacement.
    """
    if isinstance(term, Variable):
        return by.get(term, term)
    if isinstance(term, (ForAll, Exists)):
        by = {k: t for k, t in by.items() if k not in term.variables}
        used = (by[v] for v in free_variables(term) if v in by)
        names = {v.name for replacement in used for v in free_variables(replacement)}
        if caught := names & {v.name for v in term.variables}:
            raise ModelError(f"'{term}' would capture {min(caught)}")
    return rebuilt(term, tuple(substitute(c, by) for c in children(term)))
