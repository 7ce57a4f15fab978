"""Whether the proof engine can be made to lie: mutants that are known to break a property.

``python -m bench.proofs`` proves what it can of the shipped designs that are sound and of those of
the battery (``bench/mutants.py``), and then breaks their rules in one place. Where the explicit
engine finds that a property is broken by that, its proof is carried over: would what is left of it
still show the property? That gives a mutant better lemmas than its own search would find, and only
Z3 and the list of what is to be shown stand between it and PROVED. With ``--search N``, every N-th
of these is also put to the search for a proof of its own, without the looks at samples by which the
proof engine would notice at once.

One proof is one too many: exit code 1. ``--part 1/2`` takes every second design, to share the work.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

import z3
from bench.mutants import battery, look
from bench.mutations import Mutant, mutants_accepted
from bench.proving import sound
from tests.readings.worlds import Pinned

from unsay.engines.budget import Budget, BudgetError
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.cache import Cache, default_folder
from unsay.engines.proof.closed import bearing, formulas
from unsay.engines.proof.found import Proof
from unsay.engines.proof.obligations import (
    MODELS,
    NO_STEP,
    Goal,
    Obligation,
    Obligations,
    answer_to,
    asked,
    called,
)
from unsay.engines.proof.prover import searcher
from unsay.engines.protocol import Task, silent
from unsay.engines.run import Replay, Step, replay
from unsay.model.design import load_design
from unsay.model.language import Machine, Rule, Term
from unsay.model.language.terms import FALSE
from unsay.model.readings.reference import Reference
from unsay.model.recall.machine import build_machine
from unsay.model.recall.variants import smallest
from unsay.properties import PROPERTIES, Property, PropertyKind

_SECONDS = 180.0
"""For the proofs of a shipped design."""
_BATTERY_SECONDS = 40.0
"""For the proofs of a design of the battery: the plainest claims, and those of few lemmas."""
_SEARCH_SECONDS = 60.0
"""For a search of a mutant's own."""
_MILLISECONDS = 500
"""For one way of asking one question; what takes longer counts as not shown."""
_PLACED_MILLISECONDS = 20_000
"""The same where the run's own step is put in: a tenth of a second mostly is enough."""
_NEVER = Goal(FALSE)
"""What holds in no state, and least of all in the initial one."""
_STATES_MAX = 4_000
_TRIES_MAX = 3
"""Designs in which it is looked whether a mutant breaks anything."""

CLAIMS = [p for p in PROPERTIES.values() if p.kind is not PropertyKind.EVENTUALLY]
"""Those about infinite runs are proved otherwise, and tested in tests/engines/test_liveness.py."""


@dataclass(frozen=True)
class Host:
    """A design to be broken.

    Attributes:
        name: What people call it.
        machine: Its machine.
        small: Machines with the same rules, small enough for the explicit engine.
        proofs: What was proved of it, by property.
    """

    name: str
    machine: Machine
    small: list[Machine]
    proofs: dict[str, Proof]


def hosts(only: Collection[str]) -> Iterator[Callable[[], Host]]:
    """The designs, each with its proofs once it is called for; ``only`` those, if any is named."""

    def asked(name: str) -> bool:
        return not only or name in only

    for name, path in sound().items():
        if asked(name):
            yield lambda name=name, path=path: _shipped(name, build_machine(load_design(path)))
    for name, design in filter(lambda item: asked(item[0]), battery().items()):
        machine = build_machine(design)
        yield lambda name=name, machine=machine: Host(
            name, machine, [machine], _proofs(machine, _BATTERY_SECONDS)
        )


def _shipped(name: str, machine: Machine) -> Host:
    return Host(name, machine, list(smallest(machine)), _proofs(machine, _SECONDS))


def _proofs(machine: Machine, seconds: float) -> dict[str, Proof]:
    found = attempts(machine, CLAIMS, Budget(seconds), cache=Cache(default_folder()))
    return {a.property.name: a.proof for a in found if isinstance(a.proof, Proof)}


@dataclass(frozen=True)
class Break:
    """A mutant that breaks something proved.

    Attributes:
        mutant: What was changed.
        rule: What came of that.
        machine: The mutant at a size that shows it.
        runs: What is broken there, and how. (What only another size shows is left out.)
    """

    mutant: Mutant
    rule: Rule
    machine: Machine
    runs: dict[Property, tuple[Step, ...]]


