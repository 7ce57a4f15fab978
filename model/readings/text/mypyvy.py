"""The reading as a mypyvy program: every size is left open, for provers of invariants.

Sorts stay sorts, tables are relations and functions, and each rule is a transition: a formula over
the state before and the state after. What a design says of who exists is not in the text; what is
assumed of it is what the machine's axioms say, as in the reading at any size.
"""

from __future__ import annotations

from collections.abc import Iterator

from unsay.model.language.effects import apart, as_at_first, at_step, outcome
from unsay.model.language.notation import Bool, Element
from unsay.model.language.orders import order_laws
from unsay.model.language.rules import Rule
from unsay.model.language.terms import (
    BOOL,
    And,
    Equal,
    ForAll,
    Least,
    Literal,
    Next,
    Not,
    Or,
    Read,
    Sort,
    Symbol,
    Term,
    Variable,
    symbols,
)
from unsay.model.readings.fragment import fragment_lines
from unsay.model.readings.text.claims import Claim, Subject, commented, head, sorts_of
from unsay.model.readings.text.mypyvy_terms import Terms
from unsay.model.readings.text.names import Names, fresh_variables, identifier, names_in
from unsay.model.readings.text.tidy import tidied

_WORDS = """
    modifies sort mutable immutable derived relation constant function init transition invariant
    axiom new forall exists true false zerostate onestate twostate theorem definition assert safety
    any trace if then else let in sat unsat distinct bool int fbii prophecy by
"""
RESERVED = frozenset(_WORDS.split())


def program(subject: Subject) -> str:
    """The program, with every claim as a safety property."""
    return "\n".join(_Program(subject).lines()) + "\n"


