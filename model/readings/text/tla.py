"""The reading as a TLA+ module, at the level of the language.

Sorts are sets of strings, ordered sorts the numbers from 0, tables functions, and each rule one
operator with labelled guards. A checker for TLA+ (TLC) can run it as it is: see ``config``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unsay.model.language.effects import outcome
from unsay.model.language.notation import Bool, Element
from unsay.model.language.rules import Kind, Rule, Update
from unsay.model.language.terms import (
    TRUE,
    IfThenElse,
    Read,
    Sort,
    Symbol,
    Term,
    walk,
)
from unsay.model.readings.text.claims import (
    Claim,
    Subject,
    head,
    one_line,
    sorts_of,
    told_by_states,
)
from unsay.model.readings.text.names import (
    Names,
    camel,
    fresh_variables,
    identifier,
    names_in,
    title,
)
from unsay.model.readings.text.tidy import tidied
from unsay.model.readings.text.tla_layout import among, comment, string, wrapped
from unsay.model.readings.text.tla_terms import WIDTH, Operator, Terms

_WORDS = """
    ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE
    DEFS DOMAIN ELSE ENABLED EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL
    MODULE NEW OBVIOUS OMITTED ONLY OTHER PICK PROOF PROPOSITION PROVE QED RECURSIVE SF SF_ STATE
    STRING SUBSET SUFFICES TAKE TEMPORAL THEN THEOREM TRUE UNCHANGED UNION USE VARIABLE VARIABLES
    WF WF_ WITH WITNESS Nat
    Acts Progress Faults Fairness Init Next Spec TypeOK AtRest vars
