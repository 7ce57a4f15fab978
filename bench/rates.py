"""How fast the concrete step and the explicit engine are: one table, medians of several runs.

Run with ``make bench``. A *rule evaluation* is the evaluation of one rule at fixed arguments in
one state (its guard, and its updates where the guard holds). A *transition* is one step out of a
state during the explicit engine's search, with its property checks; the time for spelling the
rules out counts, which is most of it on a small design. Seconds are those that the processor spent
on this, so that whatever else runs on the machine matters little; still, compare medians.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from unsay.designs.catalogue import shipped
from unsay.engines.check import properties_of
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.engines.verdict import Verdict
from unsay.model.design import load_design
from unsay.model.readings.compiled import Program, compile_machine
from unsay.model.recall.machine import build_machine

RUNS = 5
DESIGNS = ("mastodon-4739-repaired", "matrix-spec-1328-repaired", "article-chase")


def main() -> None:
    """Print the table."""
    table = Table("design", "what", "median", "lowest", "highest", "asked")
    for name in DESIGNS:
        machine = build_machine(load_design(shipped()[name]))
        program = compile_machine(machine)
        states = _some_states(program, 20_000)
        rates = [_evaluations_per_second(program, states) for _ in range(RUNS)]
        _row(table, name, "rule evaluations/s", rates, "1,000,000")
    for name in DESIGNS:
        rates = [_transitions_per_second(name) for _ in range(RUNS)]
        _row(table, name, "transitions/s (explicit)", rates, "150,000")
    Console().print(table)


def _row(table: Table, name: str, what: str, rates: list[float], asked: str) -> None:
    table.add_row(
        name,
        what,
        f"{statistics.median(rates):,.0f}",
        f"{min(rates):,.0f}",
        f"{max(rates):,.0f}",
        asked,
    )


def _some_states(program: Program, number: int) -> list[int]:
    seen, frontier = {program.initial}, [program.initial]
    while frontier and len(seen) < number:
        frontier = list({t for s in frontier for t in program.targets(s)} - seen)
        seen |= set(frontier)
    return sorted(seen)[:number]


def _evaluations_per_second(program: Program, states: list[int]) -> float:
    successors = program.successors
    seconds = _time(lambda: [successors(s) for s in states])
    return len(states) * len(program.actions) / seconds


def _transitions_per_second(name: str) -> float:
    design = load_design(shipped()[name])
    machine = build_machine(design)
    # One search, so that its own counts are what the time was spent on.
    (claim,) = (p for p in properties_of(design) if p.name == "strong-convergence")
    task = Task(machine, [claim])
    found: list[Verdict] = []
    seconds = _time(lambda: found.append(Explicit().check(task)[claim.name]))
    return (found[0].transitions or 0) / seconds


def _time(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


if __name__ == "__main__":
    main()
