"""The search for inferences by which every fair run comes to a standstill.

Nothing here is trusted: an inference that is wrong has a premise that nobody can prove.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from unsay.engines.proof.found import Failure, Proof
from unsay.engines.proof.liveness.inferences import (
    Changes,
    Inference,
    Link,
    LinkKind,
    MovesOn,
    Owed,
    Starved,
    end_premise,
    link_premises,
)
from unsay.engines.proof.liveness.samples import Samples
from unsay.engines.proof.liveness.tail import Call, Premise, Tail, conjuncts, fixed, is_owed
from unsay.engines.proof.obligations import Goal
from unsay.model.language import BOOL, Fairness, Machine, ModelError, Rule, Symbol, Term
from unsay.model.language.terms import (
    FALSE,
    TRUE,
    Equal,
    Read,
    Variable,
    free_variables,
    substitute,
)

Prove = Callable[[Goal], Proof | Failure]

_LINKS_MAX = 4
"""Longer chains are not looked for."""


@dataclass
class Settling:
    """Looks for why every run that counts is finite.

    Attributes:
        machine: The machine.
        samples: Where premises are tried first.
        prove: Proves them.
        pause: Called now and then; what it raises ends the work.
        report: Told of progress.
        inferences: What was found, in order.
        parts: The premises of these, with their proofs.
        failed: Premises that no sample breaks and that have no proof, with the reason.
        tail: What is known by then.
    """

    machine: Machine
    samples: Samples
    prove: Prove
    pause: Callable[[], None]
    report: Callable[[str], None]
    inferences: list[Inference] = field(default_factory=list)
    parts: dict[Term, tuple[Premise, Proof]] = field(default_factory=dict)
    failed: dict[Term, tuple[Premise, str]] = field(default_factory=dict)
    tail: Tail = field(init=False)

    def __post_init__(self) -> None:
        self.tail = Tail.of(self.machine)

    def settled(self) -> bool:
        """Whether it was found that all rules are taken finitely often."""
        while self.tail.going_on:
            if not (self._by_order() or self._by_starving()):
                return False
        return True

    def reason(self) -> str:
        """Why it was not found."""
        names = ", ".join(r.name for r in self.tail.going_on)
        said = f"for all that is known these may go on for ever: {names}"
        if not self.failed:
            return said
        premise, why = next(reversed(self.failed.values()))
        return f"{said}; no proof that {premise.says} ({why})"

    def _infer(self, inference: Inference) -> bool:
        """Whether ``inference`` is proved, and known from now on."""
        try:
            premises = inference.premises(self.tail)
        except ModelError:
            return False
        if not self.samples.keep(premises) or not self.shown(premises):
            return False
        self.inferences.append(inference)
        self.tail = inference.applied(self.tail)
        return True

    def shown(self, premises: list[Premise]) -> bool:
        """Whether all ``premises`` have a proof."""
        return all(self._proved(p) for p in premises)

    def _proved(self, premise: Premise) -> bool:
        if premise.term in self.parts:
            return True
        if premise.term in self.failed:
            return False
        why = ""
        # With fewer assumptions fewer tables are in the way of those who look for lemmas.
        for claim in dict.fromkeys((self.samples.weakest(premise), premise)):
            self.pause()
            self.report(premise.says)
            found = self.prove(Goal(claim.term, claim.step))
            if isinstance(found, Proof):
                self.parts[premise.term] = (claim, found)
                return True
            why = found.reason
        self.failed[premise.term] = (premise, why)
        return False

    # What moves on in an order, and what changes that.

    def _by_order(self) -> bool:
        """Whether something more was found out without a chain."""
        found = False
        for rule in self.tail.going_on:
            found |= self._infer(Changes(rule.name))
        for table in self._moving():
            found |= any(self._infer(MovesOn(table, order)) for order in self._orders(table))
        for rule in self.machine.rules:
            if rule.name in self.tail.ended and rule.name not in self.tail.idle:
                found |= is_owed(rule) and self._infer(Owed(rule.name))
        return found

    def _moving(self) -> list[Symbol]:
        """The tables that may change for ever, for all that is known, and that matter."""
        written = {t for r in self.machine.rules for t in r.writes if t.role == "state"}
        return [t for t in self.machine.symbols if t in written and t not in self.tail.still]

    def _orders(self, table: Symbol) -> Iterator[tuple[str, ...]]:
        sort = table.value
        if sort.ordered:
            yield from (("up",), ("down",))
            return
        # What a table starts with mostly comes first.
        members = sorted(sort.literals, key=lambda name: name != table.initially)
        yield from itertools.permutations(members)

    # Chains.

    def _by_starving(self) -> bool:
        """Whether a rule was found to end because of what would have to follow it."""
        for rule in self.tail.going_on:
            while links := self._chain(rule):
                if self._infer(Starved(rule.name, links)):
                    return True
        return False

    def _chain(self, rule: Rule) -> tuple[Link, ...]:
        """A chain from ``rule`` to a contradiction that no sample breaks, none if there is none."""
        start = Call(rule.name, rule.parameters)
        waiting: list[tuple[Link, ...]] = [()]
        seen = {start}
        for links in waiting:
            self.pause()
            known = [start, *(k.then for k in links)]
            if links and self._may_hold([end_premise(self.tail, rule.name, known)]):
                return links
            if len(links) < _LINKS_MAX:
                for link in self._next(rule, known):
                    if link.then not in seen:
                        seen.add(link.then)
                        waiting.append((*links, link))
        return ()

    def _may_hold(self, premises: list[Premise]) -> bool:
        return not any(p.term in self.failed for p in premises) and self.samples.keep(premises)

    def _next(self, rule: Rule, known: list[Call]) -> Iterator[Link]:
        """What is taken again and again if the last of ``known`` is."""
        first = known[-1]
        for then in self.tail.going_on:
            for call in self._calls(then, rule.parameters):
                if call in known:
                    continue
                for link in self._links(first, call):
                    if self._may_hold(link_premises(self.tail, rule.name, known, link)):
                        yield link
                        break

    def _calls(self, then: Rule, parameters: tuple[Variable, ...]) -> Iterator[Call]:
        """``then`` at arguments that are fixed by ``parameters``, or by its own guards."""
        solved: dict[Variable, Term] = {}
        for part in conjuncts(then.guard):
            match part:
                case Equal(Variable() as p, term) if p in then.parameters:
                    inner = free_variables(term)
                    if p not in inner and fixed(term, set(then.parameters)):
                        solved.setdefault(p, term)
        chosen = [p for p in then.parameters if p not in solved]
        options = [[x for x in parameters if x.of == p.of] for p in chosen]
        for values in itertools.product(*options):
            by: dict[Variable, Term] = dict(zip(chosen, values, strict=True))
            for p, term in solved.items():
                by[p] = substitute(term, by)
            call = Call(then.name, tuple(by[p] for p in then.parameters))
            if all(fixed(a, parameters) for a in call.arguments):
                yield call

    def _links(self, first: Call, then: Call) -> Iterator[Link]:
        """Why ``then`` might be taken again and again if ``first`` is."""
        rule = self.machine.rule(then.rule)
        if rule.fairness is Fairness.STRONG:
            yield Link(LinkKind.STRONG, first, then)
        if is_owed(rule):
            yield Link(LinkKind.WEAK, first, then)
        by = dict(zip(rule.parameters, then.arguments, strict=True))
        for update in rule.updates:
            table = update.symbol
            if table.role != "state" or table.value != BOOL or table in self.tail.still:
                continue
            if not update.each and update.value in (TRUE, FALSE):
                cell = Read(table, tuple(substitute(a, by) for a in update.arguments))
                yield Link(LinkKind.UNDONE, first, then, cell, update.value == FALSE)
