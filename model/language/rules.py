"""Rules as data, and the builder that a rule function talks to.

A rule function is called once per design, with symbolic parameters; what it tells the builder
becomes a ``Rule``. Everything that can be checked without a state is checked then, and every
error names the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from unsay.model.language.notation import Bool, Element, binders, formula
from unsay.model.language.terms import (
    FALSE,
    TRUE,
    And,
    Exists,
    ForAll,
    LeadsTo,
    ModelError,
    Next,
    Or,
    Read,
    Sort,
    Symbol,
    Taken,
    Term,
    Variable,
    children,
    free_variables,
    symbols,
    walk,
)

DesignT = TypeVar("DesignT")


class Kind(Enum):
    """Who makes a rule happen. Fairness and "at rest" are about ``PROGRESS`` rules only."""

    ACT = "act"
    """A user may do it, or not."""
    PROGRESS = "progress"
    """The system owes it: it happens in the end if it stays possible."""
    FAULT = "fault"
    """The world may do it, as far as the design allows."""


class Fairness(Enum):
    """What may be assumed of a rule in an infinite run, at each tuple of its arguments."""

    NONE = "none"
    """Nothing: it may be possible for ever and never happen."""
    WEAK = "weak"
    """It does not stay possible from some time on without ever happening again."""
    STRONG = "strong"
    """It is not possible again and again without happening again and again."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A named condition; the rule can happen only where all its guards hold."""

    name: str
    condition: Term


@dataclass(frozen=True, slots=True)
class Update:
    """``symbol[arguments]`` becomes ``value``, for each value of ``each`` where ``where`` holds.

    All right-hand sides, conditions and arguments read the state before the step. Where two
    updates of one rule write the same cell, the later one counts.
    """

    symbol: Symbol
    arguments: tuple[Term, ...]
    value: Term
    each: tuple[Variable, ...] = ()
    where: Term = TRUE

    def __str__(self) -> str:
        text = f"{Read(self.symbol, self.arguments)} becomes {self.value}"
        if self.each:
            text += f" for each {', '.join(v.name for v in self.each)}"
        return text if self.where == TRUE else f"{text} where {self.where}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can happen. ``at`` names the parameter where it happens, for pictures.

    ``fairness`` changes nothing about what can happen; it says which infinite runs count.
    """

    name: str
    kind: Kind
    layer: str
    says: str
    parameters: tuple[Variable, ...]
    at: str
    guards: tuple[Guard, ...]
    updates: tuple[Update, ...]
    fairness: Fairness = Fairness.NONE

    def __str__(self) -> str:
        head = f"{self.name}({', '.join(f'{p.name}: {p.of}' for p in self.parameters)})"
        lines = [f'rule {head}   "{self.says}"']
        if self.fairness is not Fairness.NONE:
            lines.append(f"  fairness {self.fairness.value}")
        lines += [f"  guard {g.name}: {g.condition}" for g in self.guards]
        return "\n".join(lines + [f"  update {u}" for u in self.updates])

    @property
    def guard(self) -> Term:
        """All guards at once."""
        return And(tuple(g.condition for g in self.guards))

    @property
    def writes(self) -> set[Symbol]:
        """The tables that the rule changes."""
        return {u.symbol for u in self.updates}

    @property
    def tables(self) -> set[Symbol]:
        """The tables that the rule reads or changes."""
        return self.writes.union(*(symbols(t) for t in self.terms()))

    def terms(self) -> Iterator[Term]:
        """Every term of the rule."""
        for guard in self.guards:
            yield guard.condition
        for update in self.updates:
            yield from (*update.arguments, update.value, update.where)


class RuleBuilder(Generic[DesignT]):
    """What a rule function sees: the design (to choose policies by), guards and updates.

    ``design`` is plain data, known before any state: a Python ``if`` on it selects which guards
    and updates the rule has, and that is what a policy is.
    """

    def __init__(self, name: str, design: DesignT) -> None:
        self.name = name
        self.design = design
        self.guards: list[Guard] = []
        self.updates: list[Update] = []

    def guard(self, **conditions: Bool) -> None:
        """The rule happens only where these hold. Each keyword is the guard's name."""
        for name, condition in conditions.items():
            if any(g.name == name for g in self.guards):
                raise ModelError(f"guard {name} is stated twice")
            self.guards.append(Guard(name, formula(condition)))

    def update(
        self,
        cell: Element | Bool,
        *,
        to: Element | Bool | bool,
        each: Element | tuple[Element, ...] = (),
        where: Bool | bool = True,
    ) -> None:
        """After the step ``cell`` is ``to``; with ``each``, for every such value where ``where``.

        Args:
            cell: A read of a state or history table, such as ``newest[v, m]``.
            to: The new value, of the table's value sort.
            each: Variables that range over their whole sorts.
            where: A condition on the state before the step; elsewhere the cell keeps its value.

        Raises:
            ModelError: ``cell`` is no state, or the sorts do not fit.
        """
        target = cell.term
        if not isinstance(target, Read) or target.symbol.role == "rigid":
            raise ModelError(f"'{target}' is not state: a rule cannot change it")
        value = formula(to) if isinstance(to, (bool, Bool)) else to.term
        if value.sort != target.sort:
            raise ModelError(f"'{target}' is a {target.sort}, but '{value}' is a {value.sort}")
        bound = binders(each)
        update = Update(target.symbol, target.arguments, value, bound, formula(where))
        for variable in bound:
            if variable not in update.arguments:
                raise ModelError(
                    f"'{update}': {variable} must itself be an argument of {target.symbol}, "
                    "so that each value of it writes a cell of its own"
                )
        if update.where in (FALSE, Or(())):
            raise ModelError(f"'{update}' never happens: its condition is false")
        self.updates.append(update)


