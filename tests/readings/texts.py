"""What the tests of text readings share: subjects to export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from tests.model.cups import (
    TWO_CUPS,
    Cup,
    CupRule,
    Level,
    clean,
    cups,
    level,
    mark,
    near,
    partner,
    past,
    touched,
)
from unsay.designs.catalogue import shipped
from unsay.engines.check import properties_of
from unsay.model.design import load_design
from unsay.model.language import (
    Kind,
    Layer,
    Machine,
    Rule,
    after_step,
    compose,
    exists,
    forall,
    implies,
    taken,
)
from unsay.model.readings.compiled import compile_machine
from unsay.model.readings.reference import Place, Reference
from unsay.model.readings.text.claims import Subject
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Size, build_bench
from unsay.properties import Property, PropertyKind
from unsay.properties.recall_bench import BENCH_PROPERTIES
from unsay.reports.texts import subject_of

a, b, e = Cup.variables("a b e")
lv = Level.variable("lv")


@cache
def machine_of(design: str) -> Machine:
    """The machine of a shipped design."""
    return build_machine(load_design(shipped()[design]))


def design_subject(design: str, properties: Sequence[str] = ()) -> Subject:
    """A shipped design with all of its properties, or those named."""
    asked = properties_of(load_design(shipped()[design]), properties)
    return subject_of(machine_of(design), asked, design, f"unsay export {design}")


def bench_subject(nodes: int, messages: int, recalls: int) -> Subject:
    """The benchmark protocol at one size."""
    machine = build_bench(Size(nodes, messages, recalls))
    return subject_of(machine, BENCH_PROPERTIES, machine.name, "unsay bench")


def states_of(subject: Subject) -> int:
    """The number of reachable states, by the compiled reading."""
    program = compile_machine(subject.machine, subject.history())
    seen, frontier = {program.initial}, [program.initial]
    while frontier:
        frontier = list({t for s in frontier for t in program.targets(s)} - seen)
        seen.update(frontier)
    return len(seen)


State = frozenset[tuple[str, object]]
"""A state by the names of its cells, such as ``level_left``."""


def start(subject: Subject) -> State:
    """The state before anything happened."""
    return _by_name(subject, Reference(subject.machine, subject.history()).initial())


def edges(subject: Subject) -> set[tuple[State, State]]:
    """Every step between different reachable states, by the reference reading."""
    reference = Reference(subject.machine, subject.history())
    found, seen, waiting = set(), set(), [reference.initial()]
    while waiting:
        before = waiting.pop()
        for rule in subject.machine.rules:
            for arguments in reference.instances(rule):
                if reference.blocked_by(rule, arguments, before):
                    continue
                after = reference.step(rule, arguments, before)
                source, target = _by_name(subject, before), _by_name(subject, after)
                if source != target:
                    found.add((source, target))
                if target not in seen:
                    seen.add(target)
                    waiting.append(after)
    return found


def _by_name(subject: Subject, state: Mapping[Place, int]) -> State:
    members = subject.machine.structure.members
    found = set()
    for (symbol, place), value in state.items():
        pairs = zip(symbol.arguments, place, strict=True)
        words = [symbol.name, *(members(sort)[i] for sort, i in pairs)]
        found.add(("_".join(words), value))
    return frozenset(found)


tricks: Layer[None] = Layer("tricks", "What a text can get wrong about updates.")


@tricks.rule(Kind.ACT, at="a")
def swap(rule: CupRule, a: Cup) -> None:
    """What is in cup a and in its partner changes places: each reads what the other had."""
    rule.guard(differ=level[a] != level[partner[a]])
    rule.guard(both_clean=clean[a] & clean[partner[a]])
    rule.update(level[a], to=level[partner[a]])
    rule.update(level[partner[a]], to=level[a])


@tricks.rule(Kind.PROGRESS, at="a")
def rinse(rule: CupRule, a: Cup) -> None:
    """Cup a is emptied, but to its mark where it is clean: of two updates the later counts."""
    rule.guard(wet=exists(lv, (lv > Level.least()) & (level[a] == lv)))
    rule.update(level[a], to=Level.least())
    rule.update(level[a], to=mark[a], where=clean[a])
    rule.update(clean[a], to=level[a] > Level.least())


@tricks.rule(Kind.FAULT, at="a")
def splash(rule: CupRule, a: Cup, lv: Level) -> None:
    """All cups within reach of a are soiled but a itself, and a is filled to lv."""
    rule.guard(empty=level[a] == Level.least(), some=lv != Level.least())
    rule.update(
        clean[b], to=clean[b] & ~near[a, b], each=b, where=forall(e, ~near[e, a] | clean[a])
    )
    rule.update(clean[a], to=True)
    rule.update(level[a], to=lv)
    rule.update(touched[a, b], to=True, each=b, where=near[a, b])


never_both_full = Property(
    name="never-both-full",
    sentence="The cups are not both full.",
    kind=PropertyKind.ALWAYS,
    formula=lambda machine: ~forall(a, level[a] >= mark[a]),
    witness=lambda machine: exists(a, clean[a]),
    witness_sentence="a cup is clean",
)
rinsed_is_no_fuller = Property(
    name="rinsed-is-no-fuller",
    sentence="A cup that is rinsed holds no more than before.",
    kind=PropertyKind.STEP,
    formula=lambda machine: forall(a, implies(taken("rinse", a), after_step(level[a]) <= level[a])),
    witness=lambda machine: exists((a, b), touched[a, b]),
    witness_sentence="a cup touched another",
)
CUP_PROPERTIES = (never_both_full, rinsed_is_no_fuller)


def cups_subject(*rules: Rule) -> Subject:
    """A machine of cups whose updates read and overwrite each other; both claims are wrong."""
    machine = compose("cups", [cups, past, tricks], None, TWO_CUPS)
    if rules:
        machine = machine.with_rules(rules)
    return subject_of(machine, CUP_PROPERTIES, "cups", "unsay export cups")