"""
RESERVED = frozenset(_WORDS.split())
"""Words of TLA+, and the names that every module of ours has."""

KINDS = {Kind.ACT: "Acts", Kind.PROGRESS: "Progress", Kind.FAULT: "Faults"}

RULE = "-" * 77


def module(subject: Subject) -> str:
    """The module. Its name must be that of its file."""
    return "\n".join(_Module(subject).lines()) + "\n"


def config(subject: Subject) -> str:
    """What TLC is to check: every claim, and that each table holds what it can hold."""
    made = _Module(subject)
    names = made.claim_names
    lines = [f"\\* For {made.name}.tla", "SPECIFICATION Spec", "INVARIANT TypeOK"]
    for claim in subject.claims:
        if not claim.step or told_by_states(claim.formula):
            lines.append(f"{'PROPERTY' if claim.step else 'INVARIANT'} {names[claim.name]}")
    return "\n".join(lines) + "\n"


def valid_name(name: str) -> bool:
    """Whether a module can be called that."""
    return name == identifier(name) and name not in RESERVED


def suggested_name(name: str) -> str:
    """A module name like ``name``."""
    wanted = title(name)
    return f"{wanted}Design" if wanted in RESERVED else wanted


class _Module:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.name = subject.name if valid_name(subject.name) else suggested_name(subject.name)
        self.machine = subject.machine
        self.kept = subject.kept()
        self.rigid = [s for s in self.machine.symbols if s.role == "rigid"]
        self.sorts = sorts_of(self.machine)
        names = Names(RESERVED)
        wanted: list[Sort | Symbol] = [*self.sorts, *self.rigid, *self.kept]
        self._globals: dict[Sort | Symbol | str, str] = {w: names.take(w.name) for w in wanted}
        rules = self.machine.rules
        self._globals |= {r.name: names.take(camel(r.name)) for r in rules}
        self._can = {r.name: names.take(f"Can{camel(r.name)}") for r in rules}
        self.claim_names = {
            c.name: names.take(f"{'Step' if c.step else 'Inv'}_{identifier(c.name)}")
            for c in subject.claims
        }
        self._witnesses = {
            c.name: names.take(f"Reached_{identifier(c.name)}") for c in subject.claims
        }
        self._names = names
        self._locals: dict[str, str] = {}
        at_rest = tidied(self.machine.at_rest().term)
        self._with_rest = any(
            at_rest in set(walk(tidied(t))) for c in subject.claims for t in _terms_of(c)
        )
        operators: dict[Term, Operator] = {
            tidied(r.guard): (self._can[r.name], r.parameters) for r in reversed(rules)
        }
        self._rest_text = Terms(self._name, self._local, dict(operators), frozenset())
        if self._with_rest:
            operators[at_rest] = ("AtRest", ())
        known = frozenset(r.name for r in rules)
        self.terms = Terms(self._name, self._local, operators, known)
        # Where a guard is defined, it is not a call of itself.
        self._plain = Terms(self._name, self._local, {}, known)

    def _name(self, thing: Sort | Symbol | str) -> str:
        return self._globals[thing]

    def _local(self, name: str) -> str:
        """The name of a variable; one that a table or sort has is out of the question in TLA+."""
        if name not in self._locals:
            self._locals[name] = self._names.take(name)
        return self._locals[name]

    def lines(self) -> Iterator[str]:
        """The module, line by line."""
        name = self.name
        yield f"---- MODULE {name} ----"
        run = [
            f"To run it, save it as {name}.tla; --out {name}.tla also writes {name}.cfg. Then:",
            f"    java -cp tla2tools.jar tlc2.TLC -deadlock {name}.tla",
            "-deadlock turns the search for deadlocks off: a run may end. -workers 2 uses 2 cores;",
            "with one, runs are shortest. -continue goes on after an error, to count all states.",
        ]
        for line in head(self.subject):
            yield from comment(line)
        yield from (f"\\* {line}" for line in run)
        yield ""
        yield "EXTENDS Naturals"
        yield from self._world()
        yield from self._state()
        for rule in self.machine.rules:
            yield ""
            yield from self._rule(rule)
        yield from self._next()
        yield from self._claims()
        yield "===="

    def _section(self, title: str) -> list[str]:
        return ["", f"\\* {RULE}", f"\\* {title}", ""]

    def _world(self) -> Iterator[str]:
        yield from self._section("Who exists, and what is fixed.")
        for sort in self.sorts:
            members = self.machine.structure.members(sort)
            yield from comment(sort.says)
            if sort.ordered:
                meant = ", ".join(f"{i} is {m}" for i, m in enumerate(members))
                yield f"{self._name(sort)} == 0..{len(members) - 1}  \\* {meant}"
            else:
                yield from wrapped(f"{self._name(sort)} == {{", [*map(string, members)], "}")
        for symbol in self.rigid:
            yield ""
            yield from self._rigid(symbol)

    def _rigid(self, symbol: Symbol) -> Iterator[str]:
        fresh = fresh_variables(symbol.arguments, ())
        yield from comment(symbol.says)
        names = ", ".join(self._local(v.name) for v in fresh)
        place = f"<<{names}>>" if len(fresh) > 1 else names
        start = f"{self._name(symbol)} == [{self.terms.binders(fresh)} |->"
        by_value: dict[int, list[str]] = {}
        for arguments, value in self.machine.structure.rigid[symbol].items():
            by_value.setdefault(value, []).append(self._place(symbol, arguments))
        if symbol.value.name == "Bool":
            yield f"{start} {among(place, by_value.get(1, []))}]"
        elif len(by_value) == 1:
            yield f"{start} {self._constant(symbol.value, next(iter(by_value)))}]"
        else:
            cases = [
                f"{among(place, places)} -> {self._constant(symbol.value, value)}"
                for value, places in sorted(by_value.items())
            ]
            yield f"{start}\n    CASE " + "\n      [] ".join(cases) + "]"

    def _place(self, symbol: Symbol, arguments: Sequence[int]) -> str:
        pairs = zip(symbol.arguments, arguments, strict=True)
        members = [self._constant(sort, i) for sort, i in pairs]
        return members[0] if len(members) == 1 else f"<<{', '.join(members)}>>"

    def _constant(self, sort: Sort, position: int) -> str:
        if sort.name == "Bool":
            return "TRUE" if position else "FALSE"
        if sort.ordered:
            return str(position)
        return string(self.machine.structure.members(sort)[position])

    def _state(self) -> Iterator[str]:
        yield from self._section("What changes.")
        yield "VARIABLES"
        last = len(self.kept) - 1
        for i, symbol in enumerate(self.kept):
            comma = "," if i < last else ""
            history = " (history)" if symbol.role == "history" else ""
            yield f"    {self._name(symbol)}{comma}  \\* {one_line(symbol.says)}{history}"
        yield ""
        yield from wrapped("vars == <<", [self._name(s) for s in self.kept], ">>")
        yield ""
        yield "TypeOK =="
        for s in self.kept:
            value = "BOOLEAN" if s.value.name == "Bool" else self._name(s.value)
            domain = " \\X ".join(self._name(a) for a in s.arguments)
            yield f"    /\\ {self._name(s)} \\in [{domain} -> {value}]"
        yield ""
        yield "Init =="
        for s in self.kept:
            start = self._constant(s.value, self.machine.structure.initial(s))
            binders = self.terms.binders(fresh_variables(s.arguments, ()))
            yield f"    /\\ {self._name(s)} = [{binders} |-> {start}]"

    # Rules.

    def _rule(self, rule: Rule) -> Iterator[str]:
        parameters = ", ".join(self._local(p.name) for p in rule.parameters)
        head = f"({parameters})" if parameters else ""
        yield f"{self._can[rule.name]}{head} =="
        for guard in rule.guards:
            label = f"    /\\ {identifier(guard.name)}:: "
            yield label + self._plain.lines(guard.condition, len(label))
        yield ""
        yield from comment(rule.says)
        yield f"{self._name(rule.name)}{head} =="
        yield f"    /\\ {self._can[rule.name]}{head}"
        written = [s for s in self.kept if any(u.symbol == s for u in rule.updates)]
        for symbol in written:
            start = f"    /\\ {self._name(symbol)}' = "
            updates = [u for u in rule.updates if u.symbol == symbol]
            if any(u.each for u in updates):
                yield start + self._function(rule, symbol, len(start))
            else:
                yield start + self._except(symbol, updates, len(start))
        same = [self._name(s) for s in self.kept if s not in written]
        if same:
            yield from wrapped("    /\\ UNCHANGED <<", same, ">>")

    def _except(self, symbol: Symbol, updates: Sequence[Update], column: int) -> str:
        """Updates at a point each: a later one sees what an earlier one wrote, and counts."""
        start = f"[{self._name(symbol)} EXCEPT "
        at = column + len(start)
        return start + (",\n" + " " * at).join(self._change(u, at) for u in updates) + "]"

    def _change(self, update: Update, column: int) -> str:
        inside = ", ".join(self.terms.flat(a) for a in update.arguments)
        start = f"![{inside}] ="
        condition = self.terms.tidied(update.where)
        value = self.terms.flat(update.value)
        if condition == TRUE:
            return f"{start} {value}"
        # TLA+ writes the value that the cell has by then as @.
        flat = f"{start} IF {self.terms.flat(condition)} THEN {value} ELSE @"
        if column + len(flat) <= WIDTH:
            return flat
        pad = "\n" + " " * (column + 4)
        broken = f"{start}{pad}IF {self.terms.lines(condition, column + 7)}"
        return f"{broken}{pad}THEN {self.terms.lines(update.value, column + 9)}{pad}ELSE @"

    def _function(self, rule: Rule, symbol: Symbol, column: int) -> str:
        """Updates of which some are for each member: the value of every cell after the rule."""
        fresh = fresh_variables(symbol.arguments, names_in(rule))
        cell = Read(symbol, tuple(fresh))
        value_of = Bool(cell) if symbol.value.name == "Bool" else Element(cell)
        arguments: dict[str, Term] = {p.name: p for p in rule.parameters}
        value = self.terms.tidied(outcome(rule, value_of, arguments).term)
        pad = "\n" + " " * (column + 4)
        text, before = f"[{self.terms.binders(fresh)} |->{pad}", ""
        while isinstance(value, IfThenElse):
            at = column + 4 + len(before)
            text += f"{before}IF {self.terms.lines(value.condition, at + 3)}"
            text += f"{pad}THEN {self.terms.lines(value.then, column + 9)}{pad}"
            value, before = value.otherwise, "ELSE "
        return f"{text}{before}{self.terms.flat(value)}]"

    # What can happen, and what is claimed.

    def _next(self) -> Iterator[str]:
        yield from self._section("What can happen: users may act, the system owes, the world may.")
        for kind, name in KINDS.items():
            rules = [r for r in self.machine.rules if r.kind is kind]
            yield f"{name} ==" if rules else f"{name} == FALSE"
            for rule in rules:
                parameters = ", ".join(self._local(p.name) for p in rule.parameters)
                call = f"{self._name(rule.name)}({parameters})"
                yield f"    \\/ \\E {self.terms.binders(rule.parameters)} : {call}"
            yield ""
        yield "Next == " + " \\/ ".join(KINDS.values())
        yield ""
        yield "\\* No fairness is assumed: every claim below is about states and steps."
        yield "Fairness == TRUE"
        yield ""
        yield "Spec == Init /\\ [][Next]_vars /\\ Fairness"

    def _claims(self) -> Iterator[str]:
        yield from self._section("What is claimed.")
        if self._with_rest:
            yield "\\* Nothing that the system owes is possible."
            yield f"AtRest ==\n    {self._rest_text.lines(self.machine.at_rest().term, 4)}"
            yield ""
        for claim in self.subject.claims:
            yield from comment(claim.sentence)
            name = self.claim_names[claim.name]
            if claim.step and not told_by_states(claim.formula):
                yield from comment("Left out: TLA+ knows a step by its states, not by its rule.")
            elif claim.step:
                yield "\\* Of each step that changes something; no formula of TLA+ sees the others."
                yield f"{name} ==\n    [][{self.terms.lines(claim.formula, 7)}]_vars"
            else:
                yield f"{name} ==\n    {self.terms.lines(claim.formula, 4)}"
            yield ""
            yield from comment(f"What makes it say something: {claim.situation_sentence}.")
            yield "\\* (To see it happen, check its negation as an invariant.)"
            yield f"{self._witnesses[claim.name]} ==\n    {self.terms.lines(claim.situation, 4)}"
            yield ""


def _terms_of(claim: Claim) -> tuple[Term, Term]:
    return claim.formula, claim.situation
