"""Checking designs on a terminal: verdicts as a table or as JSON, runs in words, pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
from rich.console import Console

from unsay.engines.check import Options, check_design, checkpoint_of
from unsay.engines.checkpoint import Kept
from unsay.engines.verdict import EXIT_OK, EXIT_UNKNOWN, Verdict, exit_code
from unsay.model.design import Design
from unsay.reports import pictures
from unsay.reports.data import as_data
from unsay.reports.table import print_table
from unsay.reports.usage import guarded, progress, say_interrupted


@dataclass(frozen=True)
class Wishes:
    """What a person asks of a check.

    Attributes:
        options: How to check.
        names: Only these properties, or none for all.
        checkpoint: Where to keep the run, or None.
        as_json: Print data instead of a table.
        pictures: Where to write pictures and traces, or None.
    """

    options: Options = field(default_factory=Options)
    names: Sequence[str] = ()
    checkpoint: Path | None = None
    as_json: bool = False
    pictures: Path | None = None


def check(console: Console, designs: Sequence[tuple[Path, Design]], wishes: Wishes) -> int:
    """Check designs one after the other, print what came of it, and give the exit code.

    Raises:
        Fail: something cannot be written where it should go, or the checkpoint is of another run.
    """
    if wishes.pictures is not None:
        pictures.check_names([path.stem for path, _ in designs])
        pictures.make(wishes.pictures)
    every = [design for _, design in designs]
    checkpoint = None
    if wishes.checkpoint is not None:
        checkpoint = guarded(checkpoint_of, wishes.checkpoint, every, wishes.options, wishes.names)
    verdicts: list[Verdict] = []
    data = []
    interrupted = False
    for number, (path, design) in enumerate(designs, start=1):
        kept = None if checkpoint is None else Kept(checkpoint, number)
        with progress(design.title) as report:
            own = replace(wishes.options, report=report, kept=kept)
            checked = guarded(check_design, design, own, wishes.names)
        verdicts += checked.verdicts.values()
        if not wishes.as_json:
            print_table(console, checked)  # before anything can go wrong with the pictures
        folder = wishes.pictures
        files = pictures.write_pictures(checked, path.stem, folder) if folder else {}
        if wishes.as_json:
            data.append(as_data(checked, str(path), files))
        else:
            pictures.print_runs(console, checked, files)
        interrupted = checked.interrupted
        if interrupted:
            say_interrupted()
            break
    if wishes.as_json:
        click.echo(json.dumps(data, indent=2))
    code = exit_code(verdicts)
    # What was not looked at does not pass.
    return EXIT_UNKNOWN if (interrupted or not verdicts) and code == EXIT_OK else code
