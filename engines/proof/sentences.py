"""Lemmas as lines that people can read.

A lemma is a clause: one of its parts is true of all members. It reads better as an implication, so
some of its parts are denied and become the premise; which, is chosen so that few words are "not".
"""

from __future__ import annotations

import itertools
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from unsay.model.language import Machine, Sort, Symbol, Term
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
    Next,
    Not,
    Or,
    Read,
    Taken,
    Variable,
    symbols,
    walk,
)

Names = Mapping[Variable, str]

_PARTS_MAX = 5
"""Of a clause of more parts no best form is looked for."""

_NOT_COST, _UNEQUAL_COST, _NO_SUCH_COST, _ALTERNATIVE_COST = 3, 1, 4, 2


def sentence(term: Term, machine: Machine) -> str:
    """``term``, a closed formula, as one line.

    Args:
        term: The formula.
        machine: The machine that it is about; variables get the letters that its rules use.
    """
    (said,) = sentences([term], machine)
    return said


def sentences(terms: Iterable[Term], machine: Machine) -> list[str]:
    """Each of ``terms``, closed formulas about one machine, as one line."""
    speaker = _Speaker(machine)
    return [speaker.said(term, {}) for term in terms]


def instance(term: Term, machine: Machine, members: Mapping[Variable, str]) -> str:
    """What ``term`` says of the members that its outermost variables stand for, as one line.

    Args:
        term: The formula; an outermost "for every" is left out if ``members`` has its variables.
        machine: The machine that it is about.
        members: A name for each free variable, and for those that are no longer quantified.
    """
    while isinstance(term, ForAll) and set(term.variables) <= members.keys():
        term = term.body
    return _Speaker(machine).said(term, members)


def legend(terms: Iterable[Term]) -> dict[str, str]:
    """What the tables in ``terms`` mean, by how they are written: ``newest[Node, Message]``."""
    read = sorted({s for t in terms for s in symbols(t)}, key=str)
    return {_declared(s): s.says for s in read}


def _declared(symbol: Symbol) -> str:
    return f"{symbol}[{', '.join(map(str, symbol.arguments))}]" if symbol.arguments else str(symbol)


class _Speaker:
    """Puts the terms of one machine into words."""

    def __init__(self, machine: Machine) -> None:
        self._letters = _letters(machine)

    def said(self, term: Term, names: Names) -> str:
        """``term``, with ``names`` for its free variables."""
        match term:
            case ForAll(variables, body) | Exists(variables, body):
                word = "every" if isinstance(term, ForAll) else "some"
                return self._quantified(word, variables, body, names)
            case Or(parts) | And(parts) if len(parts) == 1:
                return self.said(parts[0], names)
            case Or(parts) if parts:
                return self._clause(_flat(parts), names)
            case And(parts) if parts:
                return " and ".join(self._wrapped(p, names) for p in parts)
            case Not(body):
                return self._denied(body, names)
            case Next(body):
                return f"after the step {self._wrapped(body, names)}"
            case Equal() | Before():
                return self._compared(term, names)
        return self._value(term, names)

    def _quantified(
        self, word: str, variables: tuple[Variable, ...], body: Term, names: Names
    ) -> str:
        inner = self._named(variables, names)
        return f"for {word} {self._list(variables, inner)}: {self.said(body, inner)}"

    def _compared(self, term: Equal | Before, names: Names) -> str:
        left, right = term.left, term.right
        if isinstance(term, Before):
            return f"{self.said(left, names)} < {self.said(right, names)}"
        if right == TRUE:
            return self.said(left, names)
        if right == FALSE:
            return self._denied(left, names)
        if left.sort == BOOL:
            return f"{self._wrapped(left, names)} exactly if {self._wrapped(right, names)}"
        return f"{self.said(left, names)} = {self.said(right, names)}"

    def _value(self, term: Term, names: Names) -> str:
        match term:
            case Read(symbol, arguments):
                return f"{symbol}[{', '.join(self.said(a, names) for a in arguments)}]"
            case Taken(rule, arguments):
                return f"{rule}({', '.join(self.said(a, names) for a in arguments)}) happens"
            case IfThenElse(condition, then, otherwise):
                sides = (self.said(t, names) for t in (then, condition, otherwise))
                return "({} if {} else {})".format(*sides)
            case Variable():
                return names.get(term, term.name)
        return str(term)

    def _denied(self, body: Term, names: Names) -> str:
        match body:
            case Not(inner):
                return self.said(inner, names)
            case Before(left, right):
                return f"{self.said(left, names)} >= {self.said(right, names)}"
            case Equal(left, right) if left.sort != BOOL:
                return f"{self.said(left, names)} != {self.said(right, names)}"
            case Exists(variables, inner):
                return self._quantified("no", variables, inner, names)
        return f"not {self._wrapped(body, names)}"

    def _wrapped(self, term: Term, names: Names) -> str:
        text = self.said(term, names)
        simple = isinstance(term, (Read, Equal, Before, Taken, Next)) or (
            isinstance(term, Not) and isinstance(term.body, (Read, Equal, Before, Taken))
        )
        return text if simple or " " not in text else f"({text})"

    def _clause(self, parts: Sequence[Term], names: Names) -> str:
        """One of ``parts`` holds, as "what is denied of some implies one of the others"."""
        conclusions = min(_choices(parts), key=lambda chosen: _cost(parts, chosen))
        premises = [p.body if isinstance(p, Not) else Not(p) for p in parts if p not in conclusions]
        said = " or ".join(self._wrapped(p, names) for p in conclusions)
        if not premises:
            return said
        return f"{' and '.join(self._wrapped(p, names) for p in premises)} implies {said}"

    def _list(self, variables: Sequence[Variable], names: Names) -> str:
        return ", ".join(f"{_noun(v.of)} {names[v]}" for v in variables)

    def _named(self, variables: Sequence[Variable], names: Names) -> dict[Variable, str]:
        """``names`` and a letter for each of ``variables`` that nothing around it has."""
        found = dict(names)
        for variable in variables:
            used = {name for v, name in found.items() if v != variable}
            first = _noun(variable.of)[0]
            numbered = (f"{first}{i}" for i in itertools.count(1))
            usual = self._letters.get(variable.of, ())
            options = itertools.chain(usual, [first], numbered)
            found[variable] = next(o for o in options if o not in used)
        return found


