"""Expiry: what nodes forget after a time, and what that time outlasts.

The machine has no clock. A lifetime matters by what it outlasts: if a node remembers for at least
as long as copies may still come, it forgets only when none can come any more; if not, it may forget
at any time. So each comparison that the design decides becomes a guard, or none.
"""

from __future__ import annotations

from unsay.model.design import Design
from unsay.model.language import Bool, Kind, Layer, exists, forall, implies
from unsay.model.recall.access import comes_back, held
from unsay.model.recall.commands import closed, issued
from unsay.model.recall.links import on_its_way
from unsay.model.recall.routing import aged, buffered, ended, tracked
from unsay.model.recall.storage import (
    early,
    expired,
    newest,
    notes_early_recalls,
    processed,
    window_over,
)
from unsay.model.recall.vocabulary import (
    Command,
    Device,
    Message,
    Node,
    RecallRule,
    Version,
    content,
    forged,
    hides,
    home,
    origin,
    target,
    version,
)

expiry: Layer[Design] = Layer("expiry", "What nodes forget after a time.")

b = Command.variable("b")
d = Device.variable("d")
s, t = Node.variables("s t")


@expiry.rule(Kind.FAULT, at="v", when=lambda d: d.lifetimes.ends("retry_horizon"))
def horizon_ends(rule: RecallRule, c: Command, v: Node) -> None:
    """At its origin v, command c is sent no more; all copies of it have come, or are lost."""
    rule.guard(here=v == origin[target[c]], sent=issued[c] & ~ended[c])
    rule.guard(none_on_the_way=none_on_the_way(rule, c))
    rule.update(ended[c], to=True)


def none_on_the_way(rule: RecallRule, c: Command) -> Bool:
    """No copy of ``c`` is on its way, or waits to be sent on."""
    none = forall((s, t), ~on_its_way(rule.design, c, s, t))
    return none & forall(s, ~buffered[s, c]) if rule.design.policies.buffer != "none" else none


@expiry.rule(Kind.FAULT, at="v", when=lambda d: d.lifetimes.ends("tombstone"))
def forget_recall(rule: RecallRule, c: Command, v: Node) -> None:
    """Node v's memory of recall c expires."""
    lifetimes, m = rule.design.lifetimes, target[c]
    rule.guard(remembered=hides(c) & (newest[v, m] == version[c]))
    if lifetimes.outlasts("tombstone", "retry_horizon"):
        up_to_it = (target[b] == m) & (version[b] <= version[c])
        if rule.design.faults.forgery:
            # No horizon is promised of what others send.
            up_to_it &= ~forged[b]
        rule.guard(none_to_come=forall(b, implies(up_to_it, over(rule, b))))
    if outlasts_devices(rule.design) and learns_in_time(rule.design):
        knows = held[d, m] >= version[c]
        rule.guard(devices_know=forall(d, implies(home[d] == v, knows)))
    guard_backfill(rule, m)
    rule.update(newest[v, m], to=Version.least())


def guard_backfill(rule: RecallRule, m: Message) -> None:
    """Where the memory of a recall outlasts it, no history is asked for message ``m`` any more."""
    lifetimes = rule.design.lifetimes
    if backfill_ends(rule.design) and lifetimes.outlasts("tombstone", "retry_horizon", "backfill"):
        rule.guard(too_old_for_backfill=aged[m])


def backfill_ends(design: Design) -> bool:
    """Whether nodes of ``design`` ask each other's history for messages up to an age only."""
    return design.policies.backfill != "none" and design.lifetimes.ends("backfill")


@expiry.rule(Kind.FAULT, at="v", when=backfill_ends)
def age(rule: RecallRule, m: Message, v: Node) -> None:
    """At its origin v, message m becomes too old for a backfill; what was asked for has come."""
    rule.guard(here=v == origin[m], young=~aged[m])
    rule.guard(sent=exists(b, (target[b] == m) & issued[b]))
    rule.guard(all_come=forall(b, implies(target[b] == m, none_on_the_way(rule, b))))
    rule.update(aged[m], to=True)


