"""The words that lemmas are made of: what can be said of a few members, in a machine's tables.

Nothing here knows about recall. The atoms over some variables are the machine's own tables, read
at these variables and at what its functions make of them; equality and order between such terms;
the quantified formulas that its rules and claims already use; that a line is in order; and "some
member accounts for this value".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from unsay.model.language import Machine, Sort, Symbol, Term
from unsay.model.language.finite import first_in_line
from unsay.model.language.terms import (
    BOOL,
    TRUE,
    And,
    Before,
    Equal,
    Exists,
    ForAll,
    Least,
    Literal,
    Read,
    Variable,
    children,
    free_variables,
    substitute,
    symbols,
    walk,
)

_MANY = 3
_TERMS_MAX = 8
"""Of one sort, so many terms are compared and read at, simplest first."""


@dataclass(frozen=True)
class Signature:
    """Variables that a lemma is about; ``premise`` is assumed of them."""

    variables: tuple[Variable, ...]
    premise: Term = TRUE


@dataclass(frozen=True)
class Vocabulary:
    """What lemmas about one machine may be made of.

    Attributes:
        machine: The machine.
        tables: Those that count: what no property reads is left out.
        phrases: Quantified formulas that the machine's rules and the claims use, or that tell when
            something has to be first in line.
        narrow: The same of fewer members, which only longer lemmas speak of.
    """

    machine: Machine
    tables: tuple[Symbol, ...]
    phrases: tuple[Term, ...]
    narrow: tuple[Term, ...]
    asked: frozenset[tuple[Symbol, Literal]]

    def signatures(self, most: int) -> Iterator[Signature]:
        """Choices of at most ``most`` variables, the smallest first."""
        sorts = self._variable_sorts()
        for count in range(1, most + 1):
            for chosen in itertools.combinations_with_replacement(sorts, count):
                if (
                    all(chosen.count(s) <= 2 for s in chosen)
                    and self._connected(chosen)
                    and self._about_one(chosen)
                ):
                    yield self._signature(chosen)

    def _about_one(self, chosen: Sequence[Sort]) -> bool:
        """Whether at most one member of each subject comes up, by name or as what another is of."""
        return all(
            chosen.count(s) < 2
            and (s not in chosen or not any(self._is_of(other, s) for other in chosen))
            for s in subjects(self.machine)
        )

    def _is_of(self, sort: Sort, subject: Sort) -> bool:
        return any(
            is_naming(t) and t.arguments == (sort,) and t.value == subject for t in self.tables
        )

    def _variable_sorts(self) -> list[Sort]:
        """The sorts that state is about."""
        found = dict.fromkeys(
            s for t in self.tables if t.role != "rigid" for s in t.arguments if not s.literals
        )
        return list(found)

    def _connected(self, chosen: Sequence[Sort]) -> bool:
        """Whether state tables relate the sorts: a lemma about the rest would be two lemmas."""
        together = {chosen[0]}
        grown = True
        while grown:
            grown = False
            for table in self.tables:
                if table.role == "rigid" and len(table.arguments) > 1:
                    continue
                about = {*table.arguments, table.value}
                if about & together and not about <= together:
                    together |= about
                    grown = True
        return set(chosen) <= together

    def _signature(self, chosen: Sequence[Sort]) -> Signature:
        numbered: list[Variable] = []
        for sort in chosen:
            same = sum(v.of == sort for v in numbered)
            several = chosen.count(sort) > 1
            name = sort.name.lower()
            numbered.append(Variable(f"{name}{same + 1}" if several else name, sort))
        return Signature(tuple(numbered), self._premise(numbered))

    def _premise(self, variables: Sequence[Variable]) -> Term:
        """Of two members of one sort, both are about the same third: two commands, one message."""
        parts: list[Term] = []
        for one, other in itertools.combinations(variables, 2):
            if one.of != other.of:
                continue
            for table in self.tables:
                if is_naming(table) and table.arguments == (one.of,) and not table.value.ordered:
                    parts.append(Equal(Read(table, (one,)), Read(table, (other,))))
        return And(tuple(parts)) if parts else TRUE

    def atoms(self, signature: Signature, short: bool = False) -> list[Term]:
        """What can be true or false of the signature's variables, simplest first.

        Args:
            signature: The variables.
            short: Without what only longer lemmas speak of.
        """
        terms = self._terms(signature)
        found: dict[Term, None] = {}
        for table in self.tables:
            if table.value == BOOL:
                options = [terms.get(s, ()) for s in table.arguments]
                found.update((Read(table, places), None) for places in itertools.product(*options))
            elif table.value.literals:
                options = [terms.get(s, ()) for s in table.arguments]
                for places in itertools.product(*options):
                    for literal in self._members(table):
                        found[Equal(Read(table, places), literal)] = None
        for sort, some in terms.items():
            for left, right in itertools.combinations(some, 2):
                found[Equal(left, right)] = None
                if sort.ordered and not isinstance(right, Least):
                    found[Before(left, right)] = None
                    found[Before(right, left)] = None
        for phrase in (*self.phrases, *self._accounts(terms), *(() if short else self.narrow)):
            found.update((p, None) for p in self._said_of(phrase, signature))
        return [a for a in found if free_variables(a) and _consistent(a)]

    def _members(self, table: Symbol) -> list[Literal]:
        """The members that count: of a rigid table, those that rules and claims ask for."""
        every = [Literal(name, table.value) for name in table.value.literals]
        return every if table.role != "rigid" else [m for m in every if (table, m) in self.asked]

    def _terms(self, signature: Signature) -> dict[Sort, tuple[Term, ...]]:
        """Terms by sort: the variables, what functions make of them, and least elements."""
        found: dict[Sort, dict[Term, None]] = {}
        for variable in signature.variables:
            found.setdefault(variable.of, {})[variable] = None
        same = _equated(signature.premise)
        rigid = [t for t in self.tables if is_naming(t)]
        state = [t for t in self.tables if t.role != "rigid" and t.value.ordered]
        for functions in (rigid, rigid, state):
            fresh: list[Term] = []
            for table in functions:
                options = [tuple(found.get(s, ())) for s in table.arguments]
                fresh += [Read(table, places) for places in itertools.product(*options)]
            for term in fresh:
                if term not in same:
                    found.setdefault(term.sort, {})[term] = None
        for sort in found:
            if sort.ordered:
                found[sort][Least(sort)] = None
        return {s: tuple(ts)[:_TERMS_MAX] for s, ts in found.items()}

    def _accounts(self, terms: dict[Sort, tuple[Term, ...]]) -> Iterator[Term]:
        """For a value in an ordered sort: some member made it, and some relation holds of it.

        "Some issued command is about this message, and its version is the one held."
        """
        for table in self.tables:
            if not (table.role == "state" and table.value.ordered):
                continue
            places = tuple(Variable(f"p{i}", s) for i, s in enumerate(table.arguments))
            for maker in self.tables:
                if not (
                    is_naming(maker) and maker.value == table.value and len(maker.arguments) == 1
                ):
                    continue
                x = Variable("x", maker.arguments[0])
                made = Equal(Read(maker, (x,)), Read(table, places))
                about = [
                    Equal(Read(t, (x,)), p)
                    for t in self.tables
                    for p in places
                    if is_naming(t) and t.arguments == (x.of,) and t.value == p.of
                ]
                for marks in self.tables:
                    if marks.role == "rigid" or marks.value != BOOL or x.of not in marks.arguments:
                        continue
                    for where in _places(marks, x, places):
                        parts = (*about, made, Read(marks, where))
                        yield Exists((x,), And(parts))

    def _said_of(self, phrase: Term, signature: Signature) -> Iterator[Term]:
        """A quantified formula with the signature's variables for its own free ones."""
        free = sorted(free_variables(phrase), key=lambda v: v.name)
        options = [[v for v in signature.variables if v.of == f.of] for f in free]
        for chosen in itertools.product(*options):
            if len(set(chosen)) == len(chosen):
                yield substitute(phrase, dict(zip(free, chosen, strict=True)))


