"""Mutants: the machine's rules, each broken in one place, and whether anything notices.

A mutant is made of terms, never of source text. It goes by its rule, what is changed and how, so
the same mistake in several designs is one mutant. It is caught when the language refuses the rule,
or when in a design of the battery the verdict on a property changes, or else a count or the length
of a shortest counterexample. ``tests/test_mutants.py`` pins these for the unbroken designs.

``python bench/mutants.py`` prints the score. A mutant is done at the first design that notices it,
and no property is asked about where counting states and steps tells already. With ``--thorough``, a
mutant is done at the first design that changes a verdict, which takes ten times as long.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.engines.verdict import Verdict
from unsay.model.design import Design
from unsay.model.language import Machine, ModelError, Rule, Symbol, Term, Update, terms
from unsay.model.language.rules import check_rule
from unsay.model.readings.compiled import Packed, Program, compile_machine
from unsay.model.readings.formulas import Formula, conjunction, negation, within
from unsay.model.readings.ground import Action, ground_rule
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "tests" / "mutants_survivors.toml"
"""The battery of designs, and the mutants that it lets live."""


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


def battery() -> dict[str, Design]:
    """The designs of the battery, in the order in which they are asked."""
    from tests.helpers import chain

    none = {"loss": 0, "duplication": 0, "crash": 0, "offline": 0}
    entries = tomllib.loads(RECORD.read_text())["battery"]
    tables = {name: entry["design"] for name, entry in entries.items()}
    return {n: chain(**{**t, "faults": none | t.get("faults", {})}) for n, t in tables.items()}


class Fate(IntEnum):
    """What becomes of a mutant. Equivalent as far as the battery goes: the first two."""

    IDENTICAL = 0  # spelt out for the design, the rule is what it was
    SAME_STEPS = 1  # it does the same in every reachable state
    UNNOTICED = 2  # it does something else, and no verdict, count or length tells
    COUNTED = 3  # only a count, or the length of a shortest counterexample, tells
    REFUSED = 4  # the language refuses the rule, so there is no machine at all
    JUDGED = 5  # the verdict on a property changes

    @property
    def caught(self) -> bool:
        return self >= Fate.COUNTED


class Finding(NamedTuple):
    """The fate of a mutant, and what told it."""

    fate: Fate
    told_by: str


@dataclass(frozen=True)
class _Whole(Task):
    """Everything at once: with the same history for all, the engine searches once for all."""

    def keep(self) -> set[Symbol]:
        return {s for s in self.machine.symbols if s.role == "history"}


def look(machine: Machine, at_most: int = 1_000_000) -> dict[str, Verdict]:
    """What the explicit engine says of every property, up to about ``at_most`` states."""

    def report(line: str) -> None:
        if int(line.split()[0].replace(",", "")) > at_most:
            raise MemoryError  # the engine ends the search and says what it knows by then

    verdicts = Explicit().check(_Whole(machine, list(PROPERTIES.values()), report=report))
    if any(v.reason.startswith("interrupted") for v in verdicts.values()):
        raise KeyboardInterrupt
    return verdicts


def told(verdict: Verdict) -> str:
    """All that the suite pins of a verdict: the outcome, the fewest steps, the exact counts."""
    steps = "" if verdict.run is None else f" in {len(verdict.run)}"
    counts = f"{verdict.states} states, {verdict.transitions} transitions, depth {verdict.depth}"
    return f"{verdict.outcome.value}{steps}; {counts}"


class Subject:
    """A design of the battery with its unbroken machine, to compare mutants with."""

    def __init__(self, name: str, design: Design) -> None:
        self.name = name
        self.machine = build_machine(design)
        self.program = compile_machine(self.machine, _Whole(self.machine, ()).keep())
        self.ground = self.program.ground
        self._own = {r.name: self._actions(r)[0] for r in self.machine.rules}

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """What the explicit engine says of every property."""
        return look(self.machine)

    @cached_property
    def reached(self) -> tuple[list[Packed], int]:
        """Every reachable state, and the number of steps between them."""
        return _search(self.program, sys.maxsize)

    @property
    def states(self) -> list[Packed]:
        """Every reachable state."""
        return self.reached[0]

    def judge(self, rule: Rule) -> Finding:
        """What tells ``rule``, which is a mutant, from the rule of that name in this design."""
        if (refused := _refusal(rule)) is not None:
            return refused
        fate = self._sameness(rule, self._actions(rule)[0])
        return self.ask(rule) if fate is Fate.UNNOTICED else Finding(fate, self.name)

    def count(self, rule: Rule) -> Finding:
        """The same, but no property is asked about: what counts do not tell is unnoticed."""
        if (refused := _refusal(rule)) is not None:
            return refused
        new, stray = self._actions(rule)
        fate = self._sameness(rule, new)
        if fate is Fate.UNNOTICED and not stray and (difference := self._counts(rule, new)):
            return Finding(Fate.COUNTED, f"{self.name}: {difference}")
        return Finding(fate, self.name)

    def ask(self, rule: Rule) -> Finding:
        """What the verdicts tell of ``rule``, which does not do the same."""
        rules = (rule if r.name == rule.name else r for r in self.machine.rules)
        findings = [Finding(Fate.UNNOTICED, self.name)]
        # Twice as many states are enough of a difference.
        for name, now in look(self.machine.with_rules(rules), 2 * len(self.states) + 500).items():
            before, known = self.verdicts[name], now.complete or now.run is not None
            if told(before) != told(now):
                fate = Fate.JUDGED if known and before.outcome is not now.outcome else Fate.COUNTED
                findings.append(
                    Finding(fate, f"{self.name}: {name}: {told(before)} -> {told(now)}")
                )
        return max(findings, key=_fate)

    def _sameness(self, rule: Rule, new: Mapping[tuple[int, ...], Action]) -> Fate:
        """How ``rule`` does the same as the rule of that name, if it does."""
        own = self._own[rule.name]
        if own == new:
            return Fate.IDENTICAL
        actions = ([s.get(p, _action(rule, p, False)) for p in own | new] for s in (own, new))
        before, after = (self._program(a).successors for a in actions)
        same = all(before(s) == after(s) for s in self.states)
        return Fate.SAME_STEPS if same else Fate.UNNOTICED

    def _counts(self, rule: Rule, new: Mapping[tuple[int, ...], Action]) -> str:
        """How many states and steps there are with ``rule``, if that is not what it was.

        ``new`` writes nothing that a cell never held, so the other rules are spelt out already.
        """
        others = [a for a in self.ground.actions if a.rule.name != rule.name]
        program, (own, own_steps) = self._program([*others, *new.values()]), self.reached
        found, steps = _search(program, len(own))  # one state more is difference enough
        if (len(found), steps) == (len(own), own_steps):
            return ""
        return f"{len(own)} states, {own_steps} steps -> {len(found)}, {steps}"

    def _program(self, actions: Iterable[Action]) -> Program:
        return Program(replace(self.ground, actions=tuple(actions)))

    def _actions(self, rule: Rule) -> tuple[dict[tuple[int, ...], Action], bool]:
        """The actions of ``rule`` by their arguments, as far as they matter in reachable states.

        Where one writes what the cell never holds, the packed state has no room for that. Another
        action stands for the case: a step that the original rule does not have. The second result
        is whether there is such a case.
        """
        domains, size = self.ground.domains, self.ground.grounder.size
        found: dict[tuple[int, ...], Action] = {}
        strays = 0
        for action in ground_rule(self.ground.grounder, rule):
            if (guard := within(action.guard, domains)) is False:
                continue
            found[action.arguments] = shown = _action(rule, action.arguments, guard)
            written: dict[int, tuple[tuple[Formula, int], ...]] = {}
            for cell, options in action.assignments.items():
                before: list[Formula] = [guard]
                kept: list[tuple[Formula, int]] = []
                for when, value in options:
                    happens = within(conjunction([*before, when]), domains)
                    if value in domains[cell] and len(domains[cell]) > 1 and happens is not False:
                        kept.append((within(when, domains), value))
                    elif value not in domains[cell] and happens is not False:
                        stray = (*action.arguments, cell, len(before))
                        found[stray] = _action(rule, stray, happens)
                        strays += 1
                    before.append(negation(when, size))
                written |= {cell: tuple(kept)} if kept else {}
            found[action.arguments] = replace(shown, assignments=written)
        return found, strays > 0


def _search(program: Program, at_most: int) -> tuple[list[Packed], int]:
    """The reachable states and the number of steps between them, up to about ``at_most`` states."""
    layer = dict.fromkeys([program.initial])
    found, steps = dict(layer), 0
    while layer and len(found) <= at_most:
        out = [t for s in layer for t in program.targets(s)]
        steps += len(out)
        layer = {t: None for t in dict.fromkeys(out) if t not in found}
        found |= layer
    return list(found), steps


def _refusal(rule: Rule) -> Finding | None:
    try:
        check_rule(rule)
    except ModelError as error:
        return Finding(Fate.REFUSED, str(error))
    return None


def _action(rule: Rule, arguments: tuple[int, ...], guard: Formula) -> Action:
    nameless = replace(rule, guards=(), updates=())  # actions are compared by what they do
    return Action(nameless, arguments, (("", guard),), {})


def rules_of(designs: Mapping[str, Design]) -> set[str]:
    """The names of all rules in the machines of ``designs``."""
    return {r.name for d in designs.values() for r in build_machine(d).rules}


def judge_all(
    designs: Mapping[str, Design],
    rules: Collection[str],
    thorough: bool = False,
    settled: Collection[str] = (),
) -> dict[Mutant, Finding]:
    """The fate of every mutant of ``rules`` in the machines of ``designs``.

    A mutant is shown to one design after the other until it is caught; if ``thorough``, until it
    changes a verdict. The mutants in ``settled``, by name, are taken to be unnoticed: asking every
    design whether they still are takes two thirds of the time.
    """
    found: dict[Mutant, Finding] = {}
    enough = Fate.JUDGED if thorough else Fate.COUNTED
    for name, design in designs.items():
        subject = Subject(name, design)
        for mutant, rule in mutants_of(subject.machine, rules).items():
            known = found.get(mutant, Finding(Fate.IDENTICAL, name))
            if str(mutant) in settled:
                found[mutant] = Finding(Fate.UNNOTICED, "what is known")
            elif known.fate < enough:
                finding = subject.judge(rule) if thorough else subject.count(rule)
                if finding.fate is Fate.UNNOTICED and not thorough:
                    finding = subject.ask(rule)
                found[mutant] = max(known, finding, key=_fate)
    return found


def _fate(finding: Finding) -> Fate:
    return finding.fate


def table(findings: Mapping[Mutant, Finding]) -> str:
    """Fates by rule, and the scores."""
    lines = [f"{'rule':<16}{'mutants':>9}" + "".join(f"{f.name:>11}" for f in reversed(Fate))]
    for rule in [*dict.fromkeys(m.rule for m in findings), "all"]:
        own = Counter(f.fate for m, f in findings.items() if rule in (m.rule, "all"))
        counts = "".join(f"{own[f]:>11}" for f in reversed(Fate))
        lines.append(f"{rule:<16}{own.total():>9}{counts}")
    caught = sum(f.fate.caught for f in findings.values()) / len(findings)
    return "\n".join([*lines, f"caught: {caught:.1%}"])


def main() -> None:
    """Print the score."""
    parser = argparse.ArgumentParser(description="How many mutants of the machine are caught?")
    parser.add_argument("--thorough", action="store_true", help="look for changed verdicts longer")
    parser.add_argument("--each", action="store_true", help="tell of every mutant")
    options = parser.parse_args()
    start = time.monotonic()
    designs = battery()
    findings = judge_all(designs, rules_of(designs), options.thorough)
    for mutant, finding in sorted(findings.items()) if options.each else ():
        print(f"{finding.fate.name}: {mutant} ({finding.told_by})")
    print(table(findings), f"{time.monotonic() - start:.0f} s", sep="\n")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # for tests.helpers
    main()
