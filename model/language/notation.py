"""The notation: what a person writes, typed so that an editor and mypy check it too.

An *expression* wraps a term and gives it Python's operators: ``&``, ``|``, ``~`` on formulas,
``==`` and ``!=`` on things, ``<`` ... ``>=`` on ordered things. A sort is a class, so that
``def deliver(rule, c: Command, u: Node, v: Node)`` states the sorts of its parameters once, for
the reader, for mypy and for the language alike.

No expression has a truth value: ``if wire[c, u, v]:`` is an error, because a rule may not branch
in Python on what only a state can know.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, Self, TypeVar

from unsay.model.language.terms import (
    BOOL,
    FALSE,
    TRUE,
    And,
    Before,
    Equal,
    Exists,
    ForAll,
    IfThenElse,
    LeadsTo,
    Least,
    Literal,
    ModelError,
    Next,
    Not,
    Or,
    Sort,
    Taken,
    Term,
    Variable,
    free_variables,
)


class Expression:
    """A term with operators."""

    __slots__ = ("term",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, term: Term) -> None:
        self.term = term

    def __bool__(self) -> NoReturn:
        raise ModelError(
            f"'{self.term}' has no value until a state is given: "
            "use & | ~, when= or where=, not Python's and, or, not, if"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.term}>"


class Bool(Expression):
    """A formula: true or false in each state."""

    __slots__ = ()
    sort: ClassVar[Sort] = BOOL

    def __and__(self, other: Bool | bool) -> Bool:
        return all_of(self, other)

    def __or__(self, other: Bool | bool) -> Bool:
        return any_of(self, other)

    def __rand__(self, other: bool) -> Bool:
        return all_of(other, self)

    def __ror__(self, other: bool) -> Bool:
        return any_of(other, self)

    def __invert__(self) -> Bool:
        return Bool(Not(self.term))

    def __eq__(self, other: object) -> Bool:  # type: ignore[override]
        return Bool(Equal(self.term, formula(other)))

    def __ne__(self, other: object) -> Bool:  # type: ignore[override]
        return ~(self == other)

    __hash__ = None


class Element(Expression):
    """A member of a sort. Subclass it to declare the sort: the class name is its name."""

    __slots__ = ()
    sort: ClassVar[Sort]
    ordered: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.sort = Sort(cls.__name__, (cls.__doc__ or "").strip(), cls.ordered)

    @classmethod
    def variables(cls, names: str) -> tuple[Self, ...]:
        """Variables of this sort, one per name: ``v, w = Node.variables("v w")``."""
        return tuple(cls(Variable(name, cls.sort)) for name in names.split())

    @classmethod
    def variable(cls, name: str) -> Self:
        """One variable of this sort, for binders."""
        return cls(Variable(name, cls.sort))

    def __eq__(self, other: Self) -> Bool:  # type: ignore[override]
        return Bool(Equal(self.term, _same_sort(self, other, "==")))

    def __ne__(self, other: Self) -> Bool:  # type: ignore[override]
        return ~(self == other)

    __hash__ = None


class Ordered(Element):
    """A member of a totally ordered sort with a least element."""

    __slots__ = ()
    ordered: ClassVar[bool] = True

    @classmethod
    def least(cls) -> Self:
        """The least element: nothing is older."""
        return cls(Least(cls.sort))

    def __lt__(self, other: Self) -> Bool:
        return Bool(Before(self.term, _same_sort(self, other, "<")))

    def __gt__(self, other: Self) -> Bool:
        return Bool(Before(_same_sort(self, other, ">"), self.term))

    def __le__(self, other: Self) -> Bool:
        return ~(self > other)

    def __ge__(self, other: Self) -> Bool:
        return ~(self < other)


class Choice(Element):
    """An enumeration. Each annotated name of the class body becomes one of its members::

    class Told(Choice):
        waiting: ClassVar[Told]
        done: ClassVar[Told]
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        names = tuple(n for n, a in cls.__annotations__.items() if "ClassVar" in str(a))
        if len(names) < 2:
            raise ModelError(f"enumeration {cls.__name__} needs two members or more")
        cls.sort = Sort(cls.__name__, (cls.__doc__ or "").strip(), literals=names)
        for name in names:
            setattr(cls, name, cls(Literal(name, cls.sort)))