def vocabulary(machine: Machine, claims: Iterable[Term]) -> Vocabulary:
    """The words for lemmas about ``machine`` that may help to prove ``claims``."""
    claims = list(claims)
    rules = [t for rule in machine.rules for t in rule.terms()]
    read = {s for c in claims for s in symbols(c)}
    left_out = idle(machine) | {s for s in machine.symbols if s.role == "history"}
    kept = tuple(s for s in written(machine) if s in read or s not in left_out)
    phrases: dict[Term, None] = {}
    asked = set()
    laws = (law.strict for law in first_in_line(machine.rules))
    for term in itertools.chain(rules, claims, laws):
        for inner in walk(term):
            match inner:
                case Equal(Read(symbol, _), Literal() as literal):
                    asked.add((symbol, literal))
        for inner in _outermost(term):
            if free_variables(inner) and all(s in kept for s in symbols(inner)):
                phrases[inner] = None
    facts = _facts(rules)
    narrowed = [p for some in (*phrases, *_rows(kept)) for p in _narrowed(some, kept, facts)]
    phrases.update((p, None) for table in kept for p in _projections(table))
    return Vocabulary(machine, kept, tuple(phrases), tuple(narrowed), frozenset(asked))


def _projections(table: Symbol) -> Iterator[Term]:
    """A relation of many arguments, whatever one of them: "some copy of it is on its way there"."""
    if table.role == "rigid" or table.value != BOOL or len(table.arguments) < _MANY:
        return
    places = tuple(Variable(f"p{i}", s) for i, s in enumerate(table.arguments))
    for place in places:
        if sum(p.of == place.of for p in places) > 1:
            yield Exists((place,), Read(table, places))


