"""The reading at any size: terms to Z3 over uninterpreted sorts, quantifiers kept.

Nothing of a design's scope is left: how many nodes, devices, messages and commands there are, and
what the rigid tables say of them, is open, up to the machine's axioms. Enumerations are data types
of their members. An ordered sort is a set with a total order and a least element, by axioms. That
worlds are finite no formula says; what of it the rules need is told (see ``language.finite``).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3

from unsay.model.language.finite import beginnings, laws
from unsay.model.language.machine import Machine
from unsay.model.language.orders import order_laws
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
    ModelError,
    Not,
    Or,
    Read,
    Sort,
    Symbol,
    Term,
    Variable,
    walk,
)


def open_sorts(machine: Machine) -> set[Sort]:
    """The sorts of a machine's tables that a world may have any number of members of."""
    sorts = {s for t in machine.symbols for s in (*t.arguments, t.value)}
    return {s for s in sorts if not s.literals}


Environment = Mapping[Variable, Any]


def joined(how: Callable[..., Any], formulas: Sequence[Any], context: Any) -> Any:
    """As ``z3.And`` and ``z3.Or``, which ask of each what sort it is: most of their time.

    Args:
        how: ``z3.Z3_mk_and`` or ``z3.Z3_mk_or``.
        formulas: Z3 expressions, each true or false.
        context: Where they live.
    """
    parts = (z3.Ast * len(formulas))(*(f.as_ast() for f in formulas))
    return z3.BoolRef(how(context.ref(), len(formulas), parts), context)


