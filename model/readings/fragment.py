"""What leaves the decidable fragment: where a solver may give up, by name.

Formulas over open sorts can be decided if nothing leads in a circle from a sort back to itself.
Two things lead from one sort to another: a table that is a function, and "for every x there is
some y" once denials are pushed inwards. (The fragment is EPR, effectively propositional, with
several sorts and functions in layers: each sort then has finitely many members worth looking at.)
A circle means that a solver may search for ever, not that it will; and what it does answer stands.

Enumerations, and true and false, never count: everybody knows all of their members.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unsay.model.language.effects import after, apart, at_start, at_step
from unsay.model.language.finite import laws
from unsay.model.language.machine import Machine
from unsay.model.language.rules import Rule
from unsay.model.language.terms import (
    And,
    Exists,
    ForAll,
    IfThenElse,
    LeadsTo,
    ModelError,
    Next,
    Not,
    Or,
    Read,
    Sort,
    Taken,
    Term,
    Variable,
    children,
    free_variables,
    walk,
)


@dataclass(frozen=True)
class Lead:
    """Something that leads from members of some sorts to a member of another.

    Attributes:
        by: The table, or the part of the machine that says "for every ... there is ...".
        sources: The sorts that it leads from.
        target: The sort that it leads to.
        quantified: It is no table.
    """

    by: str
    sources: tuple[Sort, ...]
    target: Sort
    quantified: bool = False


@dataclass(frozen=True)
class Leaving:
    """A circle, and what closes it.

    Attributes:
        where: The part of the machine, or the claim, such as ``axiom 'content is made'``.
        path: The leads of the circle, each with the sort that it is taken from. The first is what
            ``where`` says itself, the last leads back.
    """

    where: str
    path: tuple[tuple[Sort, Lead], ...]

    def __str__(self) -> str:
        first, *others = self.path
        return f"{self.where}: " + ", and ".join([self._opening(*first), *map(self._link, others)])

    def effort(self) -> tuple[int, int]:
        """How much there is to understand: other quantifiers, then links."""
        return sum(lead.quantified for _, lead in self.path[1:]), len(self.path)

    def _opening(self, source: Sort, lead: Lead) -> str:
        if not lead.quantified:
            return self._link((source, lead))
        article = "another" if lead.target in lead.sources else "a"
        every = ", ".join(map(str, lead.sources))
        return f"for every {every} there is {article} {lead.target}"

    def _link(self, step: tuple[Sort, Lead]) -> str:
        source, lead = step
        back = "back " if step == self.path[-1] else ""
        way = f"leads from {source} {back}to {lead.target}"
        return f"{lead.by} {way}"


def outside(machine: Machine, claims: Mapping[str, Term]) -> list[Leaving]:
    """Everything that takes some proof obligation of ``claims`` out of the decidable fragment.

    An obligation is the axioms, what finiteness adds to them, all claims about states and the
    guards of one rule, together with the denial of one claim after that rule; or the axioms with
    the denial of one at the start.
    Of several circles through one "there is" the plainest is told.

    Args:
        machine: The machine; its structure is not looked at.
        claims: What is to be proved together, by name: one property, or it and its lemmas.

    Raises:
        ModelError: a claim is about infinite runs.
    """
    found: dict[tuple[str, Lead], Leaving] = {}
    for leads in _obligations(machine, claims):
        for leaving in _circles(leads):
            key = (leaving.where, leaving.path[0][1])
            known = found.setdefault(key, leaving)
            found[key] = min(known, leaving, key=Leaving.effort)
    return list(found.values())


def fragment_lines(machine: Machine, claims: Mapping[str, Term]) -> list[str]:
    """The same for people to read: a line that says whether, then one for each circle."""
    leaving = outside(machine, claims)
    if not leaving:
        return ["All of this stays inside the decidable fragment (EPR)."]
    head = "This leaves the decidable fragment (EPR), so the solver may give up:"
    return [head, *(f"  {each}" for each in leaving)]


def _obligations(machine: Machine, claims: Mapping[str, Term]) -> Iterator[list[Lead]]:
    """What leads anywhere in the formulas of each obligation."""
    named = {law.name: law.term for law in laws(machine)}
    named |= {a.name: a.formula for a in machine.axioms}
    axioms = [lead for name, term in named.items() for lead in _leads(f"axiom '{name}'", term)]
    assumed = [
        lead
        for name, claim in claims.items()
        if not _is_about_steps(claim)
        for lead in _leads(f"claim '{name}'", claim)
    ]
    for name, claim in claims.items():
        denied = f"the denial of claim '{name}'"
        if not _is_about_steps(claim):
            yield [*axioms, *_leads(denied, Not(at_start(claim)))]
        for rule in machine.rules:
            guards = (_leads(f"rule {rule.name}: guard {g.name}", g.condition) for g in rule.guards)
            here = [lead for leads in guards for lead in leads]
            yield [*axioms, *assumed, *here, *_denied(denied, rule, claim)]


def _denied(where: str, rule: Rule, claim: Term) -> Iterator[Lead]:
    """The denial of a claim after a rule, which is named if it is the rule's doing."""
    own = apart(rule, f"{rule.name}.")
    if _is_about_steps(claim):
        yield from _leads(f"{where} at {rule.name}", Not(at_step(own, claim)))
        return
    alone = set(_leads(where, Not(claim)))
    for lead in _leads(where, Not(after(own, claim))):
        by_the_rule = lead.quantified and lead not in alone
        yield replace(lead, by=f"{where} after {rule.name}") if by_the_rule else lead


