"""Version override: the newest command wins, whatever the order of arrival."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, exists, forall, implies
from unsay.model.recall.access import early_at_device, held, obeyed
from unsay.model.recall.storage import applied, early, newest
from unsay.model.recall.vocabulary import Version, hides, target, version
from unsay.properties.property import Property, PropertyKind
from unsay.properties.vocabulary import b, c, d, has_rule, serves_older, shows_older, v


def _newest_is_kept(machine: Machine) -> Bool:
    at_node = (newest[v, target[c]] >= version[c]) | (hides(c) & early[v, target[c]])
    if has_rule(machine, "forget_recall"):
        # Where recalls expire, to have forgotten the message is no older state of it.
        at_node |= newest[v, target[c]] == Version.least()
    at_device = (held[d, target[c]] >= version[c]) | (hides(c) & early_at_device[d, target[c]])
    return forall((v, c), implies(applied[v, c], at_node)) & forall(
        (d, c), implies(obeyed[d, c], at_device)
    )


def _two_applied(machine: Machine) -> Bool:
    older = (target[b] == target[c]) & (version[b] < version[c])
    return exists((v, b, c), older & applied[v, b] & applied[v, c])


def _stays_hidden(machine: Machine) -> Bool:
    shown_at_node = serves_older(machine, v, c)
    shown_at_device = shows_older(d, c)
    return forall((v, c), ~(hides(c) & applied[v, c] & shown_at_node)) & forall(
        (d, c), ~(hides(c) & obeyed[d, c] & shown_at_device)
    )


def _recall_after_show(machine: Machine) -> Bool:
    older = (target[b] == target[c]) & (version[b] < version[c])
    return exists((d, b, c), hides(c) & obeyed[d, c] & older & obeyed[d, b])


version_override = Property(
    name="version-override",
    sentence="What a node or device holds of a message is never older than a command "
    "that it has applied; where recalls expire, it may have forgotten the message.",
    kind=PropertyKind.ALWAYS,
    formula=_newest_is_kept,
    witness=_two_applied,
    witness_sentence="a node has applied two commands on one message",
)

no_resurrection = Property(
    name="no-resurrection",
    sentence="Once a node or device has applied a recall, it never shows again "
    "what that recall hides.",
    kind=PropertyKind.ALWAYS,
    formula=_stays_hidden,
    witness=_recall_after_show,
    witness_sentence="a device has applied a message and then its recall",
    implied_by=("version-override",),
    visible=True,
)
