"""A design as it was understood: every default visible, and its topology drawn."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from unsay.model.design import Design, policy_table
from unsay.reports.words import fairness_in_words, faults_in_words


def shown(design: Design) -> RenderableType:
    """The resolved design, for a terminal."""
    parts: list[RenderableType] = [Text(design.title, style="bold")]
    if design.about:
        parts.append(Text(" ".join(design.about.split())))
    if design.sources:
        parts.append(Text(f"sources: {', '.join(design.sources)}"))
    parts += [Text(), topology(design), Text(), _policies(design), Text(), _rest(design)]
    return Group(*parts)


def topology(design: Design) -> Tree:
    """Nodes as a tree from the sender's home, each with its devices; other links listed."""
    graph = design.graph()
    root = design.origin
    routes = design.routes()
    tree = Tree(_node(design, root))
    branches = {root: tree}
    for parent, child in routes.edges:
        branches[child] = branches[parent].add(_node(design, child))
    for one, other in graph.edges:
        if not routes.has_edge(one, other) and not routes.has_edge(other, one):
            branches[one].add(Text(f"also linked to {other}", style="dim"))
    return tree


def _node(design: Design, name: str) -> Text:
    text = Text(name, style="bold")
    text.append(f"  region {design.nodes[name].region}", style="dim")
    devices = [f"{d} ({spec.account})" for d, spec in design.devices.items() if spec.home == name]
    if devices:
        text.append("  devices: " + ", ".join(devices), style="not bold")
    return text


def _policies(design: Design) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("key", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("", no_wrap=True, style="dim")
    resolved = design.resolved()
    for row in policy_table():
        section, key = row.key.split(".")
        if key in resolved[section]:
            text = _plain(resolved[section][key])
            table.add_row(row.key, text, "" if text != row.default else "default")
    return table


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _rest(design: Design) -> Text:
    acts = ", ".join(("send", *design.scope.commands))
    lines = [
        f"sender: {design.sender}",
        f"scope: {design.scope.messages} x ({acts})",
        faults_in_words(design),
        fairness_in_words(design),
        f"properties: {', '.join(design.properties) or 'all'}",
        f"fingerprint: {design.fingerprint()[:16]}",
    ]
    return Text("\n".join(lines))