def _is_about_steps(claim: Term) -> bool:
    return any(isinstance(t, (Next, Taken)) for t in walk(claim))


def _leads(where: str, formula: Term) -> Iterator[Lead]:
    """What leads anywhere in a formula that is asserted."""
    for inner in walk(formula):
        if isinstance(inner, Read):
            sources = _some(inner.symbol.arguments)
            if sources and _open(inner.symbol.value):
                yield Lead(inner.symbol.name, sources, inner.symbol.value)
    for variables, sort in _alternations(formula, True, {}):
        if sources := _some(v.of for v in variables):
            yield Lead(where, sources, sort, quantified=True)


def _some(sorts: Iterable[Sort]) -> tuple[Sort, ...]:
    return tuple(sorted({s for s in sorts if _open(s)}, key=str))


def _open(sort: Sort) -> bool:
    return not sort.literals


Universal = frozenset[Variable]


def _alternations(
    term: Term, asserted: bool, hangs_on: Mapping[Variable, Universal]
) -> Iterator[tuple[Universal, Sort]]:
    """Each "there is" of a formula: the "for every" variables that it hangs on, and its sort.

    Args:
        term: The formula.
        asserted: Whether it is asserted; otherwise its denial is.
        hangs_on: The "for every" variables that each variable in scope hangs on, itself included.
    """
    match term:
        case Not(body):
            yield from _alternations(body, not asserted, hangs_on)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _alternations(part, asserted, hangs_on)
        case ForAll(variables, body) | Exists(variables, body):
            if isinstance(term, ForAll) == asserted:
                inner = {v: frozenset({v}) for v in variables}
            else:
                # What a witness hangs on is what its formula mentions.
                used = (hangs_on.get(v, frozenset()) for v in free_variables(term))
                needed: Universal = frozenset().union(*used)
                inner = dict.fromkeys(variables, needed)
                yield from ((needed, v.of) for v in variables if _open(v.of))
            yield from _alternations(body, asserted, {**hangs_on, **inner})
        case IfThenElse(condition, then, otherwise):
            yield from _both_ways(condition, hangs_on)
            for side in (then, otherwise):
                yield from _alternations(side, asserted, hangs_on)
        case LeadsTo() | Next() | Taken():
            raise ModelError(f"'{term}' says nothing about a single state")
        case _:
            # Below an equation or a read, whatever is true or false matters both ways.
            for child in children(term):
                yield from _both_ways(child, hangs_on)


def _both_ways(
    term: Term, hangs_on: Mapping[Variable, Universal]
) -> Iterator[tuple[Universal, Sort]]:
    yield from _alternations(term, True, hangs_on)
    yield from _alternations(term, False, hangs_on)


def _circles(leads: Iterable[Lead]) -> Iterator[Leaving]:
    """A shortest circle through each lead that has one: through tables only once."""
    every = list(dict.fromkeys(leads))
    tables = [lead for lead in every if not lead.quantified]
    told: set[frozenset[Lead]] = set()
    for lead in every:
        path = _way_back(lead, tables)
        if path is None and lead.quantified:
            path = _way_back(lead, every)
        if path is None:
            continue
        if lead.quantified:
            yield Leaving(lead.by, path)
        elif (circle := frozenset(step for _, step in path)) not in told:
            told.add(circle)
            yield Leaving("tables", path)


def _way_back(first: Lead, leads: Sequence[Lead]) -> tuple[tuple[Sort, Lead], ...] | None:
    """``first`` and the fewest leads after it that lead to one of its sources."""
    ways: dict[Sort, tuple[tuple[Sort, Lead], ...]] = {first.target: ()}
    waiting = deque([first.target])
    while waiting:
        sort = waiting.popleft()
        if sort in first.sources:
            return ((sort, first), *ways[sort])
        for lead in leads:
            if sort in lead.sources and lead.target not in ways:
                ways[lead.target] = (*ways[sort], (sort, lead))
                waiting.append(lead.target)
    return None