E = TypeVar("E", bound=Expression)


def _same_sort(left: Element, right: object, operator: str) -> Term:
    if not isinstance(right, Element) or right.sort != left.sort:
        found = right.sort.name if isinstance(right, (Element, Bool)) else repr(right)
        raise ModelError(
            f"'{left.term} {operator} ...' compares a {left.sort} with {found}; "
            f"both sides must be of sort {left.sort}"
        )
    return right.term


def formula(value: object) -> Term:
    """The term of a formula given as an expression or as ``True``/``False``."""
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, Bool):
        return value.term
    found = value.term if isinstance(value, Expression) else value
    raise ModelError(f"'{found}' is not a formula: expected something true or false")


def all_of(*parts: Bool | bool) -> Bool:
    """True when every part is (true for no parts); parts that say nothing are left out."""
    said = [t for t in map(formula, parts) if t not in (TRUE, And(()))]
    return Bool(said[0] if len(said) == 1 < len(parts) else And(tuple(said)))


def any_of(*parts: Bool | bool) -> Bool:
    """True when some part is (false for no parts)."""
    return Bool(Or(tuple(formula(p) for p in parts)))


def implies(premise: Bool, conclusion: Bool | bool) -> Bool:
    """``conclusion`` holds wherever ``premise`` does."""
    return Bool(Or((Not(formula(premise)), formula(conclusion))))


def if_else(condition: Bool, then: E, otherwise: E) -> E:
    """``then`` where ``condition`` holds, ``otherwise`` elsewhere."""
    if not isinstance(then, Expression) or not isinstance(otherwise, Expression):
        raise ModelError(f"if_else chooses between two expressions, not {then!r} and {otherwise!r}")
    if then.term.sort != otherwise.term.sort:
        raise ModelError(f"'{then.term}' and '{otherwise.term}' are of different sorts")
    return type(then)(IfThenElse(formula(condition), then.term, otherwise.term))


def binders(bound: Element | tuple[Element, ...]) -> tuple[Variable, ...]:
    """The variables bound by a quantifier or a comprehension."""
    several = bound if isinstance(bound, tuple) else (bound,)
    found: list[Variable] = []
    for each in several:
        if not isinstance(each, Element) or not isinstance(each.term, Variable):
            raise ModelError(f"'{each!r}' cannot be bound: use Node.variable('w') or the like")
        if each.term.name in {v.name for v in found}:
            raise ModelError(f"variable {each.term} is bound twice")
        found.append(each.term)
    return tuple(found)


def _quantified(kind: type[ForAll] | type[Exists], bound: Any, body: Bool) -> Bool:
    variables, inner = binders(bound), formula(body)
    if not variables:
        raise ModelError(f"'{inner}' is quantified over nothing")
    unused = [v.name for v in variables if v not in free_variables(inner)]
    if unused:
        raise ModelError(f"'{inner}' never mentions {', '.join(unused)}, which it quantifies")
    return Bool(kind(variables, inner))


def forall(bound: Element | tuple[Element, ...], body: Bool) -> Bool:
    """``body`` holds for every value of the bound variables."""
    return _quantified(ForAll, bound, body)


def exists(bound: Element | tuple[Element, ...], body: Bool) -> Bool:
    """``body`` holds for some value of the bound variables."""
    return _quantified(Exists, bound, body)


def after_step(expression: E) -> E:
    """The value of ``expression`` after the step (step properties only)."""
    return type(expression)(Next(expression.term))


def leads_to(premise: Bool | bool, conclusion: Bool) -> Bool:
    """Whenever ``premise`` holds, ``conclusion`` holds then or later (eventually properties only).

    What may be assumed of the run (which rules are fair) stands at the rules.
    """
    return Bool(LeadsTo(formula(premise), formula(conclusion)))


def taken(rule: str, *arguments: Element) -> Bool:
    """The step is ``rule`` at these arguments (step properties only)."""
    return Bool(Taken(rule, tuple(a.term for a in arguments)))
