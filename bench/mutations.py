"""What can be broken in one place of a rule: the mutants of a machine.

A mutant is made of terms, never of source text. It goes by its rule, what is changed and how, so
the same mistake in several designs is one mutant. What becomes of them: ``bench/mutants.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import NamedTuple

from unsay.model.language import Machine, ModelError, Rule, Term, Update, terms
from unsay.model.language.rules import check_rule


class Mutant(NamedTuple):
    """One change of one rule: in which guard or written table, of what, and how."""

    rule: str
    place: str
    what: str
    operator: str

    def __str__(self) -> str:
        return f"{self.rule} | {self.place} | {self.what} | {self.operator}"


def _is_nothing(term: Term) -> bool:
    """No condition that anybody wrote: policies leave such holes, and they cannot be broken."""
    return term in (terms.TRUE, terms.And(()))


def _changes_at(term: Term) -> Iterator[tuple[str, str, Term]]:
    """Each change at the root of ``term``: what is changed, how, and the new term.

    ``a <= b`` is ``not (b < a)``, so it is covered. A conjunction ``a & b`` goes by its right side,
    because what stands on the left of it depends on the design's policies.
    """
    match term:
        case terms.Before(left, right):
            yield str(term), "swapped", terms.Before(right, left)
            yield str(term), "or equal", terms.Not(terms.Before(right, left))
        case terms.Equal():
            yield str(term), "negated", terms.Not(term)
        case terms.And(parts):
            some = tuple(p for p in parts if not _is_nothing(p))
            if len(some) > 1:
                yield f"... and {some[-1]}", "and becomes or", terms.Or(some)
                yield f"... and {some[-1]}", "left side dropped", some[-1]
                yield f"... and {some[-1]}", "right side dropped", terms.And(some[:-1])
        case terms.Or(parts) if len(parts) > 1:
            yield str(term), "or becomes and", terms.And(parts)
        case terms.ForAll(variables, body):
            yield str(term), "all becomes some", terms.Exists(variables, body)
        case terms.Exists(variables, body):
            yield str(term), "some becomes all", terms.ForAll(variables, body)


def _changes_of(update: Update) -> Iterator[tuple[str, tuple[Update, ...]]]:
    yield "dropped", ()
    if not _is_nothing(update.where):
        yield "where dropped", (replace(update, where=terms.TRUE),)
        if not isinstance(update.where, terms.Equal):  # that one is negated as a comparison
            yield "where negated", (replace(update, where=terms.Not(update.where)),)
    if update.value in (terms.TRUE, terms.FALSE):
        other = terms.FALSE if update.value == terms.TRUE else terms.TRUE
        yield "value flipped", (replace(update, value=other),)


def _expressions(rule: Rule) -> Iterator[tuple[str, Term]]:
    """Every term object of the rule, once, and the guard or table in which it comes first.

    One object is one expression of the source, however many updates it flows into.
    """
    known: set[int] = set()
    places = [(f"guard {g.name}", g.condition) for g in rule.guards]
    places += [(f"update {u.symbol}", term) for u in rule.updates for term in (u.where, u.value)]
    for place, term in places:
        for inner in terms.walk(term):
            if id(inner) not in known:
                known.add(id(inner))
                yield place, inner


def _put(term: Term, old: Term, new: Term) -> Term:
    """``term`` with ``new`` wherever the very object ``old`` stands in it."""
    if term is old:
        return new
    parts = terms.children(term)
    changed = tuple(_put(p, old, new) for p in parts)
    same = all(a is b for a, b in zip(parts, changed, strict=True))
    return term if same else terms.rebuilt(term, changed)


def _with_term(rule: Rule, old: Term, new: Term) -> Rule:
    guards = (replace(g, condition=_put(g.condition, old, new)) for g in rule.guards)
    updates = (
        replace(u, where=_put(u.where, old, new), value=_put(u.value, old, new))
        for u in rule.updates
    )
    return replace(rule, guards=tuple(guards), updates=tuple(updates))


def _changed(rule: Rule) -> Iterator[tuple[str, str, str, Rule]]:
    for i, guard in enumerate(rule.guards):
        if not _is_nothing(guard.condition):
            mutated = replace(rule, guards=(*rule.guards[:i], *rule.guards[i + 1 :]))
            yield f"guard {guard.name}", str(guard.condition), "dropped", mutated
    for i, update in enumerate(rule.updates):
        what = f"{terms.Read(update.symbol, update.arguments)} becomes {update.value}"
        for operator, new in _changes_of(update):
            updates = (*rule.updates[:i], *new, *rule.updates[i + 1 :])
            yield f"update {update.symbol}", what, operator, replace(rule, updates=updates)
    for place, term in _expressions(rule):
        for what, operator, changed in _changes_at(term):
            yield place, what, operator, _with_term(rule, term, changed)


def mutants_of(machine: Machine, names: Collection[str] | None = None) -> dict[Mutant, Rule]:
    """Every mutant of the machine's rules, or of those named, with its rule."""
    found: dict[Mutant, Rule] = {}
    for rule in machine.rules:
        if names is not None and rule.name not in names:
            continue
        for place, what, operator, mutated in _changed(rule):
            mutant, count = Mutant(rule.name, place, what, operator), 1
            while mutant in found:  # the same words written twice are two places to break
                count += 1
                mutant = Mutant(rule.name, place, what, f"{operator} #{count}")
            found[mutant] = mutated
    return found


def mutants_accepted(machine: Machine) -> Iterator[tuple[Mutant, Rule]]:
    """The mutants of the machine's rules that ``check_rule`` does not refuse."""
    for mutant, rule in mutants_of(machine).items():
        try:
            check_rule(rule)
        except ModelError:
            continue
        yield mutant, rule