@dataclass
class AnySize:
    """Translates the terms of one machine.

    Attributes:
        machine: The machine; its structure is not looked at.
        context: Where the Z3 expressions live.
    """

    machine: Machine
    context: Any = field(default_factory=z3.Context)
    _sorts: dict[Sort, Any] = field(default_factory=dict)
    _members: dict[tuple[Sort, str], Any] = field(default_factory=dict)
    _functions: dict[str, Any] = field(default_factory=dict)
    _closed: dict[Term, Any] = field(default_factory=dict)
    _background: list[tuple[str, Any]] = field(default_factory=list)

    def sort(self, sort: Sort) -> Any:
        """The Z3 sort of ``sort``."""
        if sort == BOOL:
            return z3.BoolSort(self.context)
        if sort not in self._sorts:
            if sort.literals:
                made, members = z3.EnumSort(sort.name, list(sort.literals), self.context)
                self._sorts[sort] = made
                for name, member in zip(sort.literals, members, strict=True):
                    self._members[sort, name] = member
            else:
                self._sorts[sort] = z3.DeclareSort(sort.name, self.context)
        return self._sorts[sort]

    def function(self, symbol: Symbol) -> Any:
        """The Z3 function of a table."""
        if symbol.name not in self._functions:
            sorts = (self.sort(s) for s in (*symbol.arguments, symbol.value))
            self._functions[symbol.name] = z3.Function(symbol.name, *sorts)
        return self._functions[symbol.name]

    def read(self, symbol: Symbol, place: tuple[int, ...], members: Mapping[Sort, Any]) -> Any:
        """The value of a table at a place, where these are the members of the sorts."""
        chosen = (members[s][i] for s, i in zip(symbol.arguments, place, strict=True))
        return self.function(symbol)(*chosen)

    def constant(self, variable: Variable) -> Any:
        """A Z3 constant for a variable."""
        return z3.Const(variable.name, self.sort(variable.of))

    def member(self, sort: Sort, name: str) -> Any:
        """A member of an enumeration."""
        self.sort(sort)
        return self._members[sort, name]

    def least(self, sort: Sort) -> Any:
        """The least element of an ordered sort.

        No rule's parameter is called so, also not where obligations put the rule's name before it.
        """
        return z3.Const(f"least-{sort.name}", self.sort(sort))

    def before(self, left: Any, right: Any) -> Any:
        """``left`` is strictly older than ``right``."""
        sort = left.sort()
        name = f"{sort}.before"
        if name not in self._functions:
            self._functions[name] = z3.Function(name, sort, sort, z3.BoolSort(self.context))
        return self._functions[name](left, right)

    def members(self, sort: Sort, model: Any) -> list[Any] | None:
        """The members of ``sort`` in a model, in order; None where they are not listed."""
        if sort == BOOL:
            return [z3.BoolVal(b, self.context) for b in (False, True)]
        if sort.literals:
            return [self.member(sort, name) for name in sort.literals]
        listed = model.get_universe(self.sort(sort))
        if listed is None:
            return [model.eval(z3.Const("any", self.sort(sort)), model_completion=True)]
        if not sort.ordered:
            return list(listed)

        def older(member: Any) -> int:
            before = (model.eval(self.before(m, member), model_completion=True) for m in listed)
            return sum(z3.is_true(b) for b in before)

        return sorted(listed, key=older)

    def adopt(self, sort: Sort, declared: Any) -> None:
        """Let ``declared``, a Z3 enumeration of as many members, be that of ``sort``."""
        self._sorts[sort] = declared
        for position, name in enumerate(sort.literals):
            self._members[sort, name] = declared.constructor(position)()

    def closed(self, term: Term) -> Any:
        """A closed formula as a Z3 expression, made once."""
        if term not in self._closed:
            self._closed[term] = self.formula(term)
        return self._closed[term]

    def formula(self, term: Term, env: Environment | None = None) -> Any:
        """``term`` as a Z3 expression; free variables that ``env`` lacks become constants.

        Raises:
            ModelError: the term is about steps or runs, not about a state.
        """
        return self._value(term, env or {})

    def _value(self, term: Term, env: Environment) -> Any:
        match term:
            case Variable():
                return env[term] if term in env else self.constant(term)
            case Literal(name, sort):
                if sort == BOOL:
                    return z3.BoolVal(name == "true", self.context)
                return self.member(sort, name)
            case Least(sort):
                return self.least(sort)
            case Read(symbol, arguments):
                return self.function(symbol)(*(self._value(a, env) for a in arguments))
            case Equal(left, right):
                return self._value(left, env) == self._value(right, env)
            case Before(left, right):
                return self.before(self._value(left, env), self._value(right, env))
            case IfThenElse(condition, then, otherwise):
                return z3.If(
                    self._value(condition, env),
                    self._value(then, env),
                    self._value(otherwise, env),
                )
        return self._formula(term, env)

    def _formula(self, term: Term, env: Environment) -> Any:
        match term:
            case Not(body):
                return z3.Not(self._value(body, env))
            case And(parts):
                return self._joined(z3.Z3_mk_and, True, parts, env)
            case Or(parts):
                return self._joined(z3.Z3_mk_or, False, parts, env)
            case ForAll(variables, body):
                return self._quantified(z3.ForAll, variables, body, env)
            case Exists(variables, body):
                return self._quantified(z3.Exists, variables, body, env)
        raise ModelError(f"'{term}' says nothing about a single state")

    def _joined(self, join: Any, empty: bool, parts: tuple[Term, ...], env: Environment) -> Any:
        values = [self._value(p, env) for p in parts]
        if not values:
            return z3.BoolVal(empty, self.context)
        return values[0] if len(values) == 1 else joined(join, values, self.context)

    def _quantified(
        self, quantifier: Any, variables: tuple[Variable, ...], body: Term, env: Environment
    ) -> Any:
        bound = [z3.FreshConst(self.sort(v.of), v.name) for v in variables]
        inner = {**env, **dict(zip(variables, bound, strict=True))}
        return quantifier(bound, self._value(body, inner))

    def orders(self, sorts: Iterable[Sort]) -> list[tuple[str, Any]]:
        """What makes the ordered ones of ``sorts`` so, each with a name."""
        return [
            (f"{sort.name} {law}", self.formula(term))
            for sort in sorts
            for law, term in order_laws(sort).items()
        ]

    def background(self) -> list[tuple[str, Any]]:
        """What holds of every design's rigid tables and orders, each with a name; made once."""
        if not self._background:
            self._background = self._all_background()
        return self._background

    def _all_background(self) -> list[tuple[str, Any]]:
        sorts = {s for symbol in self.machine.symbols for s in (*symbol.arguments, symbol.value)}
        for rule in self.machine.rules:
            # A rule may compare what no table holds.
            inner = (t for term in rule.terms() for t in walk(term))
            sorts |= {t.of for t in inner if isinstance(t, Variable)}
        named = [(a.name, self.formula(a.formula)) for a in self.machine.axioms]
        return self.orders(sorted(sorts, key=str)) + self.finiteness() + named

    def finiteness(self) -> list[tuple[str, Any]]:
        """What holds because no world is infinite, each with a name."""
        return [(law.name, self.formula(law.term)) for law in laws(self.machine)]