def check_rule(rule: Rule) -> None:
    """Refuse a rule whose scopes or roles are wrong.

    Raises:
        ModelError: naming the rule and the offending guard or update.
    """
    if not rule.says.strip():
        raise ModelError(f"rule {rule.name}: needs a docstring, the sentence that it states")
    if not rule.guards:
        raise ModelError(f"rule {rule.name}: has no guard, so it could happen at any time")
    if not rule.updates:
        raise ModelError(f"rule {rule.name}: changes nothing")
    if rule.fairness is not Fairness.NONE and rule.kind is not Kind.PROGRESS:
        raise ModelError(
            f"rule {rule.name}: only what the system owes can be fair, and this is of kind "
            f"{rule.kind.value}"
        )
    for guard in rule.guards:
        where = f"rule {rule.name}: guard {guard.name}"
        _check_term(where, guard.condition, rule.parameters)
        _check_no_history(where, guard.condition)
        if guard.condition in (FALSE, Or(())):
            raise ModelError(f"{where}: is always false, so the rule could never happen")
    for update in rule.updates:
        where = f"rule {rule.name}: update '{update}'"
        scope = rule.parameters + update.each
        if clash := {v.name for v in update.each} & {p.name for p in rule.parameters}:
            raise ModelError(f"{where}: {min(clash)} is already a parameter")
        for term in (*update.arguments, update.value, update.where):
            _check_term(where, term, scope)
            if update.symbol.role != "history":
                _check_no_history(where, term)


def check_formula(where: str, term: Term, *, step: bool, eventually: bool = False) -> None:
    """Refuse a closed formula that is no formula, has free variables, or looks ahead unasked.

    Args:
        where: What the formula belongs to, for the error line.
        term: The formula.
        step: Whether ``after_step`` and ``taken`` make sense in it.
        eventually: Whether it is a claim about infinite runs: ``leads_to``, under "for every" and
            "and" only.
    """
    if term.sort.name != "Bool":
        raise ModelError(f"{where}: '{term}' is not a formula")
    if eventually:
        _check_eventually(where, term, ())
    else:
        _check_term(where, term, (), step=step)


def _check_eventually(where: str, term: Term, scope: tuple[Variable, ...]) -> None:
    match term:
        case ForAll(variables, body):
            _check_shadowing(where, term, {v.name for v in scope})
            _check_eventually(where, body, scope + variables)
        case And(parts) if parts:
            for part in parts:
                _check_eventually(where, part, scope)
        case LeadsTo(premise, conclusion):
            for side in (premise, conclusion):
                _check_term(where, side, scope)
        case _:
            raise ModelError(
                f"{where}: '{term}' is not of the form 'premise leads to conclusion', "
                "nor 'for every' or 'and' of such"
            )


@dataclass(frozen=True, slots=True)
class Obligation:
    """For all values of ``variables``: whenever ``premise`` holds, ``conclusion`` does in the end.

    One of the parts of an eventually property, which is broken if one of them is.
    """

    variables: tuple[Variable, ...]
    premise: Term
    conclusion: Term


def obligations(term: Term, scope: tuple[Variable, ...] = ()) -> list[Obligation]:
    """The parts of a checked eventually property, in reading order.

    Raises:
        ModelError: the term is no such property.
    """
    match term:
        case ForAll(variables, body):
            return obligations(body, scope + variables)
        case And(parts):
            return [o for part in parts for o in obligations(part, scope)]
        case LeadsTo(premise, conclusion):
            return [Obligation(scope, premise, conclusion)]
    raise ModelError(f"'{term}' is not of the form 'premise leads to conclusion'")


def _check_term(where: str, term: Term, scope: tuple[Variable, ...], *, step: bool = False) -> None:
    for variable in sorted(free_variables(term) - set(scope), key=lambda v: v.name):
        raise ModelError(
            f"{where}: '{variable.name}' is neither a parameter nor bound by a quantifier"
        )
    for inner in walk(term):
        if isinstance(inner, (Next, Taken)) and not step:
            raise ModelError(f"{where}: '{inner}' belongs in a step property only")
        if isinstance(inner, LeadsTo):
            raise ModelError(
                f"{where}: '{inner}' belongs in an eventually property only, "
                "under 'for every' and 'and'"
            )
        if isinstance(inner, Next) and any(isinstance(t, (Next, Taken)) for t in walk(inner.body)):
            raise ModelError(f"{where}: '{inner}' looks more than one step ahead")
    _check_shadowing(where, term, {v.name for v in scope})


def _check_shadowing(where: str, term: Term, names: set[str]) -> None:
    if isinstance(term, (ForAll, Exists)):
        for variable in term.variables:
            if variable.name in names:
                raise ModelError(f"{where}: '{variable.name}' is bound again inside its own scope")
        names = names | {v.name for v in term.variables}
    for child in children(term):
        _check_shadowing(where, child, names)


def _check_no_history(where: str, term: Term) -> None:
    for symbol in sorted(symbols(term), key=str):
        if symbol.role == "history":
            raise ModelError(
                f"{where}: reads {symbol}, which is history; the machine may not depend on it"
            )


def sort_of(annotation: Any) -> Sort:
    """The sort named by a parameter's annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Element):
        return annotation.sort
    raise ModelError(f"{annotation!r} is not a sort: annotate the parameter with Node or the like")
