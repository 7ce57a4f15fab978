"""Mutants: the machine's rules, each broken in one place, and whether anything notices.

What the mutants are: ``bench/mutations.py``. One is caught when the language refuses the rule, or
when in a design of the battery the verdict on a property changes, or else a count or the length of
a shortest counterexample. ``tests/test_mutants.py`` pins these for the unbroken designs.

``python -m bench.mutants`` prints the score. A mutant is done at the first design that notices it,
and no property is asked about where counting states and steps tells already. With ``--thorough``, a
mutant is done at the first design that changes a verdict, which takes ten times as long.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bench.mutations import Mutant, mutants_of

from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.engines.verdict import Verdict
from unsay.model.design import Design
from unsay.model.language import Machine, ModelError, Rule, Symbol
from unsay.model.language.rules import check_rule
from unsay.model.readings.compiled import Packed, Program, compile_machine
from unsay.model.readings.formulas import Formula, conjunction, negation, within
from unsay.model.readings.ground import Action, ground_rule
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "tests" / "mutants_survivors.toml"
"""The battery of designs, and the mutants that it lets live."""


def battery() -> dict[str, Design]:
    """The designs of the battery, in the order in which they are asked."""
    from tests.helpers import NO_FAULTS, chain

    entries = tomllib.loads(RECORD.read_text())["battery"]
    tables = {name: entry["design"] for name, entry in entries.items()}
    return {n: chain(**{**t, "faults": NO_FAULTS | t.get("faults", {})}) for n, t in tables.items()}


ASKED_AT_ONCE = 3
"""Designs that are asked about a mutant before the others have counted; asking takes ten times as
long, and what three do not notice is mostly caught by a count."""


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
        findings = [Finding(Fate.UNNOTICED, self.name)]
        # Twice as many states are enough of a difference.
        for name, now in look(self.machine.with_rule(rule), 2 * len(self.states) + 500).items():
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
    one_in: int = 1,
) -> dict[Mutant, Finding]:
    """The fate of every mutant of ``rules`` in the machines of ``designs``.

    A mutant is shown to one design after the other until it is caught; if ``thorough``, until it
    changes a verdict. The mutants in ``settled``, by name, are taken to be unnoticed: only asking
    every design would tell whether they still are. With ``one_in`` only as many are looked at, the
    same ones each time (``sampled``).
    """
    found: dict[Mutant, Finding] = {}
    asked: Counter[Mutant] = Counter()
    later: list[tuple[Mutant, Rule, Subject]] = []
    enough = Fate.JUDGED if thorough else Fate.COUNTED
    for name, design in designs.items():
        subject = Subject(name, design)
        for mutant, rule in mutants_of(subject.machine, rules).items():
            if not sampled(str(mutant), one_in):
                continue
            known = found.get(mutant, Finding(Fate.IDENTICAL, name))
            if str(mutant) in settled:
                found[mutant] = Finding(Fate.UNNOTICED, "what is known")
            elif known.fate < enough:
                finding = subject.judge(rule) if thorough else subject.count(rule)
                if finding.fate is Fate.UNNOTICED and not thorough:
                    asked[mutant] += 1
                    if asked[mutant] <= ASKED_AT_ONCE:
                        finding = subject.ask(rule)
                    else:
                        later.append((mutant, rule, subject))
                found[mutant] = max(known, finding, key=_fate)
    for mutant, rule, subject in later:
        if found[mutant].fate < enough:
            found[mutant] = max(found[mutant], subject.ask(rule), key=_fate)
    return found


def sampled(mutant: str, one_in: int) -> bool:
    """Whether the mutant of that name is one of those that stand for ``one_in`` times as many."""
    return zlib.crc32(mutant.encode()) % one_in == 0


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
    main()
