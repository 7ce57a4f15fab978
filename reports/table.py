"""The verdict table, as people read it on a terminal."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from unsay.engines.check import Checked
from unsay.engines.verdict import Outcome, Verdict
from unsay.properties import PROPERTIES, PropertyKind
from unsay.reports.words import fairness_in_words, scope_in_words

_STYLES = {
    Outcome.PROVED: "bold green",
    Outcome.HOLDS: "green",
    Outcome.BOUNDED: "cyan",
    Outcome.SAMPLED: "cyan",
    Outcome.VIOLATED: "bold red",
    Outcome.VACUOUS: "yellow",
    Outcome.UNKNOWN: "yellow",
}


SITTING = "of the sitting in which the verdict was found"
"""What times are of, where a run was stopped and resumed."""


WIDTH_MIN = 72
"""Narrower than this, "how far" would be a column of single words, and then nothing."""


def verdict_table(checked: Checked, width: int = 80) -> RenderableType:
    """A design's verdicts: one row a property, then what was left undone and why.

    On a terminal of less than ``WIDTH_MIN`` columns, a list instead of a table: all that a row
    says, one below the other.
    """
    table = _rows(checked) if width >= WIDTH_MIN else _list(checked)
    parts: list[RenderableType] = [
        Text(checked.design.title, style="bold"),
        Text(f"scope: {scope_in_words(checked.design)}", style="dim"),
        *_assumed(checked),
    ]
    if checked.resumed:
        parts.append(Text(f"resumed from {checked.resumed}; times: {SITTING}", style="dim"))
    parts.append(table)
    if checked.left_out:
        parts.append(
            Text(f"says nothing at this scope: {', '.join(checked.left_out)}", style="dim")
        )
    if checked.unproved:
        why = "; ".join(f"{name} ({reason})" for name, reason in checked.unproved.items())
        parts.append(Text(f"not proved for any size: {why}", style="dim"))
    return Group(*parts)


def _rows(checked: Checked) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=False)
    for column in ("property", "verdict", "engine", "how far"):
        table.add_column(column, no_wrap=column != "how far", overflow="fold")
    table.add_column("time", justify="right", no_wrap=True)
    for verdict in checked.verdicts.values():
        table.add_row(
            verdict.property,
            verdict_word(verdict.outcome),
            verdict.engine,
            _how_far(verdict),
            _time(verdict),
        )
    return table


def _list(checked: Checked) -> RenderableType:
    lines: list[RenderableType] = []
    for verdict in checked.verdicts.values():
        lines.append(verdict_word(verdict.outcome) + f"  {verdict.property}")
        more = (_how_far(verdict), f"{verdict.engine}, {_time(verdict)}")
        lines += [Padding(Text(m, overflow="fold"), (0, 0, 0, 2)) for m in more if m]
    return Group(*lines)


def verdict_word(outcome: Outcome) -> Text:
    """A verdict in its colour."""
    return Text.assemble((outcome.value, _STYLES[outcome]), overflow="fold")


def _time(verdict: Verdict) -> str:
    return f"{verdict.seconds:.1f} s"


def _assumed(checked: Checked) -> list[RenderableType]:
    """What the verdicts on runs that never end assume, if there are any."""
    infinite = any(PROPERTIES[p].kind is PropertyKind.EVENTUALLY for p in checked.verdicts)
    return [Text(fairness_in_words(checked.design), style="dim")] if infinite else []


def _how_far(verdict: Verdict) -> str:
    words = [verdict.reach] if verdict.reach else []
    if verdict.reason and verdict.outcome is not Outcome.VIOLATED:
        words.append(verdict.reason)
    return "; ".join(words)


def print_table(console: Console, checked: Checked) -> None:
    """Print a design's verdicts."""
    console.print(verdict_table(checked, console.width))