def _rows(tables: Iterable[Symbol]) -> Iterator[Term]:
    """Of each relation of many arguments: some member of a sort that comes up once is in it."""
    for table in tables:
        if table.role == "rigid" or table.value != BOOL or len(table.arguments) < _MANY:
            continue
        places = tuple(Variable(f"p{i}", s) for i, s in enumerate(table.arguments))
        for place in places:
            if table.arguments.count(place.of) == 1:
                yield Exists((place,), Read(table, places))


def _narrowed(
    phrase: Term, tables: Iterable[Symbol], facts: Iterable[tuple[Variable, Term]]
) -> Iterator[Term]:
    """ "Some member is such", of the members about the same: and of those that rules tell apart.

    Some command for this message is on its way; some such command that shows content.
    """
    if not (isinstance(phrase, Exists) and len(phrase.variables) == 1):
        return
    (x,) = phrase.variables
    body = phrase.body.parts if isinstance(phrase.body, And) else (phrase.body,)
    likes = [v for v in free_variables(phrase) if v.of == x.of]
    own = dict.fromkeys(substitute(fact, {v: x}) for v, fact in facts if v.of == x.of)
    for table in tables:
        if not is_naming(table) or table.arguments != (x.of,) or table.value.ordered:
            continue
        if table in symbols(phrase):
            continue
        wholes: list[Term] = [Read(table, (v,)) for v in likes] or [Variable("one", table.value)]
        for whole in wholes:
            about = Equal(Read(table, (x,)), whole)
            for fact in ((), *((f,) for f in own)):
                yield Exists((x,), And((about, *body, *fact)))


def _facts(rules: Iterable[Term]) -> list[tuple[Variable, Term]]:
    """What rules ask of a single member that never changes, each with the variable that it is."""
    found: dict[tuple[Variable, Term], None] = {}
    for inner in (t for rule in rules for t in walk(rule)):
        match inner:
            case Equal(Read(), Literal()):
                pass
            case Read(symbol, _) if symbol.value == BOOL:
                pass
            case _:
                continue
        free = free_variables(inner)
        fixed = all(s.role == "rigid" for s in symbols(inner))
        if fixed and len(free) == 1:
            found[next(iter(free)), inner] = None
    return list(found)


def subjects(machine: Machine) -> set[Sort]:
    """Sorts that rules never compare two members of: a lemma, or a broken claim, is about one."""
    made = {t.value for t in machine.symbols if t.role == "rigid"}
    return {s for s in made if not s.ordered and not _several(machine, s)}


def _several(machine: Machine, sort: Sort) -> bool:
    return any(t.arguments.count(sort) > 1 for t in machine.symbols)


def written(machine: Machine) -> list[Symbol]:
    """Rigid tables, and those that some rule of this design writes."""
    some: set[Symbol] = set().union(*(rule.writes for rule in machine.rules))
    return [s for s in machine.symbols if s.role == "rigid" or s in some]


def idle(machine: Machine) -> set[Symbol]:
    """Rigid tables that no rule asks for: they have no bearing on what happens."""
    asked: set[Symbol] = set().union(*(rule.tables for rule in machine.rules))
    return {s for s in machine.symbols if s.role == "rigid" and s not in asked}


def _outermost(term: Term) -> Iterator[Term]:
    """The quantified formulas in ``term`` that are in no other."""
    if isinstance(term, (ForAll, Exists)):
        yield term
        return
    for child in children(term):
        yield from _outermost(child)


def is_naming(table: Symbol) -> bool:
    """Whether a table makes one member out of others: a home, a target, a version."""
    return table.role == "rigid" and table.value != BOOL and not table.value.literals


def _places(table: Symbol, x: Variable, others: Sequence[Variable]) -> Iterator[tuple[Term, ...]]:
    """Where ``table`` can be read at ``x`` and, elsewhere, at ``others``."""
    options = [
        (x,) if s == x.of else tuple(o for o in others if o.of == s) for s in table.arguments
    ]
    yield from itertools.product(*options)


def _equated(premise: Term) -> set[Term]:
    """The right sides of the premise's equations: the left ones stand for them."""
    return {p.right for p in walk(premise) if isinstance(p, Equal)}


def _consistent(atom: Term) -> bool:
    return not (isinstance(atom, Equal) and isinstance(atom.left, Literal))
