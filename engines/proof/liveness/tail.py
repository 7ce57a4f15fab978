"""What is known of every infinite run that counts, from some time on: its tail.

Everything here is about any world of finitely many members. What the lists mean, and why they may
grow as ``inferences.py`` makes them grow: docs/decisions/0010-liveness-at-any-size.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from unsay.model.language import Fairness, Machine, Rule, Symbol, Term
from unsay.model.language.effects import apart
from unsay.model.language.terms import (
    And,
    Equal,
    Exists,
    ForAll,
    ModelError,
    Next,
    Not,
    Or,
    Read,
    Taken,
    Variable,
    free_variables,
    substitute,
    symbols,
)

_MARK = "its-"
"""Before the names of variables that a claim takes from a rule. No rule's name can begin so, hence
none of those that obligations keep apart by a rule's name."""


def implied(premises: Iterable[Term], conclusion: Term) -> Term:
    """``conclusion`` where all of ``premises`` hold."""
    denied = tuple(Not(p) for p in premises)
    return Or((*denied, conclusion)) if denied else conclusion


def every(variables: tuple[Variable, ...], body: Term) -> Term:
    """``body`` for all values of ``variables``."""
    return ForAll(variables, body) if variables else body


def conjuncts(term: Term) -> list[Term]:
    """The parts of ``term`` that hold exactly if it does."""
    return [c for p in term.parts for c in conjuncts(p)] if isinstance(term, And) else [term]


@dataclass(frozen=True)
class Premise:
    """A claim about every reachable state, or every step from one, on which an inference rests.

    Attributes:
        says: The claim, in words.
        conclusion: What is claimed, for all values of ``variables``.
        variables: What the claim is about.
        facts: What may be assumed, closed formulas.
        given: What may be assumed of ``variables``.
        step: Whether it is about steps.
    """

    says: str
    conclusion: Term
    variables: tuple[Variable, ...] = ()
    facts: tuple[Term, ...] = ()
    given: tuple[Term, ...] = ()
    step: bool = True

    @property
    def term(self) -> Term:
        """The claim as a closed formula."""
        return implied(self.facts, self.about)

    @property
    def about(self) -> Term:
        """The claim without its facts. It binds no variable that it does not read."""
        body = implied(self.given, self.conclusion)
        read = free_variables(body)
        return every(tuple(v for v in self.variables if v in read), body)

    def follows_from(self, other: Premise) -> bool:
        """Whether ``other`` claims the same, or more: it assumes less."""
        same = (self.conclusion, self.variables, self.step)
        return (
            same == (other.conclusion, other.variables, other.step)
            and set(other.facts) <= set(self.facts)
            and set(other.given) <= set(self.given)
        )

    def without(self, assumption: Term) -> Premise:
        """The same claim where ``assumption`` is not assumed."""
        facts = tuple(f for f in self.facts if f != assumption)
        return replace(self, facts=facts, given=tuple(g for g in self.given if g != assumption))


@dataclass(frozen=True)
class Call:
    """A rule at arguments that are terms over the parameters of another rule."""

    rule: str
    arguments: tuple[Term, ...]

    def __str__(self) -> str:
        return f"{self.rule}({', '.join(map(str, self.arguments))})"

    @property
    def taken(self) -> Term:
        """The step is this."""
        return Taken(self.rule, self.arguments)


@dataclass(frozen=True)
class Tail:
    """What is known of the tail of each infinite run that counts.

    Attributes:
        machine: The machine.
        ended: Rules that are taken finitely often, in the order in which that was found out.
        still: State tables that change finitely often.
        idle: Rules that are not possible from some time on.
    """

    machine: Machine
    ended: tuple[str, ...] = ()
    still: tuple[Symbol, ...] = ()
    idle: tuple[str, ...] = ()
    _own: Mapping[str, Rule] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, machine: Machine) -> Tail:
        """What is known of any machine: faults end, unless they recur."""
        ended = tuple(r.name for r in machine.rules if not machine.may_recur(r))
        return cls(machine, ended, _own={r.name: apart(r, _MARK) for r in machine.rules})

    @property
    def going_on(self) -> list[Rule]:
        """The rules that may be taken for ever, for all that is known."""
        return [r for r in self.machine.rules if r.name not in self.ended]

    def with_ended(self, rule: str) -> Tail:
        """The same where ``rule`` is taken finitely often."""
        return replace(self, ended=(*self.ended, rule))

    def with_still(self, table: Symbol) -> Tail:
        """The same where ``table`` changes finitely often."""
        return replace(self, still=(*self.still, table))

    def with_idle(self, rule: str) -> Tail:
        """The same where ``rule`` is not possible in the end."""
        return replace(self, idle=(*self.idle, rule))

    def rests(self, term: Term) -> bool:
        """Whether the value of ``term`` does not change in the tail, by what it reads."""
        return all(s.role == "rigid" or s in self.still for s in symbols(term))

    @property
    def facts(self) -> tuple[Term, ...]:
        """What is true of each step that the tail makes."""
        return (*self._ends(), *self._stillness(), *self._idleness())

    def _idleness(self) -> Iterable[Term]:
        for name in self.idle:
            own = self._own[name]
            guard = own.guard
            yield Not(Exists(own.parameters, guard) if own.parameters else guard)

    def _stillness(self) -> Iterable[Term]:
        for table in self.still:
            cell = cell_of(table)
            yield every(places_of(table), Equal(Next(cell), cell))

    def _ends(self) -> Iterable[Term]:
        for name in self.ended:
            parameters = self._own[name].parameters
            taken = Taken(name, parameters)
            yield Not(Exists(parameters, taken) if parameters else taken)

    def guard(self, call: Call) -> Term:
        """The guard of a call, over the parameters that the call is made of."""
        own = self._own[call.rule]
        return substitute(own.guard, dict(zip(own.parameters, call.arguments, strict=True)))

    def standing(self, calls: Iterable[Call]) -> list[Term]:
        """The parts of guards of ``calls`` that do not change in the tail."""
        return [p for call in calls for p in conjuncts(self.guard(call)) if self.rests(p)]

    def checked(self, call: Call, parameters: tuple[Variable, ...]) -> Call:
        """``call``, if its arguments are fixed by the values of ``parameters``.

        Raises:
            ModelError: they are not, or are not what the rule takes.
        """
        try:
            rule = self.machine.rule(call.rule)
        except KeyError:
            raise ModelError(f"there is no rule {call.rule}") from None
        if [a.sort for a in call.arguments] != [p.of for p in rule.parameters]:
            raise ModelError(f"'{call}' has the wrong arguments")
        if not all(fixed(a, parameters) for a in call.arguments):
            raise ModelError(f"'{call}' is not fixed by what it comes from")
        return call


def fixed(term: Term, parameters: Iterable[Variable]) -> bool:
    """Whether ``term`` has one value in a whole run, given those of ``parameters``."""
    rigid = all(s.role == "rigid" for s in symbols(term))
    return rigid and free_variables(term) <= set(parameters)


def is_owed(rule: Rule) -> bool:
    """Whether something is assumed of the rule in infinite runs."""
    return rule.fairness in (Fairness.WEAK, Fairness.STRONG)


def places_of(table: Symbol) -> tuple[Variable, ...]:
    """A variable for each argument of a table."""
    return tuple(Variable(f"place-{i}", s) for i, s in enumerate(table.arguments))


def cell_of(table: Symbol) -> Read:
    """The table read at ``places_of``."""
    return Read(table, places_of(table))
