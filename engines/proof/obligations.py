"""What has to be unsatisfiable for a claim to be proved, and Z3's word that it is.

A claim and its lemmas together are *inductive* if they hold in every initial state, and if each
rule leads from a state in which all of them hold only to such states again. Each of these is one
obligation: some formulas, over uninterpreted sorts, that no world of any size satisfies together.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import z3

from unsay.model.language import Kind, Machine, Rule, Symbol, Term
from unsay.model.language.effects import after, apart, at_start, at_step
from unsay.model.language.finite import laws
from unsay.model.language.terms import Not, symbols, walk
from unsay.model.readings.anysize import AnySize
from unsay.model.readings.arrays import Worlds
from unsay.model.readings.solved import reading_of, world_of


@dataclass(frozen=True)
class Goal:
    """A claim to be proved: of every reachable state, or of every step between such."""

    term: Term
    step: bool = False

    def bears_on(self, rule: Rule) -> bool:
        """Whether ``rule`` could break it: it writes a table that the claim reads."""
        return self.step or bool(rule.writes & self._tables)

    @cached_property
    def _tables(self) -> set[Symbol]:
        return symbols(self.term)

    def bearing(self, machine: Machine) -> list[str | None]:
        """What has to be shown: that it holds at the start (None), and each rule's part.

        A rule that writes no table of a formula cannot break it.
        """
        start: list[str | None] = [] if self.step else [None]
        return start + [r.name for r in machine.rules if self.bears_on(r)]

    def is_about_rest(self, machine: Machine) -> bool:
        """Whether it speaks of states at rest: any step may lead there, so none is asked."""
        at_rest = (machine.at_rest().term, machine.at_a_standstill().term)
        return not self.step and any(t in at_rest for t in walk(self.term))

    def after(self, rule: Rule) -> Term:
        """The claim of, or after, a step of ``rule``, over the state before; see ``apart``."""
        return at_step(rule, self.term) if self.step else after(rule, self.term)


NO_STEP = Rule(
    name="no-step",
    kind=Kind.PROGRESS,
    layer="",
    says="Nothing happens.",
    parameters=(),
    at="",
    guards=(),
    updates=(),
)
"""Of what the rest implies in every state, this is all that has to be shown: no rule is asked."""


def rule_of(machine: Machine, name: str) -> Rule:
    """The rule of an obligation, by its name.

    Raises:
        KeyError: there is none.
    """
    return NO_STEP if name == NO_STEP.name else machine.rule(name)


def called(rule: str | None) -> str:
    """What an obligation is about, for people."""
    return "what the lemmas imply" if rule == NO_STEP.name else rule or "the start"


def kept_apart(rule: Rule) -> Rule:
    """``rule`` with names of its own for its parameters, as obligations have it."""
    return apart(rule, own(rule))


def own(rule: Rule) -> str:
    """How the names of the parameters of ``rule`` begin where it is kept apart."""
    return f"{rule.name}."


@dataclass(frozen=True)
class Countermodel:
    """A state, and the step from it that breaks a lemma. Nobody says that it is reachable.

    Attributes:
        before: The state, alone in its world.
        rule: The name of the rule that is taken.
        arguments: Its arguments, as positions.
    """

    before: Worlds
    rule: str
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class Obligation:
    """Formulas that must not hold together; ``rule`` is None for the initial state.

    Where it is ``NO_STEP``, what is assumed has to imply the goal in every state. Then the goal
    itself is not assumed, of course, and has no other obligation.
    """

    goal: Goal
    rule: str | None
    assumed: tuple[Term, ...] = ()

    def __str__(self) -> str:
        where = "at the start" if self.rule is None else f"under {self.rule}"
        return f"{'in every state' if self.rule == NO_STEP.name else where}: {self.goal.term}"


@dataclass(frozen=True)
class Answer:
    """What became of an obligation.

    Attributes:
        discharged: No world satisfies it.
        used: Of what was assumed, what that needed.
        against: A world that satisfies it, if one was found.
        reason: Why nothing is known, in the solver's words.
    """

    discharged: bool
    used: frozenset[Term] = frozenset()
    against: Countermodel | None = None
    reason: str = ""

    @property
    def known(self) -> bool:
        """Whether one or the other is known."""
        return self.discharged or self.against is not None


@dataclass(frozen=True)
class Way:
    """How the solver goes about it, and its share of the time limit."""

    share: float
    options: Mapping[str, bool | int]


MODELS = Way(0.1, {"auto_config": False, "ematching": False, "case_split": 3})
"""Finds what is against an obligation, if it is small; and proves some."""

WAYS = (
    Way(0.1, {"auto_config": False, "mbqi": False}),
    Way(0.3, {"auto_config": False, "case_split": 5}),
    Way(0.4, {"auto_config": False, "case_split": 3}),
    Way(1.0, {"auto_config": False, "mbqi": False}),
    Way(0.5, {}),
)
"""Measured: what one of them takes ten seconds for, another often does in a tenth of one."""


def asked(solver: Any, *assumptions: Any, milliseconds: float | None = None) -> Any:
    """The answer of ``solver``, which keeps an interrupt to itself, and says that it does not know.

    Where there are no quantifiers it says "canceled", as it does when its time is up.

    Args:
        solver: A Z3 solver.
        assumptions: What to assume.
        milliseconds: The limit that ``solver`` was given, if any.

    Raises:
        KeyboardInterrupt: that is why it does not know.
    """
    begun = time.monotonic()
    # As ``solver.check``, which asks each assumption of what sort it is: half of its time.
    parts = (z3.Ast * len(assumptions))(*(a.as_ast() for a in assumptions))
    context = solver.ctx.ref()
    said = z3.Z3_solver_check_assumptions(context, solver.solver, len(assumptions), parts)
    answer = z3.CheckSatResult(said)
    if answer == z3.unknown:
        why = solver.reason_unknown()
        early = milliseconds is None or (time.monotonic() - begun) * 1000 < milliseconds
        if "interrupted" in why or (early and why == "canceled"):
            raise KeyboardInterrupt
    return answer


@dataclass(frozen=True)
class Said:
    """A solver's answer.

    Attributes:
        answer: "sat", "unsat" or "unknown".
        reason: Why it is "unknown", if it is.
        model: If it is "sat", the Z3 model, in a context of its own.
    """

    answer: str
    reason: str = ""
    model: Any = None


def answer_to(text: str, milliseconds: int, ways: Sequence[Way] = WAYS) -> Said:
    """Z3's answer to SMT-LIB 2 text as it stands.

    It is asked in one way after the other; each of these ways is sound.

    Args:
        text: Declarations and assertions.
        milliseconds: Limit for one way.
        ways: In which.
    """
    reason = ""
    for way in ways:
        solver = z3.Solver(ctx=z3.Context())
        solver.from_string(text)
        answer = _check(solver, way, milliseconds)
        if answer == z3.sat:
            return Said("sat", model=solver.model())
        if answer == z3.unsat:
            return Said("unsat")
        reason = solver.reason_unknown()
    return Said("unknown", reason)


def smtlib(machine: Machine, terms: Sequence[Term]) -> str:
    """The axioms and ``terms`` as SMT-LIB 2. Made from scratch, so that equal terms look equal."""
    reading = AnySize(machine)
    solver = z3.Solver(ctx=reading.context)
    solver.add(*(formula for _, formula in reading.background()))
    solver.add(*(reading.formula(t) for t in terms))
    lines = str(solver.to_smt2()).splitlines(keepends=True)
    kept = (x for x in lines if not x.startswith(("; benchmark", "(set-info")))
    return "(set-logic ALL)\n" + "".join(line.rstrip() + "\n" for line in kept)


def _check(solver: Any, way: Way, milliseconds: int) -> Any:
    solver.set("timeout", int(milliseconds * way.share))
    for option, value in way.options.items():
        solver.set(option, value)
    return asked(solver, milliseconds=int(milliseconds * way.share))


class Obligations:
    """The obligations of one machine, discharged by Z3.

    Args:
        machine: The machine.
        tables: Those that lemmas may read.
        milliseconds: Limit for one way of asking.
    """

    def __init__(self, machine: Machine, tables: Sequence[Symbol], milliseconds: int) -> None:
        self.machine = machine
        self.tables = tables
        self.reading = AnySize(machine)
        self.rules = {r.name: kept_apart(r) for r in (*machine.rules, NO_STEP)}
        self._limit = milliseconds
        self._known: dict[Obligation, Answer] = {}
        self._unmodelled: set[Obligation] = set()
        assert len(self.rules) == len(machine.rules) + 1, "a rule is called as no rule can be"
        self._laws = laws(machine)
        self._background = [formula for _, formula in self.reading.background()]

    def denial(self, obligation: Obligation) -> Iterator[tuple[str, Term]]:
        """The formulas of an obligation that are more than background and assumptions."""
        goal = obligation.goal
        if obligation.rule is None:
            yield "broken at the start", Not(at_start(goal.term))
            return
        rule = self.rules[obligation.rule]
        for guard in rule.guards:
            yield f"guard {guard.name}", guard.condition
        for law in self._laws:
            if rule.writes & symbols(law.term):
                yield f"{law.name}, also afterwards", after(rule, law.term)
        yield "broken by the step", Not(goal.after(rule))

    def discharge(self, obligation: Obligation, ways: Sequence[Way] = WAYS) -> Answer:
        """Ask Z3: by models, which finds what is against it, then by matching, which proves most.

        Whichever answers first is believed: each of these ways is sound. Matching is asked of the
        text that a certificate holds, and of nothing else. What is known is not asked again.

        Args:
            obligation: What must not be possible.
            ways: In which it is asked by matching.
        """
        if obligation in self._known:
            return self._known[obligation]
        answer = Answer(False)
        if obligation not in self._unmodelled:
            answer = self._models(obligation)
        if not answer.known:
            self._unmodelled.add(obligation)
            answer = self._matched(obligation, ways)
        if answer.known:
            self._known[obligation] = answer
        return answer

    def _matched(self, obligation: Obligation, ways: Sequence[Way]) -> Answer:
        said = answer_to(self.text(obligation), self._limit, ways)
        if said.answer == "unsat":
            return Answer(True, frozenset(obligation.assumed))
        if said.answer == "unknown":
            return Answer(False, reason=said.reason)
        reading = reading_of(self.machine, said.model)
        return Answer(False, against=self._countermodel(reading, said.model, obligation.rule))

    def _models(self, obligation: Obligation) -> Answer:
        solver = self._solver()
        # No labels for an unsatisfiable core: with them, the same takes a hundred times as long.
        solver.add(*(self.reading.closed(term) for term in obligation.assumed))
        solver.add(*(self.reading.formula(term) for _, term in self.denial(obligation)))
        answer = _check(solver, MODELS, self._limit)
        if answer == z3.unsat:
            return Answer(True, frozenset(obligation.assumed))
        if answer == z3.sat:
            found = self._countermodel(self.reading, solver.model(), obligation.rule)
            return Answer(False, against=found)
        return Answer(False, reason=solver.reason_unknown())

    def possible(self, terms: Sequence[Term]) -> bool | None:
        """Whether some world satisfies ``terms`` and the background; None if nobody knows."""
        solver = self._solver()
        solver.add(*(self.reading.formula(t) for t in terms))
        answer = asked(solver, milliseconds=self._limit)
        return None if answer == z3.unknown else bool(answer == z3.sat)

    def text(self, obligation: Obligation) -> str:
        """The obligation as SMT-LIB 2, for any solver: it must answer ``unsat``."""
        denied = (term for _, term in self.denial(obligation))
        return smtlib(self.machine, [*obligation.assumed, *denied])

    def _solver(self) -> Any:
        solver = z3.Solver(ctx=self.reading.context)
        solver.set("timeout", self._limit)
        solver.add(*self._background)
        return solver

    def _countermodel(self, reading: AnySize, model: Any, rule: str | None) -> Countermodel | None:
        if rule is None:
            return None
        parameters = self.rules[rule].parameters
        found = world_of(reading, model, self.tables, parameters)
        if found is None:
            return None
        world, arguments = found
        return Countermodel(world, rule, arguments)
