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

_WORLDS: tuple[tuple[str, tuple[str, ...], int, tuple[str, ...]], ...] = (
    ("chain-2", ("a", "b", "b"), 1, ("recall",)),
    ("chain-2", ("a", "b"), 1, ("edit", "recall", "restore")),
    ("star-3", ("a", "b", "b"), 1, ("recall",)),
    ("chain-3", ("a", "c"), 1, ("recall", "restore")),
    ("chain-2", ("a", "b"), 2, ("recall",)),
    ("chain-3", ("b", "b", "c"), 2, ("recall",)),
    ("star-3", ("a", "b", "c"), 1, ("edit", "recall")),
    ("chain-4", ("a", "d"), 1, ("recall", "restore")),
)
"""Shape, the home of each device, messages, commands after the send."""


def variants(machine: Machine) -> Iterator[Machine]:
    """Machines with the same rules on other structures; ``machine`` itself comes first."""
    yield machine
    design = machine.design
    if not isinstance(design, Design):
        return
    for shape, homes, messages, commands in _WORLDS:
        other = build_machine(_design(design, shape, homes, messages, commands))
        if other.rules == machine.rules:
            yield other


def _design(
    design: Design, shape: str, homes: tuple[str, ...], messages: int, commands: tuple[str, ...]
) -> Design:
    kind, _, count = shape.partition("-")
    nodes = "abcd"[: int(count)]
    links = pairwise(nodes) if kind == "chain" else ((nodes[0], n) for n in nodes[1:])
    in_order = any(link.fifo for link in design.links)
    data: dict[str, Any] = design.resolved()
    data["nodes"] = {n: {} for n in nodes}
    # Some links keep order and some do not, where the design has any that does.
    data["links"] = [
        {"between": list(ends), "fifo": in_order and not i} for i, ends in enumerate(links)
    ]
    data["sender"] = "sender"
    owners = ("sender", "reader", "third")
    data["devices"] = {
        f"d{i}": {"account": owners[i], "home": home} for i, home in enumerate(homes)
    }
    data["scope"] = {"messages": messages, "commands": list(commands)}
    for fault in ("loss", "duplication", "crash", "offline"):
        if data["faults"][fault] not in (0, "unbounded"):
            data["faults"][fault] = 2
    return design_from_data(data, design.title)
