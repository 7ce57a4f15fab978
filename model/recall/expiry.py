"""Expiry: what nodes forget after a time, and what that time outlasts.

The machine has no clock. A lifetime matters by what it outlasts: if a node remembers for at least
as long as copies may still come, it forgets only when none can come any more; if not, it may forget
at any time. So each comparison that the design decides becomes a guard, or none.
"""

from __future__ import annotations

from unsay.model.design import Design
from unsay.model.language import Bool, Kind, Layer, all_of, forall, implies
from unsay.model.recall.access import held
from unsay.model.recall.commands import closed
from unsay.model.recall.routing import sent_again, tracked, wire
from unsay.model.recall.storage import newest, processed
from unsay.model.recall.vocabulary import (
    Command,
    Device,
    Message,
    Node,
    Nth,
    RecallRule,
    Version,
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
n = Nth.variable("n")


def over(rule: RecallRule, c: Command) -> Bool:
    """No copy of ``c`` is on its way between nodes any more, and none will be sent again."""
    gone = forall((s, t), ~wire[c, s, t])
    again = all_of(*sent_again(rule, c, origin[target[c]], t, n).values())
    return gone & forall((t, n), ~again)


@expiry.rule(Kind.FAULT, at="v", when=lambda d: d.lifetimes.expires("tombstone"))
def forget_recall(rule: RecallRule, c: Command, v: Node) -> None:
    """Node v's memory of recall c expires."""
    lifetimes, m = rule.design.lifetimes, target[c]
    rule.guard(remembered=hides(c) & (newest[v, m] == version[c]))
    if lifetimes.outlasts("tombstone", "retry_horizon"):
        up_to_it = (target[b] == m) & (version[b] <= version[c])
        rule.guard(none_to_come=forall(b, implies(up_to_it, over(rule, b))))
    if lifetimes.outlasts("tombstone", "offline"):
        knows = held[d, m] >= version[c]
        rule.guard(devices_know=forall(d, implies(home[d] == v, knows)))
    rule.update(newest[v, m], to=Version.least())


@expiry.rule(Kind.FAULT, at="v", when=lambda d: d.policies.request_record == "expires")
def forget_request(rule: RecallRule, v: Node, c: Command) -> None:
    """Node v's record of request id c expires."""
    lifetimes = rule.design.lifetimes
    rule.guard(recorded=processed[v, c])
    if lifetimes.expires("request_id") and lifetimes.outlasts("request_id", "retry_horizon"):
        rule.guard(none_to_come=over(rule, c))
    rule.update(processed[v, c], to=False)


@expiry.rule(Kind.FAULT, at="v", when=lambda d: d.lifetimes.expires("tracking_row"))
def forget_row(rule: RecallRule, m: Message, w: Node, v: Node) -> None:
    """The row of the flow-tracking table at v that message m may be at node w expires."""
    lifetimes = rule.design.lifetimes
    rule.guard(here=v == origin[m], row=tracked[m, w])
    if lifetimes.outlasts("tracking_row", "window"):
        rule.guard(too_late=closed[m])
    if lifetimes.outlasts("tracking_row", "window", "retry_horizon"):
        rule.guard(none_to_come=forall(b, implies(target[b] == m, over(rule, b))))
    rule.update(tracked[m, w], to=False)
