"""A design as it was understood: every default visible, and its topology drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from unsay.model.design import NO_MARKET, Design, policy_table
from unsay.reports.words import count, fairness_in_words, faults_in_words


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
        text = _node(design, child, _link(graph.edges[parent, child]))
        branches[child] = branches[parent].add(text)
    for name in design.nodes:
        if name not in routes:
            branches[name] = tree.add(_node(design, name))
    for one, other in graph.subgraph(routes.nodes).edges:
        if not routes.has_edge(one, other) and not routes.has_edge(other, one):
            words = f"also linked to {other}{_link(graph.edges[one, other])}"
            branches[one].add(Text(words, style="dim"))
    return tree


def _link(edge: Mapping[str, Any]) -> str:
    """What is to be said of a link."""
    in_order = "  in order" if edge["fifo"] else ""
    return in_order + ("  by two carriers" if edge["carriers"] > 1 else "")


def _node(design: Design, name: str, link: str = "") -> Text:
    """What is to be said of a node, and of the ``link`` by which a message comes to it."""
    text = Text(name, style="bold")
    text.append(link, style="not bold")
    node = design.nodes[name]
    text.append(f"  region {node.region}", style="dim")
    if node.market != NO_MARKET:
        text.append(f"  market {node.market}", style="dim")
    for role in ("fetches", "bridge"):
        if getattr(node, role):
            text.append(f"  {role}", style="not bold")
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


def _markets(design: Design) -> list[str]:
    """The markets and who is in them, if there are any."""
    if not design.markets:
        return []
    sizes = [f"{name} ({count(len(m.rules), 'rule')})" for name, m in design.markets.items()]
    where = [f"{name} in {account.market}" for name, account in design.accounts.items()]
    people = f"; {', '.join(where)}" if where else ""
    return [f"markets: {', '.join(sizes)}{people}; see: unsay comply"]


def _rest(design: Design) -> Text:
    acts = ", ".join(("send", *design.scope.commands))
    lines = [
        f"sender: {design.sender}",
        f"scope: {design.scope.messages} x ({acts})",
        faults_in_words(design),
        fairness_in_words(design),
        *_markets(design),
        f"properties: {', '.join(design.properties) or 'all'}",
        f"fingerprint: {design.fingerprint()[:16]}",
    ]
    return Text("\n".join(lines))