class _Program:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.kept = subject.kept()
        written = {s for rule in self.machine.rules for s in rule.writes}
        self.changing = [s for s in self.kept if s in written]
        self.sorts = sorts_of(self.machine)
        names = Names(RESERVED)
        self._sorts = {s: names.take(s.name) for s in self.sorts}
        # What is nothing but capitals is a variable in mypyvy.
        rigid = [s for s in self.machine.symbols if s.role == "rigid"]
        self._tables = {s: names.take(s.name.lower()) for s in (*rigid, *self.kept)}
        self._members: dict[Literal | Least, str] = {}
        self._orders: dict[Sort, str] = {}
        for sort in self.sorts:
            for literal in sort.literals:
                self._members[Literal(literal, sort)] = names.take(literal.lower())
            if sort.ordered:
                self._members[Least(sort)] = names.take(f"least_{sort.name.lower()}")
                self._orders[sort] = names.take(f"before_{sort.name.lower()}")
        self._rules = {r.name: names.take(r.name) for r in self.machine.rules}
        self._names = names
        self._locals: dict[str, str] = {}
        self.terms = Terms(
            self._sorts.__getitem__,
            self._tables.__getitem__,
            self._members.__getitem__,
            self._orders.__getitem__,
            self._local,
        )

    def _local(self, name: str) -> str:
        """The name of a variable; one that anything global has is out of the question."""
        if name not in self._locals:
            self._locals[name] = self._names.take(name)
        return self._locals[name]

    def lines(self) -> Iterator[str]:
        """The program, line by line."""
        name = self.subject.name
        for line in (
            *head(self.subject),
            "It says nothing of a design's scope: there may be any number of members of each sort.",
            "A claim about steps is asked in each state, of every step that is possible there.",
            *fragment_lines(self.machine, {c.name: c.formula for c in self.subject.claims}),
            f"To have an inductive invariant looked for: python3 src/mypyvy.py updr {name}.pyv",
            "(in a clone of mypyvy; verify instead of updr asks whether the claims are one as they",
            "stand, and theorem whether those of what no rule changes follow from the axioms).",
        ):
            yield from commented(line, "# ")
        for sort in self.sorts:
            yield from self._sort(sort)
        for symbol in self._tables:
            yield from self._table(symbol)
        for axiom in self.machine.axioms:
            yield ""
            yield from commented(axiom.says, "# ")
            yield f"axiom [{identifier(axiom.name)}] {self.terms.text(axiom.formula)}"
        for rule in self.machine.rules:
            yield from self._transition(rule)
        for claim in self.subject.claims:
            yield from self._claim(claim)

    def _sort(self, sort: Sort) -> Iterator[str]:
        yield ""
        yield from commented(sort.says, "# ")
        name = self._sorts[sort]
        yield f"sort {name}"
        members = [m for m in self._members if m.of == sort]
        yield from (f"immutable constant {self._members[m]}: {name}" for m in members)
        if sort.literals:
            if len(members) > 1:
                yield f"axiom distinct({', '.join(self._members[m] for m in members)})"
            one = Variable("x", sort)
            among = Or(tuple(Equal(one, m) for m in members))
            yield f"axiom {self.terms.text(ForAll((one,), among))}"
        if sort.ordered:
            yield f"immutable relation {self._orders[sort]}({name}, {name})"
        for law, term in order_laws(sort).items():
            yield f"axiom [{self._orders[sort]}_{law}] {self.terms.text(term)}"

    def _table(self, symbol: Symbol) -> Iterator[str]:
        """A table, and what it starts with. One that no rule changes keeps that for ever."""
        name, changes = self._tables[symbol], symbol in self.changing
        yield ""
        yield from commented(symbol.says, "# ")
        word = "mutable" if changes else "immutable"
        sorts = ", ".join(self._sorts[s] for s in symbol.arguments)
        if symbol.value == BOOL:
            yield f"{word} relation {name}({sorts})"
        elif symbol.arguments:
            yield f"{word} function {name}({sorts}): {self._sorts[symbol.value]}"
        else:
            yield f"{word} constant {name}: {self._sorts[symbol.value]}"
        if symbol.role != "rigid":
            yield f"{'init' if changes else 'axiom'} {self.terms.text(as_at_first(symbol))}"

    def _transition(self, rule: Rule) -> Iterator[str]:
        yield ""
        yield from commented(rule.says, "# ")
        written = [s for s in self.changing if s in rule.writes]
        yield f"transition {self._rules[rule.name]}({self.terms.binders(rule.parameters)})"
        # mypyvy has no empty list; without one it is written with a sign, and changes nothing.
        yield f"  modifies {', '.join(self._tables[s] for s in written)}" if written else "  ="
        parts = [g.condition for g in rule.guards] + [self._cells(rule, s) for s in written]
        yield "  & ".join(f"({self.terms.text(part)})\n" for part in parts).rstrip("\n")

    def _cells(self, rule: Rule, symbol: Symbol) -> Term:
        """What every cell of a table is after the rule."""
        places = tuple(fresh_variables(symbol.arguments, names_in(rule)))
        cell = Read(symbol, places)
        value_of = Bool(cell) if symbol.value == BOOL else Element(cell)
        arguments: dict[str, Term] = {p.name: p for p in rule.parameters}
        becomes = Equal(Next(cell), outcome(rule, value_of, arguments).term)
        return ForAll(places, becomes) if places else becomes

    def _claim(self, claim: Claim) -> Iterator[str]:
        yield ""
        yield from commented(claim.sentence, "# ")
        formula = tidied(self._of_steps(claim) if claim.step else claim.formula)
        # Of what no rule changes mypyvy wants no invariant: it follows from the axioms, or not.
        word = "safety" if symbols(formula) & set(self.changing) else "theorem"
        yield f"{word} [{identifier(claim.name)}] {self.terms.text(formula)}"

    def _of_steps(self, claim: Claim) -> Term:
        """A claim about steps, of a state: whatever can happen there is as claimed."""
        found = []
        for rule in self.machine.rules:
            own = apart(rule, f"{rule.name}.")
            judged = Or((Not(own.guard), at_step(own, claim.formula)))
            found.append(ForAll(own.parameters, judged))
        return And(tuple(found))