def breaks(host: Host, tries: Counter[Mutant]) -> Iterator[Break]:
    """The mutants of ``host`` that break something proved, but for those done with before."""
    for mutant, rule in mutants_accepted(host.machine):
        if tries[mutant] >= _TRIES_MAX:
            continue
        tries[mutant] += 1
        for machine in (small.with_rule(rule) for small in host.small):
            verdicts = look(machine, _STATES_MAX)
            runs = {PROPERTIES[n]: verdicts[n].run for n in host.proofs}
            broken = {p: run for p, run in runs.items() if run is not None}
            if broken:
                tries[mutant] = _TRIES_MAX
                yield Break(mutant, rule, machine, broken)
                break


class Refuted:
    """A proof, carried over to a machine of which a run breaks what is proved.

    Where a run breaks the claim of a proof, something of the proof is the first to break, the claim
    or a lemma: all the rest held before that step, or in that state. So a proof of the claim from
    any of these lemmas lists a false obligation, if nothing in it is implied by itself (whoever
    finds proofs looks at that). What breaks first is asked about, then what breaks first of the
    others, until it is the claim's turn. A lemma that never holds is put in as well: it breaks at
    the start, where a mutant does as the unbroken rules do.

    Attributes:
        run: The run, in the mutant, at a size in which it is possible.
        count: How many obligations were put to Z3, how many had no answer in time as they stand,
            and how many with the run's own step put in.
    """

    def __init__(self, p: Property, proof: Proof, run: Replay, obligations: Obligations) -> None:
        self.run = run
        self.count: Counter[str] = Counter()
        self._obligations = obligations
        machine = run.machine
        carried = carried_over(machine, p, proof)
        self._claim = carried.goal
        self._asked = {f: bearing(machine, carried, f) for f in formulas(carried)}
        self._asked[_NEVER] = _NEVER.bearing(machine)
        self._used = {(o.goal, o.rule): o.assumed for o in carried.obligations}
        self._reference = Reference(machine)

    def lie(self) -> str:
        """A false obligation that nobody asks, or that Z3 shows, in words; empty if none is."""
        alive = list(self._asked)
        for number in range(len(self.run.states)):
            broken = [f for f in alive if self.breaks(f, number)]
            for goal in broken:
                rule = self.run.steps[number - 1].rule if number else None
                rest = [f.term for f in alive if not f.step]
                if self._asked[goal] == [NO_STEP.name]:
                    rule, rest = NO_STEP.name, [t for t in rest if Goal(t) not in broken]
                elif rule not in self._asked[goal]:
                    return f"nobody asks of {called(rule)}: {goal.term}"
                if wrong := self._wrong(goal, rule, [] if rule is None else rest, number):
                    return f"{wrong}: {Obligation(goal, rule)}"
            if self._claim in broken:
                return ""
            alive = [f for f in alive if f not in broken]
        raise AssertionError("the run does not break the claim")

    def breaks(self, goal: Goal, number: int) -> bool:
        """Whether ``goal`` is broken in state ``number``, or by the step to it."""
        states, before = self.run.states, number - 1
        if not goal.step:
            return not self._reference.holds(goal.term, states[number])
        return number > 0 and not self._reference.holds_at_step(
            goal.term,
            states[before],
            self.run.rule(before),
            self.run.arguments(before),
            states[number],
        )

    def _wrong(self, goal: Goal, rule: str | None, rest: list[Term], number: int) -> str:
        """What Z3 says of a false obligation that it should not say, in words; empty if nothing."""
        used = self._used.get((goal, rule), ())
        # As the proof has it, and the claim from everything, too.
        ways = [tuple(t for t in used if t in rest), tuple(rest)]
        for assumed in dict.fromkeys(ways if goal == self._claim else ways[:1]):
            obligation = Obligation(goal, rule, assumed)
            answer = self._obligations.discharge(obligation)
            self.count["asked"] += 1
            self.count["unanswered"] += bool(answer.reason)
            # What is against it was found by the shared reading: of the text that says nothing.
            text = self._obligations.text(obligation)
            if answer.discharged or answer_to(text, _MILLISECONDS // 2).answer == "unsat":
                return "shown, though a run breaks it"
        admitted = self._admitted(Obligation(goal, rule, tuple(rest)), number)
        self.count["unplaced"] += admitted is None
        return "a run breaks it, and by what Z3 is asked it cannot" if admitted is False else ""

    def _admitted(self, obligation: Obligation, number: int) -> bool | None:
        """Whether the run's step satisfies the formulas that nothing ought to satisfy.

        Where it does, no solver that is sound discharges them. None if there is no answer.
        """
        reading = self._obligations.reading
        pins = Pinned(reading)
        solver = pins.solver()
        # Where all is given, nothing else has an answer; with these it takes a tenth of a second.
        for option, value in MODELS.options.items():
            solver.set(option, value)
        solver.set("timeout", _PLACED_MILLISECONDS)
        solver.add(*(formula for _, formula in reading.background()))
        solver.add(*(reading.closed(t) for t in obligation.assumed))
        solver.add(*(reading.formula(t) for _, t in self._obligations.denial(obligation)))
        if obligation.rule is not None:
            taken = 0 if obligation.rule == NO_STEP.name else 1
            solver.add(*pins.state(self.run.states[number - taken]))
        if obligation.rule not in (None, NO_STEP.name):
            parameters = self._obligations.rules[obligation.rule].parameters
            for parameter, position in zip(parameters, self.run.arguments(number - 1), strict=True):
                solver.add(reading.constant(parameter) == pins.member(parameter.of, position))
        answer = asked(solver, milliseconds=_PLACED_MILLISECONDS)
        return None if answer == z3.unknown else bool(answer == z3.sat)


def carried_over(machine: Machine, p: Property, proof: Proof) -> Proof:
    """``proof``, about ``machine`` now: the claim may be another, as some speak of the rules."""
    goal = Goal(p.claim(machine), p.kind is PropertyKind.STEP)

    def renamed(term: Term) -> Term:
        return goal.term if term == proof.goal.term else term

    obligations = (
        Obligation(
            goal if o.goal == proof.goal else o.goal,
            o.rule,
            tuple(renamed(t) for t in o.assumed),
        )
        for o in proof.obligations
    )
    return replace(proof, goal=goal, obligations=tuple(obligations))


def proved(machine: Machine, p: Property) -> bool:
    """Whether the search comes up with a proof of ``p``, which does not hold."""
    budget = Budget(_SEARCH_SECONDS)
    history = Task(machine, [p]).keep()
    claim = p.claim(machine)
    try:
        search = searcher(machine, [claim], history, [machine], budget.check, silent)
        return isinstance(search.prove(Goal(claim, p.kind is PropertyKind.STEP)), Proof)
    except BudgetError:
        return False


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--search", type=int, default=0, help="search, too, at every N-th")
    parser.add_argument("hosts", nargs="*", metavar="DESIGN", help="only these, by name")
    parser.add_argument("--part", default="1/1", help="which designs, as 1/2")
    return parser.parse_args()


def main() -> None:
    """Print what was tried of each design, and each proof of what does not hold."""
    wanted = _arguments()
    part, parts = map(int, wanted.part.split("/"))
    start, tries = time.monotonic(), Counter[Mutant]()
    total: Counter[str] = Counter()
    for make in itertools.islice(hosts(wanted.hosts), part - 1, None, parts):
        host = make()
        here: Counter[str] = Counter(proofs=len(host.proofs))
        for found in breaks(host, tries):
            obligations = Obligations(found.machine, found.machine.symbols, _MILLISECONDS)
            here["mutants"] += 1
            for p, run in found.runs.items():
                here["broken"] += 1
                replayed = replay(found.machine, run, p)
                refuted = Refuted(p, host.proofs[p.name], replayed, obligations)
                lie = refuted.lie()
                here += refuted.count
                if wanted.search and (total + here)["broken"] % wanted.search == 0:
                    here["searched"] += 1
                    if proved(host.machine.with_rule(found.rule), p):
                        lie = "proved by a search"
                if lie:
                    here["lies"] += 1
                    print(f"{p.name}: {found.mutant}: {lie}", flush=True)
        total += here
        print(f"{host.name}: {_in_words(here)}", flush=True)
    print(f"in all: {_in_words(total)}; {time.monotonic() - start:.0f} s")
    sys.exit(1 if total["lies"] else 0)


def _in_words(count: Counter[str]) -> str:
    return (
        f"{count['proofs']} proofs, {count['mutants']} new mutants, {count['broken']} broken "
        f"properties, {count['searched']} searched, {count['lies']} lies "
        f"({count['asked']} questions, {count['unanswered']} unanswered, {count['unplaced']} "
        f"also with the run's step)"
    )


if __name__ == "__main__":
    main()
