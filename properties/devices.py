"""The devices of one account show the same, down to the note that something was recalled."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, all_of, exists, forall, implies
from unsay.model.recall.access import held, notice, seen
from unsay.model.recall.vocabulary import (
    Command,
    Device,
    Message,
    Version,
    content,
    same_account,
    shows,
    target,
)
from unsay.properties.property import Property, PropertyKind
from unsay.properties.vocabulary import alike, d, m, x

_b = Command.variable("b")


def _hides(d: Device, m: Message) -> Bool:
    """Device ``d`` has applied a recall of ``m``."""
    return ~content[m, held[d, m]] & (held[d, m] != Version.least())


def _has_placeholder(machine: Machine, d: Device, m: Message) -> Bool:
    """Device ``d`` shows, in place of ``m``, that something was recalled."""
    if machine.design.policies.placeholder == "if-seen":
        return _hides(d, m) & exists(_b, all_of(target[_b] == m, shows(_b), seen[d, _b]))
    return _hides(d, m)


def _same(machine: Machine) -> Bool:
    same = alike(m, held[d, m], held[x, m])
    if machine.design.policies.placeholder != "never":
        one, other = _has_placeholder(machine, d, m), _has_placeholder(machine, x, m)
        same &= (one & other) | (~one & ~other)
    of_one_account = same_account[d, x]
    return implies(machine.at_rest(), forall((d, x, m), implies(of_one_account, same)))


def _recalled_on_two(machine: Machine) -> Bool:
    two = same_account[d, x] & (d != x)
    return machine.at_rest() & exists((d, x, m), two & _hides(d, m))


def _withdrawn(machine: Machine) -> Bool:
    hidden = ~content[m, held[d, m]] & (held[d, m] > notice[d, m])
    return forall((d, m), ~(content[m, notice[d, m]] & hidden))


def _recalled_where_notified(machine: Machine) -> Bool:
    raises = machine.design.policies.notifications != "none"
    return exists((d, m), _hides(d, m) & raises)


notifications_withdrawn = Property(
    name="notifications-withdrawn",
    sentence="No notification on a device shows what the device hides.",
    kind=PropertyKind.ALWAYS,
    formula=_withdrawn,
    witness=_recalled_where_notified,
    witness_sentence="a device that raises notifications hides a message",
    visible=True,
)

devices_agree = Property(
    name="devices-agree",
    sentence="When nothing is under way any more, all devices of an account show the same, "
    "and the same note where something was recalled.",
    kind=PropertyKind.ALWAYS,
    formula=_same,
    witness=_recalled_on_two,
    witness_sentence="an account has two devices, one hides a message, and nothing is under way",
    visible=True,
)