@dataclass
class AtSizes(AnySize):
    """The same with so many members of each sort, and rigid tables open: quantifiers are spelt out.

    Members are numbered from 0, as in the other finite readings; an ordered sort by its order.

    Attributes:
        sizes: How many members each sort has that is no enumeration.
    """

    sizes: Mapping[Sort, int] = field(default_factory=dict)
    _cells: dict[tuple[str, tuple[int, ...]], Any] = field(default_factory=dict)

    def size(self, sort: Sort) -> int:
        """How many members ``sort`` has."""
        return len(sort.literals) or self.sizes[sort]

    def sort(self, sort: Sort) -> Any:
        """A Boolean or a bit vector that is just wide enough."""
        if sort == BOOL:
            return z3.BoolSort(self.context)
        if sort not in self._sorts:
            bits = max(1, (self.size(sort) - 1).bit_length())
            self._sorts[sort] = z3.BitVecSort(bits, self.context)
        return self._sorts[sort]

    def at(self, sort: Sort, position: int) -> Any:
        """The member of ``sort`` at a position."""
        return z3.BitVecVal(position, self.sort(sort))

    def member(self, sort: Sort, name: str) -> Any:
        """A member of an enumeration."""
        return self.at(sort, sort.literals.index(name))

    def least(self, sort: Sort) -> Any:
        """The least element of an ordered sort: the first."""
        return self.at(sort, 0)

    def before(self, left: Any, right: Any) -> Any:
        """``left`` is strictly older than ``right``."""
        return z3.ULT(left, right)

    def orders(self, sorts: Iterable[Sort]) -> list[tuple[str, Any]]:
        """Nothing: positions are ordered."""
        return []

    def finiteness(self) -> list[tuple[str, Any]]:
        """What trees reach: no axiom says so. Nothing else: what is finite need not be told."""
        return [(law.name, self.formula(law.term)) for law in beginnings(self.machine)]

    def within(self, sort: Sort, value: Any) -> Any:
        """``value`` is a member of ``sort``."""
        full = sort == BOOL or self.size(sort) == 2 ** self.sort(sort).size()
        if full:
            return z3.BoolVal(True, self.context)
        return z3.ULE(value, self.at(sort, self.size(sort) - 1))

    def members(self, sort: Sort, model: Any) -> list[Any] | None:
        """The members of ``sort``, in order."""
        if sort == BOOL:
            return super().members(sort, model)
        return [self.at(sort, i) for i in range(self.size(sort))]

    def _all_background(self) -> list[tuple[str, Any]]:
        """The axioms, and that every table holds members of its sort."""
        found = super()._all_background()
        for symbol in self.machine.symbols:
            if symbol.value != BOOL:
                cells = [
                    self.within(symbol.value, self.cell(symbol, p)) for p in self.places(symbol)
                ]
                found.append((f"{symbol} holds members", z3.And(cells)))
        return found

    def places(self, symbol: Symbol) -> Iterable[tuple[int, ...]]:
        """The positions of all cells of a table."""
        return itertools.product(*(range(self.size(s)) for s in symbol.arguments))

    def cell(self, symbol: Symbol, place: tuple[int, ...]) -> Any:
        """The value of a table at a place."""
        key = (symbol.name, place)
        if key not in self._cells:
            members = (self.at(s, i) for s, i in zip(symbol.arguments, place, strict=True))
            self._cells[key] = self.function(symbol)(*members)
        return self._cells[key]

    def read(self, symbol: Symbol, place: tuple[int, ...], members: Mapping[Sort, Any]) -> Any:
        """The value of a table at a place: the members are the same in every model."""
        return self.cell(symbol, place)

    def _quantified(
        self, quantifier: Any, variables: tuple[Variable, ...], body: Term, env: Environment
    ) -> Any:
        values = self.instances(body, variables, env)
        how = z3.Z3_mk_and if quantifier is z3.ForAll else z3.Z3_mk_or
        return joined(how, values, self.context)

    def instances(
        self, term: Term, variables: tuple[Variable, ...], env: Environment | None = None
    ) -> list[Any]:
        """``term`` for each choice of members for ``variables``.

        It is translated once; that Z3 puts in the members takes a tenth of the time.
        """
        bound = [z3.FreshConst(self.sort(v.of), v.name) for v in variables]
        once = self._value(term, {**(env or {}), **dict(zip(variables, bound, strict=True))})
        every = itertools.product(*(self._all(v.of) for v in variables))
        return [z3.substitute(once, *zip(bound, chosen, strict=True)) for chosen in every]

    def _all(self, sort: Sort) -> list[Any]:
        return [self.at(sort, i) for i in range(self.size(sort))]
