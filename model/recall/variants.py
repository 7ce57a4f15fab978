"""The same design on other small worlds: same policies and faults, other nodes and commands.

A claim for any size is about all of them. They are where it is tried first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from unsay.model.design import Design, design_from_data
from unsay.model.language import Machine
from unsay.model.recall.machine import build_machine

_World = tuple[str, tuple[str, ...], int, tuple[str, ...]]
"""Shape, the home of each device, messages, commands after the send."""

_WORLDS: tuple[_World, ...] = (
    ("chain-2", ("a", "a", "b", "b"), 1, ("recall",)),
    ("chain-2", ("a", "b"), 1, ("edit", "recall", "restore")),
    ("chain-2", ("a", "b"), 2, ("recall",)),
    ("chain-3", ("a", "b", "b", "c", "c"), 1, ("recall",)),
    ("chain-3", ("b", "c"), 1, ("recall", "restore", "recall")),
    ("chain-3", ("a", "c", "c"), 1, ("edit", "recall")),
    ("star-3", ("a", "b", "b", "c"), 1, ("recall",)),
    ("star-3", ("a", "b", "c"), 1, ("edit", "recall", "restore")),
    ("star-4", ("a", "b", "b", "d"), 1, ("recall", "restore")),
    ("chain-4", ("c", "c", "d"), 1, ("edit", "recall")),
    ("chain-4", ("a", "d"), 1, ("recall", "restore")),
)
_SMALLEST: tuple[_World, ...] = (
    ("chain-2", ("a", "b"), 1, ("recall",)),
    ("chain-2", ("b",), 1, ("recall", "resend")),
    ("chain-2", ("b",), 1, ("recall", "restore")),
)


def variants(machine: Machine) -> Iterator[Machine]:
    """Machines with the same rules on other structures; ``machine`` itself comes first."""
    yield machine
    yield from _others(machine, _WORLDS, faults=2)


def smallest(machine: Machine) -> Iterator[Machine]:
    """The same on structures so small that every reachable state can be looked at."""
    yield from _others(machine, _SMALLEST, faults=1)


def _others(machine: Machine, worlds: tuple[_World, ...], faults: int) -> Iterator[Machine]:
    if isinstance(machine.design, Design):
        for number, world in enumerate(worlds):
            other = build_machine(_design(machine.design, world, faults, some=number % 2 == 0))
            if other.rules == machine.rules:
                yield other


def _by_admin(commands: tuple[str, ...], admins: bool) -> list[str]:
    """``commands``, the last recall an administrator's where the design has ``admins``."""
    last = max((i for i, c in enumerate(commands) if admins and c == "recall"), default=None)
    return ["admin-recall" if i == last else c for i, c in enumerate(commands)]


def _design(design: Design, world: _World, faults: int, some: bool) -> Design:
    """``design`` on another world, with what faults it bounds bounded by ``faults``.

    Where the design has any link that keeps order, or has two carriers, ``some`` of them do, or
    else all.
    """
    shape, homes, messages, commands = world
    kind, _, count = shape.partition("-")
    nodes = "abcd"[: int(count)]
    links = pairwise(nodes) if kind == "chain" else ((nodes[0], n) for n in nodes[1:])
    in_order = any(link.fifo for link in design.links)
    data: dict[str, Any] = design.resolved()
    data["nodes"] = {n: {} for n in nodes}
    # The sender's home sends messages; it is no node that fetches them.
    far = data["nodes"][nodes[0] if homes[0] == nodes[-1] else nodes[-1]]
    far["fetches"] = design.fetching
    far["bridge"] = any(node.bridge for node in design.nodes.values())
    data |= {"accounts": {}, "markets": {}}
    data["links"] = [
        {
            "between": list(ends),
            "fifo": in_order and not (some and i),
            "carriers": 2 if design.two_carriers and not (some and i) else 1,
        }
        for i, ends in enumerate(links)
    ]
    data["sender"] = "sender"
    owners = ("sender", "reader", "third")
    data["devices"] = {
        f"d{i}": {"account": owners[i % len(owners)], "home": home} for i, home in enumerate(homes)
    }
    data["scope"] = {"messages": messages, "commands": _by_admin(commands, design.admins)}
    for fault in ("loss", "duplication", "crash", "offline", "wipe", "partition", "forgery"):
        if data["faults"][fault] not in (0, "unbounded"):
            data["faults"][fault] = faults
    return design_from_data(data, design.title)
