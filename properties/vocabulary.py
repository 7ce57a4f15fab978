"""Words that several properties share, over the recall machine's tables."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, Rule, Symbol, all_of, exists, forall, implies
from unsay.model.recall.access import held
from unsay.model.recall.commands import issued
from unsay.model.recall.storage import expired, newest, side
from unsay.model.recall.vocabulary import (
    Command,
    Device,
    Message,
    Node,
    Version,
    content,
    hides,
    target,
    version,
)

b, c, e = Command.variables("b c e")
d, x = Device.variables("d x")
u, v = Node.variables("u v")
m = Message.variable("m")
k = Version.variable("k")


def is_written(machine: Machine, table: Symbol) -> bool:
    """Whether some rule of ``machine`` changes ``table``; what none does stays as it began."""
    return any(u.symbol == table for rule in machine.rules for u in rule.updates)


def has_rule(machine: Machine, name: str) -> bool:
    """Whether the design's machine has the rule called ``name``."""
    return any(rule.name == name for rule in machine.rules)


ARRIVALS = ("deliver", "deliver_by_second")
"""The names of the rules by which a copy reaches a node: by the first carrier, and the second."""


def arrivals(machine: Machine) -> list[Rule]:
    """The rules by which a copy of a command reaches a node, one for each carrier."""
    return [r for r in machine.rules if r.name in ARRIVALS]


def duplications(machine: Machine) -> list[Rule]:
    """The rules by which a copy reaches a node, and stays on its way as well."""
    return [r for r in machine.rules if r.name in ("duplicate", "duplicate_by_second")]


def serves_older(machine: Machine, v: Node, c: Command) -> Bool:
    """Node ``v`` serves content that is older than ``c`` on its message to whoever asks."""
    m = target[c]
    served = content[m, newest[v, m]] & (newest[v, m] < version[c])
    if is_written(machine, expired.symbol):
        served &= ~expired[v, m]
    if is_written(machine, side.symbol):
        served |= content[m, side[v, m]] & (side[v, m] < version[c])
    return served


def device_shows(d: Device, m: Message) -> Bool:
    """Device ``d`` displays content of ``m``."""
    return content[m, held[d, m]]


def shows_older(d: Device, c: Command) -> Bool:
    """Device ``d`` displays content that is older than ``c`` on its message."""
    return device_shows(d, target[c]) & (held[d, target[c]] < version[c])


def alike(m: Message, one: Version, other: Version) -> Bool:
    """Two registers for ``m`` show the same: the same content, or none.

    A holder that never had the message and one that hides it show the same: nothing.
    """
    return (~content[m, one] & ~content[m, other]) | (one == other)


def recalled_since(c: Command) -> Bool:
    """A recall newer than ``c`` has been issued on its message."""
    return exists(b, hides(b) & issued[b] & (target[b] == target[c]) & (version[b] > version[c]))


def newest_issued(c: Command) -> Bool:
    """``c`` has been issued, and nothing newer on its message."""
    newer = (target[b] == target[c]) & (version[b] > version[c])
    return all_of(issued[c], forall(b, implies(newer, ~issued[b])))
