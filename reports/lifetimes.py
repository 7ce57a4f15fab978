"""The least lifetimes of what a design remembers, on a terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from unsay.engines.check import Checked, Options
from unsay.engines.lifetimes import Least, Lifetimes, lifetimes_of
from unsay.engines.verdict import EXIT_OK, EXIT_UNKNOWN, EXIT_VIOLATED, Outcome
from unsay.model.design import FOREVER, HORIZONS, Design
from unsay.reports import pictures
from unsay.reports.usage import guarded, progress
from unsay.reports.words import count


@dataclass(frozen=True)
class Wishes:
    """What a person asks of lifetimes.

    Attributes:
        names: The properties to keep, or none for the design's.
        as_json: Print data instead of a table.
        pictures: Where to draw what refutes shorter ones, or None.
    """

    names: Sequence[str] = ()
    as_json: bool = False
    pictures: Path | None = None


def lifetimes(
    console: Console, path: Path, design: Design, options: Options, wishes: Wishes
) -> int:
    """Compute the least lifetimes of ``design``, print them, and give the exit code.

    Raises:
        Fail: a picture cannot be written.
    """
    if wishes.pictures is not None:
        pictures.make(wishes.pictures)
    with progress(design.title) as report:
        report("lifetimes")
        found = guarded(lifetimes_of, design, options, wishes.names)
    if wishes.as_json:
        click.echo(json.dumps(_as_data(design, found), indent=2))
        return _exit_code(found)
    console.print(Text(design.title, style="bold"))
    console.print(Text(f"horizons: {_horizons(design)}"))
    if found.broken:
        lost = ", ".join(found.broken)
        console.print(Text(f"left out, as broken however long memory lasts: {lost}"))
    if found.undecided:
        open_ = ", ".join(found.undecided)
        console.print(Text(f"left out, as undecided within the time limit: {open_}"))
    if not found.memories:
        console.print("nothing holds that a lifetime could keep")
        return EXIT_UNKNOWN
    console.print(_table(found))
    console.print(Text(_confirmed(found), style="dim"))
    for least in found.memories:
        if least.below is not None and wishes.pictures is not None:
            stem = f"{path.stem}.{least.memory}"
            pictures.write_pictures(least.below, stem, wishes.pictures)
    for least in found.memories:
        if least.below is not None and not least.long_enough and not found.kept:
            console.print(Text(f"\nWith {least.memory} {_shorter(least)}:"))
            pictures.print_runs(console, least.below, {})
    return _exit_code(found)


def _exit_code(found: Lifetimes) -> int:
    if found.own is not None and any(
        v.outcome is Outcome.VIOLATED for v in found.own.verdicts.values()
    ):
        return EXIT_VIOLATED
    return EXIT_OK if found.decided else EXIT_UNKNOWN


def _horizons(design: Design) -> str:
    return ", ".join(f"{h} {getattr(design.lifetimes, h)}" for h in HORIZONS)


def _table(found: Lifetimes) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("memory", "now", "least"):
        table.add_column(column, no_wrap=True)
    table.add_column("because", overflow="fold")
    for least in found.memories:
        now = Text(least.own, "green" if least.long_enough else "bold red")
        table.add_row(least.memory, now, _least(least), _because(least))
    return table


def _least(least: Least) -> str:
    return "unknown" if least.least is None else least.least.length


def _because(least: Least) -> str:
    words = []
    if least.least is not None and least.least.outlasts:
        words.append(f"outlasts {' and then '.join(least.least.outlasts)}")
    if least.below is not None:
        words.append(f"{_shorter(least)}, {_broken(least.below)}")
    elif least.unknown:
        words.append(f"shorter is undecided ({least.unknown})")
    else:
        words.append("no shorter one breaks anything")
    return "; ".join(words)


def _shorter(least: Least) -> str:
    if least.least is None or least.least.length == FOREVER:
        return "if it ever ends"
    return f"a minute shorter than {least.least.length}"


def _broken(checked: Checked) -> str:
    telling = pictures.most_telling(checked)
    assert telling is not None, "it was refuted"
    broken = sum(v.outcome is Outcome.VIOLATED for v in checked.verdicts.values())
    more = f", and {count(broken - 1, 'more property')}" if broken > 1 else ""
    return f"{telling.property} is broken in {count(len(telling.run or ()), 'step')}{more}"


def _confirmed(found: Lifetimes) -> str:
    assert found.confirmed is not None, "there are memories, so they were tried together"
    verdicts = found.confirmed.verdicts.values()
    states = max((v.states or 0 for v in verdicts), default=0)
    held = Counter(v.outcome.value for v in verdicts)
    as_is = "keeps" if found.kept else "does not keep"
    return (
        f"all of these together: {_tally(held)}, in up to {states:,} states;"
        f" the design as it is {as_is} them"
    )


def _tally(outcomes: Counter[str]) -> str:
    return ", ".join(f"{count(n, 'property')} {outcome}" for outcome, n in outcomes.items())


def _as_data(design: Design, found: Lifetimes) -> dict[str, Any]:
    return {
        "title": design.title,
        "horizons": {h: getattr(design.lifetimes, h) for h in HORIZONS},
        "properties": list(found.properties),
        "left_out": list(found.broken),
        "undecided": list(found.undecided),
        "kept": found.kept,
        "memories": [
            {
                "memory": m.memory,
                "now": m.own,
                "least": None if m.least is None else m.least.length,
                "outlasts": [] if m.least is None else list(m.least.outlasts),
                "long_enough": m.long_enough,
                "unknown": m.unknown,
                "below": None
                if m.below is None
                else {n: v.outcome.value for n, v in m.below.verdicts.items()},
            }
            for m in found.memories
        ],
    }
