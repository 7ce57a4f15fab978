"""Counting the states of the benchmark protocol, on a terminal."""

from __future__ import annotations

from pathlib import Path

import click

from unsay.engines.budget import Budget, peak_mib, since_start
from unsay.engines.check import ENGINES
from unsay.engines.checkpoint import Kept, identity, open_checkpoint
from unsay.engines.protocol import Task, ask
from unsay.engines.verdict import Outcome, exit_code
from unsay.model.language import Machine
from unsay.properties.recall_bench import BENCH_PROPERTIES
from unsay.reports.usage import err, guarded, progress


def count_states(
    machine: Machine, engine: str, budget: Budget, reductions: bool, folder: Path | None
) -> int:
    """Check both invariants of ``machine``, print its number of states, and give the exit code.

    Args:
        machine: The benchmark protocol at some size.
        engine: The engine that counts, by name.
        budget: Its limits.
        reductions: Whether it may skip what is known to change nothing.
        folder: Where the run is kept, to go on from there, or None.
    """
    # Slices would decide, but not count.
    reductions = reductions and engine != "exhaustive"
    kept = None
    if folder is not None:
        about = [(machine.name, machine, BENCH_PROPERTIES)]
        run = identity(about, engine=engine, no_reductions=not reductions)
        kept = Kept(guarded(open_checkpoint, folder, run))
    with progress(machine.name) as report:
        task = Task(machine, BENCH_PROPERTIES, budget, report, reductions=reductions, kept=kept)
        verdicts = list(guarded(ask, ENGINES[engine], task).values())
    if kept is not None and kept.checkpoint.resumed:
        err.print(f"unsay: resumed from {folder}", soft_wrap=True)
    for v in verdicts:
        if v.outcome is not Outcome.HOLDS:
            err.print(f"unsay: {v.property}: {v.outcome.value} {v.reason}", soft_wrap=True)
    if verdicts[0].states is not None and all(v.complete for v in verdicts):
        figures = f"seconds={since_start():.2f} memory_mib={peak_mib():.0f}"
        click.echo(f"states={verdicts[0].states} {figures}")
    return exit_code(verdicts)
