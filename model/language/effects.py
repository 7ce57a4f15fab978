"""What a rule does to one cell, as a term: its updates read backwards from the cell.

Properties that speak of applying a rule ("twice equals once") are built from this, out of the
rule's own updates, so that the rule is still written once.
"""

from __future__ import annotations

from dataclasses import replace

from unsay.model.language.notation import E
from unsay.model.language.rules import Guard, Rule, Update
from unsay.model.language.terms import (
    FALSE,
    And,
    Equal,
    Exists,
    ForAll,
    IfThenElse,
    Least,
    Literal,
    ModelError,
    Next,
    Read,
    Symbol,
    Taken,
    Term,
    Variable,
    bound_variables,
    children,
    rebuilt,
    substitute,
)


def outcome(rule: Rule, cell: E, arguments: dict[str, Term]) -> E:
    """The value of ``cell`` after ``rule``, over the state before it; guards are not looked at.

    Args:
        rule: The rule.
        cell: A read of a state table, such as ``newest[v, m]``.
        arguments: A term for each of the rule's parameters, by name.

    Raises:
        ModelError: ``cell`` is no cell, or an argument would be captured by a quantifier.
    """
    read = cell.term
    if not isinstance(read, Read):
        raise ModelError(f"'{read}' is not a cell")
    scope = {p: arguments[p.name] for p in rule.parameters}
    value: Term = read
    # Later updates count over earlier ones, so they end up outermost.
    for update in rule.updates:
        if update.symbol == read.symbol:
            value = _after(update, read, dict(scope), value)
    return type(cell)(value)


def _after(update: Update, read: Read, scope: dict[Variable, Term], before: Term) -> Term:
    # Every variable of ``each`` is itself an argument of the cell: the cell asked for names it.
    for place, wanted in zip(update.arguments, read.arguments, strict=True):
        if isinstance(place, Variable) and place in update.each:
            scope[place] = wanted
    pairs = zip(update.arguments, read.arguments, strict=True)
    hits = [Equal(substitute(place, scope), wanted) for place, wanted in pairs]
    condition: Term = And(
        (*(h for h in hits if h.left != h.right), substitute(update.where, scope))
    )
    return IfThenElse(condition, substitute(update.value, scope), before)


def apart(rule: Rule, mark: str) -> Rule:
    """``rule`` with ``mark`` before the names of all its variables, so that none captures."""

    def named(variables: tuple[Variable, ...]) -> tuple[Variable, ...]:
        return tuple(Variable(f"{mark}{v.name}", v.of) for v in variables)

    def renamed(term: Term) -> Term:
        if isinstance(term, Variable):
            return Variable(f"{mark}{term.name}", term.of)
        if isinstance(term, (ForAll, Exists)):
            return type(term)(named(term.variables), renamed(term.body))
        return rebuilt(term, tuple(renamed(c) for c in children(term)))

    updates = tuple(
        Update(
            symbol=u.symbol,
            arguments=tuple(renamed(a) for a in u.arguments),
            value=renamed(u.value),
            each=named(u.each),
            where=renamed(u.where),
        )
        for u in rule.updates
    )
    guards = tuple(Guard(g.name, renamed(g.condition)) for g in rule.guards)
    return replace(rule, parameters=named(rule.parameters), guards=guards, updates=updates)


def after(rule: Rule, term: Term) -> Term:
    """``term`` in the state after ``rule`` at its own parameters, over the state before it.

    ``rule`` has to be kept ``apart`` from ``term``. Where the rule's guards fail, it means nothing.

    Raises:
        ModelError: it is not kept apart: a quantifier would capture a name.
    """
    if captured := bound_variables(term) & set(rule.parameters):
        raise ModelError(f"'{term}' would capture {min(v.name for v in captured)} of {rule.name}")
    return _seen_after(rule, term)


def _seen_after(rule: Rule, term: Term) -> Term:
    parts = tuple(_seen_after(rule, child) for child in children(term))
    if not isinstance(term, Read):
        return rebuilt(term, parts)
    read = Read(term.symbol, parts)
    scope: dict[Variable, Term] = {p: p for p in rule.parameters}
    value: Term = read
    for update in rule.updates:
        if update.symbol == read.symbol:
            value = _after(update, read, dict(scope), value)
    return value


def at_step(rule: Rule, claim: Term) -> Term:
    """A claim about steps, where the step is ``rule`` at its own parameters.

    The result is over the state before the step; ``rule`` has to be kept ``apart``.
    """
    match claim:
        case Next(body):
            return after(rule, body)
        case Taken(name, arguments):
            if name != rule.name:
                return FALSE
            return And(tuple(Equal(p, a) for p, a in zip(rule.parameters, arguments, strict=True)))
    return rebuilt(claim, tuple(at_step(rule, c) for c in children(claim)))


def as_at_first(table: Symbol) -> Term:
    """Every cell of ``table`` has the value that it starts with."""
    places = tuple(Variable(f"p{i}", s) for i, s in enumerate(table.arguments))
    cell = Read(table, places)
    starts = Equal(cell, at_start(cell))
    return ForAll(places, starts) if places else starts


def at_start(term: Term) -> Term:
    """``term`` in the initial state, as a term over rigid tables only."""
    parts = tuple(at_start(child) for child in children(term))
    if not isinstance(term, Read) or term.symbol.role == "rigid":
        return rebuilt(term, parts)
    start, sort = term.symbol.initially, term.symbol.value
    return Least(sort) if start is None else Literal(start, sort)
