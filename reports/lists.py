"""What Unsay knows, as lists."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.table import Table
from rich.text import Text

from unsay.engines.check import ENGINES
from unsay.model.design import load_design, load_markets, policy_table
from unsay.properties import PROPERTIES
from unsay.reports.words import demand_in_words

LISTS = ("designs", "properties", "policies", "engines", "markets")


def listed(what: str, designs: Mapping[str, Path], markets: Mapping[str, Path]) -> Table:
    """One of ``LISTS`` as a table of names and what they mean.

    Args:
        what: Which.
        designs: The shipped designs.
        markets: The shipped examples of markets.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    if what == "designs":
        for name, path in designs.items():
            table.add_row(name, Text(load_design(path).title))
    elif what == "properties":
        for p in PROPERTIES.values():
            table.add_row(p.name, Text(p.sentence))
    elif what == "engines":
        for e in ENGINES.values():
            table.add_row(e.name, Text(e.says))
    elif what == "markets":
        for path in markets.values():
            for name, market in load_markets(path).items():
                words = [f"{r.name}: {demand_in_words(r)} [{r.source}]" for r in market.rules]
                table.add_row(name, Text("\n".join([market.title, *words])))
    else:
        for row in policy_table():
            choices = f"{', '.join(row.allowed)}; default: {row.default}"
            table.add_row(row.key, Text(f"{row.sentence} Allowed: {choices}"))
    return table
