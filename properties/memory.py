"""What has to be remembered: where a message is, and its recall for as long as the message."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, all_of, exists, forall, implies
from unsay.model.recall.commands import closed, issued
from unsay.model.recall.links import on_its_way
from unsay.model.recall.routing import buffered, ended, tracked
from unsay.model.recall.storage import applied, archived, early, newest
from unsay.model.recall.vocabulary import (
    content,
    hides,
    home,
    next_hop,
    origin,
    shows,
    target,
    version,
)
from unsay.properties.property import Property, PropertyKind
from unsay.properties.vocabulary import c, d, is_written, m, shows_older, u, v


def _may_be_recalled(machine: Machine) -> Bool:
    """A recall of ``m`` may still be issued, or is still sent."""
    if not machine.design.lifetimes.ends("window"):
        return all_of()
    return ~closed[m] | exists(c, all_of(target[c] == m, hides(c), issued[c], ~ended[c]))


def _every_holder_has_a_row(machine: Machine) -> Bool:
    if machine.design.policies.dispatch != "tracked":
        return all_of()
    has_it = content[m, newest[v, m]] & (v != origin[m])
    on_way = on_its_way(machine.design, c, u, v)
    comes = exists((c, u), all_of(target[c] == m, shows(c), on_way, v != origin[m]))
    if is_written(machine, buffered.symbol):
        waits = all_of(target[c] == m, buffered[u, c], next_hop[m, u, v])
        comes |= exists((c, u), waits)
    row = implies(_may_be_recalled(machine), tracked[m, v])
    return forall((v, m), implies(has_it, row)) & forall((v, m), implies(comes, row))


def _elsewhere(machine: Machine) -> Bool:
    tracks = machine.design.policies.dispatch == "tracked"
    return exists((v, m), all_of(content[m, newest[v, m]], v != origin[m], tracks))


def _kept_as_long(machine: Machine) -> Bool:
    recalled = hides(c) & applied[v, c]
    remembers = newest[v, target[c]] >= version[c]
    if is_written(machine, early.symbol):
        remembers |= early[v, target[c]]
    left = (home[d] == v) & shows_older(d, c)
    kept = forall((v, c, d), implies(recalled & left, remembers))
    if is_written(machine, archived.symbol):
        in_archive = content[target[c], archived[v, target[c]]]
        in_archive &= archived[v, target[c]] < version[c]
        kept &= forall((v, c), ~(recalled & in_archive))
    return kept


def _recalled_and_left(machine: Machine) -> Bool:
    left = all_of(hides(c), applied[v, c], home[d] == v, shows_older(d, c))
    return exists((v, c, d), left)


tracking_complete = Property(
    name="tracking-complete",
    sentence="Every node that has a message, or that it is about to come to, has a row in the "
    "flow-tracking table for as long as a recall may have to go there.",
    kind=PropertyKind.ALWAYS,
    formula=_every_holder_has_a_row,
    witness=_elsewhere,
    witness_sentence="dispatch is tracked and a node other than the sender's home has a message",
)

recall_kept_as_long = Property(
    name="recall-kept-as-long",
    sentence="A node that has carried out a recall remembers it for as long as a device of its "
    "own still has what was recalled, and so does the archive from which these catch up.",
    kind=PropertyKind.ALWAYS,
    formula=_kept_as_long,
    witness=_recalled_and_left,
    witness_sentence="a node has carried out a recall, and a device of its own still shows what "
    "was recalled",
)
