"""Eventual consistency: same commands, same state; and agreement when nothing is under way."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, exists, forall, implies
from unsay.model.recall.access import held
from unsay.model.recall.commands import issued
from unsay.model.recall.storage import newest, received
from unsay.model.recall.vocabulary import hides, origin, target
from unsay.properties.property import Property, PropertyKind
from unsay.properties.vocabulary import alike, c, d, m, u, v


def _converged(machine: Machine) -> Bool:
    same_commands = forall(c, implies(target[c] == m, received[u, c] == received[v, c]))
    return forall((u, v, m), implies(same_commands, alike(m, newest[u, m], newest[v, m])))


def _both_received_a_recall(machine: Machine) -> Bool:
    return exists((u, v, c), (u != v) & hides(c) & received[u, c] & received[v, c])


def _agree_at_rest(machine: Machine) -> Bool:
    # "Alike" is transitive, so it is enough that each is like the sender's home.
    sender_s = newest[origin[m], m]
    nodes = forall((v, m), alike(m, newest[v, m], sender_s))
    devices = forall((d, m), alike(m, held[d, m], sender_s))
    return implies(machine.at_rest(), nodes & devices)


def _recalled_at_rest(machine: Machine) -> Bool:
    return machine.at_rest() & exists(c, hides(c) & issued[c])


strong_convergence = Property(
    name="strong-convergence",
    sentence="Nodes that have received the same commands on a message show the same of it, "
    "in whatever order the commands came.",
    kind=PropertyKind.ALWAYS,
    formula=_converged,
    witness=_both_received_a_recall,
    witness_sentence="two nodes have received a recall",
)

agreement_at_rest = Property(
    name="agreement-at-rest",
    sentence="When nothing is under way any more, all nodes and devices show the same "
    "of every message.",
    kind=PropertyKind.ALWAYS,
    formula=_agree_at_rest,
    witness=_recalled_at_rest,
    witness_sentence="a recall has been issued and nothing is under way any more",
    visible=True,
)
