"""Options that several commands have, each declared once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from unsay.reports.usage import Seconds, named

Option = Callable[[Any], Any]

scope = click.option("--scope", help="Another scope, as messages=2,commands=recall+resend.")
no_cache = click.option(
    "--no-cache", is_flag=True, help="Neither use proofs found before nor keep these."
)


def only(says: str = "Only this property (repeatable).") -> Option:
    """``--property``, as ``names``."""
    return click.option("--property", "-p", "names", multiple=True, help=says)


def seconds(name: str, default: float, says: str | None = None) -> Option:
    """A limit on time."""
    kind = Seconds(min=0, min_open=True)
    return click.option(name, type=kind, default=default, show_default=True, help=says)


def depth(says: str) -> Option:
    """``--depth``, in steps."""
    kind = click.IntRange(min=1, max=200)
    return click.option("--depth", type=kind, default=12, show_default=True, help=says)


def as_json(says: str = "Print it as JSON.") -> Option:
    """``--json``, as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help=says)


def folder(name: str, variable: str, says: str) -> Option:
    """A folder to write into."""
    kind = click.Path(file_okay=False)
    return click.option(name, variable, type=kind, callback=named, help=says)


def target(says: str) -> Option:
    """``--out``, as ``target``: a file to write."""
    kind = click.Path(dir_okay=False)
    return click.option("--out", "-o", "target", type=kind, callback=named, help=says)


def checkpoint(variable: str) -> Option:
    """``--checkpoint``: where a run is kept."""
    says = "Keep the run here; started again with the same folder, it goes on where it was."
    return folder("--checkpoint", variable, says)
