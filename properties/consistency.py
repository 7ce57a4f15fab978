"""Eventual consistency: same commands, same state; agreement at rest; and that both come.

The last two are claims about infinite runs. Which of these count is said by the fairness of the
rules and by whether faults end: the ``[fairness]`` of a design.
"""

from __future__ import annotations

from unsay.model.language import Bool, Machine, exists, forall, implies, leads_to
from unsay.model.recall.access import held
from unsay.model.recall.commands import issued
from unsay.model.recall.storage import expired, newest, received, side
from unsay.model.recall.vocabulary import Version, fetches, hides, home, origin, target
from unsay.properties.property import Property, PropertyKind
from unsay.properties.vocabulary import alike, c, d, has_rule, is_written, m, u, v


def _converged(machine: Machine) -> Bool:
    same_commands = forall(c, implies(target[c] == m, received[u, c] == received[v, c]))
    same = alike(m, newest[u, m], newest[v, m])
    if is_written(machine, expired.symbol):
        # What a retention job has deleted is shown to nobody.
        same |= expired[u, m] | expired[v, m]
    if is_written(machine, side.symbol) and not has_rule(machine, "follow"):
        same &= alike(m, side[u, m], side[v, m])
    return forall((u, v, m), implies(same_commands, same))


def _both_received_a_recall(machine: Machine) -> Bool:
    return exists((u, v, c), (u != v) & hides(c) & received[u, c] & received[v, c])


def _agreed(machine: Machine) -> Bool:
    # "Alike" is transitive, so it is enough that each is like the sender's home.
    sender_s = newest[origin[m], m]
    at_node, at_device = alike(m, newest[v, m], sender_s), alike(m, held[d, m], sender_s)
    if is_written(machine, expired.symbol):
        # Of what its node has deleted in time, a device may have nothing.
        at_node |= expired[v, m]
        at_device |= expired[home[d], m] & (held[d, m] == Version.least())
    if is_written(machine, side.symbol):
        at_side = alike(m, side[v, m], sender_s)
        if is_written(machine, expired.symbol):
            at_side |= expired[v, m] & (side[v, m] == Version.least())
        at_node &= at_side
    if has_rule(machine, "fetch"):
        # Where nobody has asked for the message, there is nothing of it.
        at_node |= fetches[v] & (newest[v, m] == Version.least())
        at_device |= fetches[home[d]] & (held[d, m] == Version.least())
    return forall((v, m), at_node) & forall((d, m), at_device)


def _agree_at_rest(machine: Machine) -> Bool:
    return implies(machine.at_rest(), _agreed(machine))


def _agree_in_the_end(machine: Machine) -> Bool:
    return leads_to(exists(c, issued[c]), _agreed(machine))


def _rest_comes(machine: Machine) -> Bool:
    return leads_to(exists(c, issued[c]), machine.at_rest())


def _something_issued(machine: Machine) -> Bool:
    return exists(c, issued[c])


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

comes_to_rest = Property(
    name="comes-to-rest",
    sentence="After users have acted, the moment comes when nothing is under way any more.",
    kind=PropertyKind.EVENTUALLY,
    formula=_rest_comes,
    witness=_something_issued,
    witness_sentence="a user has acted",
)

converges = Property(
    name="converges",
    sentence="After users have acted, the moment comes when all nodes and devices show the same "
    "of every message.",
    kind=PropertyKind.EVENTUALLY,
    formula=_agree_in_the_end,
    witness=_something_issued,
    witness_sentence="a user has acted",
    visible=True,
)