@expiry.rule(Kind.FAULT, at="v", when=lambda d: d.lifetimes.ends("message"))
def expire(rule: RecallRule, m: Message, v: Node) -> None:
    """A retention job at node v deletes message m."""
    lifetimes = rule.design.lifetimes
    rule.guard(has_it=content[m, newest[v, m]] & ~expired[v, m])
    if lifetimes.outlasts("message", "window"):
        rule.guard(too_late=closed[m])
    if lifetimes.outlasts("message", "window", "retry_horizon"):
        rule.guard(none_to_come=none_to_come(rule, m))
    rule.update(expired[v, m], to=True)


def outlasts_devices(design: Design) -> bool:
    """Whether a recall is remembered until devices that were away, if any can be, are back."""
    if not comes_back(design):
        return design.lifetimes.outlasts("tombstone", "retry_horizon")
    return design.lifetimes.outlasts("tombstone", "retry_horizon", "offline")


def learns_in_time(design: Design) -> bool:
    """Whether a device that has been reached, or came back, holds what its node told it.

    Otherwise time makes no device know, and a guard that waits for it would wait for ever.
    """
    policies = design.policies
    told = policies.sync == "full" and policies.early_recall == "remember"
    return told and policies.ordering == "newest-version" and not design.faults.wipe


def over(rule: RecallRule, c: Command) -> Bool:
    """Command ``c`` is sent no more, and no copy that a node asked for since is on its way."""
    asks = rule.design.fetching or rule.design.policies.backfill != "none"
    return ended[c] & none_on_the_way(rule, c) if asks else ended[c]


def none_to_come(rule: RecallRule, m: Message) -> Bool:
    """Nothing that was issued on ``m`` is sent, or on its way, any more."""
    sent = (target[b] == m) & issued[b]
    return forall(b, implies(sent, over(rule, b)))


def notes_expire(design: Design) -> bool:
    """Whether nodes of ``design`` forget what they noted of early recalls."""
    return design.lifetimes.ends("tombstone") and notes_early_recalls(design)


@expiry.rule(Kind.FAULT, at="v", when=notes_expire)
def forget_note(rule: RecallRule, m: Message, v: Node) -> None:
    """Node v's note of an early recall of message m expires."""
    rule.guard(noted=early[v, m])
    if rule.design.lifetimes.outlasts("tombstone", "retry_horizon"):
        rule.guard(none_to_come=none_to_come(rule, m))
    guard_backfill(rule, m)
    rule.update(early[v, m], to=False)


@expiry.rule(Kind.FAULT, at="v", when=lambda d: d.policies.request_record == "expires")
def forget_request(rule: RecallRule, v: Node, c: Command) -> None:
    """Node v's record of request id c expires."""
    lifetimes = rule.design.lifetimes
    rule.guard(recorded=processed[v, c])
    if lifetimes.ends("request_id") and lifetimes.outlasts("request_id", "retry_horizon"):
        rule.guard(none_to_come=over(rule, c))
    rule.update(processed[v, c], to=False)


@expiry.rule(Kind.FAULT, at="v", when=lambda d: d.policies.window == "each-receiver")
def window_ends(rule: RecallRule, m: Message, v: Node) -> None:
    """By node v's own clock, the time ends in which message m may be recalled."""
    rule.guard(elsewhere=v != origin[m], has_it=newest[v, m] != Version.least())
    rule.guard(open=~window_over[v, m])
    rule.update(window_over[v, m], to=True)


@expiry.rule(Kind.FAULT, at="v", when=lambda d: d.lifetimes.ends("tracking_row"))
def forget_row(rule: RecallRule, m: Message, w: Node, v: Node) -> None:
    """The row of the flow-tracking table at v that message m may be at node w expires."""
    lifetimes = rule.design.lifetimes
    rule.guard(here=v == origin[m], row=tracked[m, w])
    if lifetimes.outlasts("tracking_row", "window"):
        rule.guard(too_late=closed[m])
    if lifetimes.outlasts("tracking_row", "window", "retry_horizon"):
        rule.guard(none_to_come=none_to_come(rule, m))
    rule.update(tracked[m, w], to=False)
