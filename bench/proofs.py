"""Whether the proof engine can be made to lie: mutants that are known to break a property.

``python -m bench.proofs [--every N]`` takes every N-th mutant of the machine's rules in the designs
of the battery (``bench/mutants.py``). Each property that the explicit engine finds broken is put to
the search for a proof, without the look at samples by which the proof engine would notice at once,
so that Z3 alone stands between the mutant and PROVED. One proof is one too many: exit code 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from bench.mutants import battery, look
from bench.mutations import Mutant, mutants_of

from unsay.engines.budget import Budget, BudgetError
from unsay.engines.proof.obligations import Goal
from unsay.engines.proof.prover import searcher
from unsay.engines.proof.search import Proof
from unsay.engines.protocol import Task, silent
from unsay.engines.verdict import Outcome
from unsay.model.language import Machine, ModelError
from unsay.model.language.rules import check_rule
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property, PropertyKind

_SECONDS = 4.0
"""For one property: a proof of what is true of a small design mostly takes less."""


def broken_machines(every: int) -> Iterator[tuple[Mutant, Machine, list[Property]]]:
    """Every so many of the mutants, each in the first design in which a property breaks that held.

    Claims about infinite runs are left out: they are not proved in this way.
    """
    number, seen = 0, set()
    for design in battery().values():
        machine = build_machine(design)
        held = {n for n, v in look(machine).items() if v.outcome is Outcome.HOLDS}
        for mutant, rule in mutants_of(machine).items():
            number += 1
            if number % every or mutant in seen:
                continue
            try:
                check_rule(rule)
            except ModelError:
                continue
            rules = (rule if r.name == rule.name else r for r in machine.rules)
            mutated = machine.with_rules(rules)
            verdicts = look(mutated, 20_000)
            broken = [
                PROPERTIES[n]
                for n in held
                if verdicts[n].outcome is Outcome.VIOLATED
                and PROPERTIES[n].kind is not PropertyKind.EVENTUALLY
            ]
            if broken:
                seen.add(mutant)
                yield mutant, mutated, broken


def proved(machine: Machine, p: Property) -> bool:
    """Whether the search comes up with a proof of ``p``, which does not hold."""
    budget = Budget(_SECONDS)
    history = Task(machine, [p]).keep()
    claim = p.claim(machine)
    try:
        search = searcher(machine, [claim], history, [machine], budget.check, silent)
        return isinstance(search.prove(Goal(claim, p.kind is PropertyKind.STEP)), Proof)
    except BudgetError:
        return False


def main() -> None:
    """Print what was tried, and each proof of what does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th mutant")
    every = parser.parse_args().every
    start, mutants, tried, lies = time.monotonic(), 0, 0, 0
    for mutant, machine, broken in broken_machines(every):
        mutants += 1
        for p in broken:
            tried += 1
            if proved(machine, p):
                lies += 1
                print(f"PROVED although broken: {p.name}: {mutant}", flush=True)
    seconds = time.monotonic() - start
    print(f"{mutants} mutants, {tried} broken properties, {lies} proved; {seconds:.0f} s")
    sys.exit(1 if lies else 0)


if __name__ == "__main__":
    main()
