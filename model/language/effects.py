"""What a rule does to one cell, as a term: its updates read backwards from the cell.

Properties that speak of applying a rule ("twice equals once") are built from this, out of the
rule's own updates, so that the rule is still written once.
"""

from __future__ import annotations

from unsay.model.language.notation import E
from unsay.model.language.rules import Rule, Update
from unsay.model.language.terms import (
    And,
    Equal,
    IfThenElse,
    ModelError,
    Read,
    Term,
    Variable,
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
