"""What a sender relies on: told is true, nothing else disappears, and a resend comes through."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, exists, forall, implies
from unsay.model.recall.access import held, online, seen
from unsay.model.recall.commands import issued, told
from unsay.model.recall.vocabulary import (
    Act,
    Told,
    act,
    fetches,
    hides,
    home,
    replaces,
    target,
    version,
)
from unsay.properties.property import Property, PropertyKind
from unsay.properties.vocabulary import (
    c,
    d,
    device_shows,
    e,
    has_rule,
    m,
    newest_issued,
    recalled_since,
    serves_older,
    shows_older,
    v,
)


def _told_is_true(machine: Machine) -> Bool:
    gone_from_nodes = ~serves_older(machine, v, c)
    gone_from_devices = ~shows_older(d, c)
    told_done = told[c] == Told.done
    return forall((c, v), implies(told_done, gone_from_nodes)) & forall(
        (c, d), implies(told_done & online[d], gone_from_devices)
    )


def _told_done(machine: Machine) -> Bool:
    return exists((c, d), (told[c] == Told.done) & (held[d, target[c]] >= version[c]))


def _still_there(machine: Machine) -> Bool:
    return forall((d, c), implies(seen[d, c] & ~recalled_since(c), device_shows(d, target[c])))


def _seen_unrecalled(machine: Machine) -> Bool:
    return exists((d, c), seen[d, c] & ~recalled_since(c))


def _resent_is_shown(machine: Machine) -> Bool:
    resent = (act[c] == Act.resend) & newest_issued(c)
    new_shown = held[d, target[c]] == version[c]
    # A restore or an edit after the recall makes the old message rightly visible.
    left_recalled = exists(e, (target[e] == m) & hides(e) & newest_issued(e))
    old_gone = forall(m, implies(replaces[c, m] & left_recalled, ~device_shows(d, m)))
    if has_rule(machine, "fetch"):
        new_shown |= fetches[home[d]]
    return implies(machine.at_rest(), forall((c, d), implies(resent, new_shown & old_gone)))


def _resent_at_rest(machine: Machine) -> Bool:
    return machine.at_rest() & exists(c, (act[c] == Act.resend) & issued[c])


confirmed_means_done = Property(
    name="confirmed-means-done",
    sentence="Once the sender is told that a recall is done, no node serves and "
    "no connected device shows what it recalled.",
    kind=PropertyKind.ALWAYS,
    formula=_told_is_true,
    witness=_told_done,
    witness_sentence="a sender was told that a recall is done, and a device has applied it",
    visible=True,
)

no_over_recall = Property(
    name="no-over-recall",
    sentence="What a device has shown and nobody has recalled since stays visible on it.",
    kind=PropertyKind.ALWAYS,
    formula=_still_there,
    witness=_seen_unrecalled,
    witness_sentence="a device has shown something that nobody has recalled since",
    visible=True,
)

resend_survives = Property(
    name="resend-survives",
    sentence="When nothing is under way any more, a message sent again after its recall "
    "is shown on every device, and the recalled one on none.",
    kind=PropertyKind.ALWAYS,
    formula=_resent_is_shown,
    witness=_resent_at_rest,
    witness_sentence="a resend has been issued and nothing is under way any more",
    visible=True,
)
