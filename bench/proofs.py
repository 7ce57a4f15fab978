"""Whether the proof engine can be made to lie: mutants that are known to break a property.

``python -m bench.proofs`` proves what it can of the shipped designs that are sound and of those of
the battery (``bench/mutants.py``), and then breaks their rules in one place. Where the explicit
engine finds that a property is broken by that, its proof is carried over: which of its lemmas does
every rule of the mutant still keep, and do they still show the property? That gives a mutant the
best lemmas that there are, and only Z3 and the list of what is to be shown stand between it and
PROVED. With ``--search N``, every N-th of these is also put to the search for a proof of its own,
without the looks at samples by which the proof engine would notice at once.

One proof is one too many: exit code 1. ``--part 1/2`` takes every second design, to share the work.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from bench.mutants import battery, look
from bench.mutations import Mutant, mutants_of
from bench.proving import sound

from unsay.engines.budget import Budget, BudgetError
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.cache import Cache, default_folder
from unsay.engines.proof.closed import bearing, formulas
from unsay.engines.proof.found import Proof
from unsay.engines.proof.obligations import NO_STEP, Goal, Obligation, Obligations
from unsay.engines.proof.prover import searcher
from unsay.engines.protocol import Task, silent
from unsay.engines.verdict import Outcome
from unsay.model.design import load_design
from unsay.model.language import Machine, ModelError, Rule, Term
from unsay.model.language.rules import check_rule
from unsay.model.recall.machine import build_machine
from unsay.model.recall.variants import smallest
from unsay.properties import PROPERTIES, Property, PropertyKind

_SECONDS = 180.0
"""For the proofs of a shipped design."""
_BATTERY_SECONDS = 40.0
"""For the proofs of a design of the battery: the plainest claims, and those of few lemmas."""
_SEARCH_SECONDS = 60.0
"""For a search of a mutant's own."""
_MILLISECONDS = 2_000
"""For one way of asking one question; what takes longer counts as not shown."""
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


def broken_by(host: Host, rule: Rule) -> list[Property]:
    """What is proved, and broken at small sizes with ``rule`` for the one of its name."""
    for small in host.small:
        verdicts = look(small.with_rule(rule), _STATES_MAX)
        broken = [n for n in host.proofs if verdicts[n].outcome is Outcome.VIOLATED]
        if broken:
            return [PROPERTIES[n] for n in broken]
    return []


def carried_over(
    machine: Machine, rule: Rule, p: Property, proof: Proof, count: Counter[str]
) -> bool:
    """Whether what is left of ``proof`` still shows ``p``, where ``rule`` is another now.

    What is claimed may be another thing, too: some claims speak of what a rule would do. ``count``
    is told of what was asked, and what of it had no answer in time, which counts as not shown.
    """
    obligations = Obligations(machine, machine.symbols, _MILLISECONDS)
    claim = Goal(p.claim(machine), p.kind is PropertyKind.STEP)
    kept = [claim if f == proof.goal else f for f in formulas(proof)]
    alive: dict[Term, Goal] = {f.term: f for f in kept}
    places = {goal: number for number, goal in enumerate(kept)}
    asked = {f: bearing(machine, proof, g) for f, g in zip(kept, formulas(proof), strict=True)}
    renamed = {proof.goal: claim}
    before = {(renamed.get(o.goal, o.goal), o.rule): o.assumed for o in proof.obligations}
    shown = {
        key: set(used)
        for key, used in before.items()
        if key[1] != rule.name and all(t in alive for t in used)
    }
    while True:
        missing = [(f, name) for f in alive.values() for name in asked[f] if (f, name) not in shown]
        if not missing:
            return True
        for goal, name in missing:
            # What is implied may hang on what comes after it in the proof only: never on itself.
            others = [f for f in alive.values() if not f.step]
            if name == NO_STEP.name:
                others = [f for f in others if places[f] > places[goal]]
            everything = () if name is None else tuple(f.term for f in others)
            hint = (t for t in before.get((goal, name), ()) if t in alive)
            for assumed in dict.fromkeys((tuple(hint), everything)):
                answer = obligations.discharge(Obligation(goal, name, assumed))
                count["asked"] += 1
                count["unanswered"] += bool(answer.reason)
                if answer.discharged:
                    break
            if answer.discharged:
                shown[goal, name] = set(answer.used)
                continue
            if goal == claim:
                return False
            del alive[goal.term]
            shown = {key: used for key, used in shown.items() if goal.term not in used}
            break


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


def broken(host: Host, tries: Counter[Mutant]) -> Iterator[tuple[Mutant, Rule, list[Property]]]:
    """The mutants of ``host`` that break something proved, but for those done with before."""
    for mutant, rule in mutants_of(host.machine).items():
        if tries[mutant] >= _TRIES_MAX:
            continue
        tries[mutant] += 1
        try:
            check_rule(rule)
        except ModelError:
            continue
        found = broken_by(host, rule)
        if found:
            tries[mutant] = _TRIES_MAX
            yield mutant, rule, found


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
        for mutant, rule, claims in broken(host, tries):
            machine = host.machine.with_rule(rule)
            here["mutants"] += 1
            for p in claims:
                here["broken"] += 1
                lie = carried_over(machine, rule, p, host.proofs[p.name], here)
                if wanted.search and (total + here)["broken"] % wanted.search == 0:
                    here["searched"] += 1
                    lie = lie or proved(machine, p)
                if lie:
                    here["lies"] += 1
                    print(f"PROVED although broken: {p.name}: {mutant}", flush=True)
        total += here
        print(f"{host.name}: {_in_words(here)}", flush=True)
    print(f"in all: {_in_words(total)}; {time.monotonic() - start:.0f} s")
    sys.exit(1 if total["lies"] else 0)


def _in_words(count: Counter[str]) -> str:
    return (
        f"{count['proofs']} proofs, {count['mutants']} new mutants, {count['broken']} broken "
        f"properties, {count['searched']} searched, {count['lies']} proved "
        f"({count['asked']} questions, {count['unanswered']} unanswered)"
    )


if __name__ == "__main__":
    main()
