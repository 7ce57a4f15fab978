"""Pictures and traces of the runs that break a checked design's properties."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

from unsay.engines.check import Checked
from unsay.engines.run import Replay, replay
from unsay.engines.verdict import Outcome, Verdict
from unsay.properties import PROPERTIES
from unsay.reports.usage import Fail, guarded
from unsay.traces import as_text, write

PICTURES = (".svg", ".png", ".itf.json")
"""The endings of the files of a violation."""

UNPROVED = ".unproved"
"""In the names of what stands against a proof: next to pictures of violations, it is none."""

UNPROVED_PICTURES = (".svg", ".png")
"""No trace: what does not begin at the start cannot be replayed from there."""


def print_runs(out: Console, checked: Checked, files: dict[str, list[str]]) -> None:
    """Name the files written and tell, in words, the most telling run against a property."""
    for paths in files.values():
        endings = ", ".join(path.removeprefix(_stem(paths[0])) for path in paths[1:])
        out.print(f"drawn: {paths[0]} (and {endings})", soft_wrap=True)
    telling = most_telling(checked)
    if telling is not None:
        claim = PROPERTIES[telling.property]
        run = replay(checked.machine, telling.run or (), claim, telling.loop)
        out.print()
        words = as_text(run, width=min(out.width, 100), tables=False)
        out.print(words, markup=False, soft_wrap=True)
    out.print()


def most_telling(checked: Checked) -> Verdict | None:
    """The violation to show first: the shortest of those that a user of the chat would notice."""
    broken = [v for v in checked.verdicts.values() if v.outcome is Outcome.VIOLATED and v.run]
    # What is noticed tells more than what a table of a node holds.
    return min(
        broken,
        key=lambda v: (not PROPERTIES[v.property].visible, len(v.run or ())),
        default=None,
    )


def _stem(path: str) -> str:
    return path.removesuffix(PICTURES[0])


def check_names(stems: list[str]) -> None:
    """Pictures are named after their design's file: two of one name would overwrite each other."""
    twice = next((s for s in stems if stems.count(s) > 1), None)
    if twice is not None:
        raise Fail(f'--out: two designs are named "{twice}", and pictures go by that name')


def write_pictures(checked: Checked, stem: str, folder: Path) -> dict[str, list[str]]:
    """Write the pictures and the trace of each violation; the files of each property."""
    written: dict[str, list[str]] = {}
    for name, verdict in checked.verdicts.items():
        if verdict.outcome is not Outcome.VIOLATED or verdict.run is None:
            continue
        run = replay(checked.machine, verdict.run, PROPERTIES[name], verdict.loop)
        for suffix in PICTURES:
            path = folder / f"{stem}.{name}{suffix}"
            guarded(write, run, path)
            written.setdefault(name, []).append(str(path))
    return written


def print_unproved(
    out: Console, shown: Mapping[str, Replay], stem: str, folder: Path | None
) -> None:
    """Draw what stands against proofs, name the files, and tell one of them in words.

    Args:
        out: The terminal.
        shown: By property, the run or the step from a supposed state that stands against it.
        stem: What the names of the files begin with.
        folder: Where to write them, or None.

    Raises:
        Fail: a file cannot be written.
    """
    for name, run in shown.items() if folder is not None else ():
        assert folder is not None
        first = folder / f"{stem}.{name}{UNPROVED}{PICTURES[0]}"
        for suffix in UNPROVED_PICTURES:
            guarded(write, run, first.with_name(_stem(first.name) + suffix))
        what = "; this state may not be reachable" if run.supposed else ""
        others = ", ".join(UNPROVED_PICTURES[1:])
        out.print(Text(f"drawn: {first} (and {others}){what}"), soft_wrap=True)
    if shown:
        # A run says more than a state that perhaps no run leads to; a short one is read.
        name = min(shown, key=lambda n: (shown[n].supposed, len(shown[n].steps)))
        out.print()
        words = as_text(shown[name], width=min(out.width, 100), tables=False)
        out.print(words, markup=False, soft_wrap=True)


def make(folder: Path) -> None:
    """Make the folder for pictures, before any time is spent."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Fail(f"{folder}: cannot be made: {error.strerror}") from None