def _letters(machine: Machine) -> dict[Sort, tuple[str, ...]]:
    """What the machine's own rules call the members of each sort, the commonest first."""
    counts: dict[Sort, Counter[str]] = {}
    for rule in machine.rules:
        inner = (v for t in rule.terms() for v in walk(t) if isinstance(v, Variable))
        for variable in (*rule.parameters, *inner):
            if variable.name in string.ascii_lowercase:
                counts.setdefault(variable.of, Counter())[variable.name] += 1
    return {s: tuple(name for name, _ in c.most_common()) for s, c in counts.items()}


def _noun(sort: Sort) -> str:
    return sort.name.lower()


def _flat(parts: Iterable[Term]) -> list[Term]:
    """The parts of a clause, with those of clauses in it: ``not (a and b)`` is ``not a or not b``.

    A premise of the clause comes to stand for itself.
    """
    found: list[Term] = []
    for part in parts:
        match part:
            case Or(inner):
                found += _flat(inner)
            case Not(And(inner)) if inner:
                found += _flat(p.body if isinstance(p, Not) else Not(p) for p in inner)
            case Not(Not(inner_term)):
                found += _flat([inner_term])
            case _:
                found.append(part)
    return list(dict.fromkeys(found))


def _choices(parts: Sequence[Term]) -> list[tuple[Term, ...]]:
    """Which parts may be the conclusion: what says it with the fewest "not" is taken."""
    if len(parts) > _PARTS_MAX:
        return [tuple(p for p in parts if not isinstance(p, Not)) or (parts[-1],)]
    sizes = range(1, len(parts) + 1)
    return [c for size in sizes for c in itertools.combinations(parts, size)]


def _cost(parts: Sequence[Term], conclusions: tuple[Term, ...]) -> int:
    premises = [p.body if isinstance(p, Not) else Not(p) for p in parts if p not in conclusions]
    awkward = sum(map(_awkward, premises)) + sum(map(_awkward, conclusions))
    return awkward + _ALTERNATIVE_COST * (len(conclusions) - 1)


def _awkward(term: Term) -> int:
    """How hard a part is to read. An order is as easy to read denied: ``>=``."""
    match term:
        case Not(Before()):
            return 0
        case Not(Equal()):
            return _UNEQUAL_COST
        case Not(Exists() | ForAll()):
            return _NO_SUCH_COST
        case Not():
            return _NOT_COST
    return 0
