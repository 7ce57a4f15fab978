"""Routing layer: copies in flight, forwarding, dispatch of recalls, retries, acknowledgements.

What shows content (a send, edit, restore, resend) travels as messages do, hop by hop along the
message's route; only a retry goes straight to the node that has not acknowledged. A recall travels
by the design's dispatch policy: it *chases* the message along its route, goes to every node of the
*flow-tracking table* in parallel, or *floods* every node.
"""

from __future__ import annotations

from unsay.model.design import Design
from unsay.model.language import Bool, Fairness, Kind, Layer, all_of, exists, forall, implies
from unsay.model.recall import access, storage
from unsay.model.recall.storage import newest, processed
from unsay.model.recall.vocabulary import (
    Command,
    Message,
    Node,
    Nth,
    RecallRule,
    Version,
    delivery,
    fetches,
    fifo,
    hides,
    link,
    may_retry,
    next_hop,
    origin,
    shows,
    target,
    version,
)

routing: Layer[Design] = Layer("routing", "How commands and acknowledgements travel.")

wire = routing.state(
    "wire", Command, Node, Node, to=Bool, says="A copy of the command is on its way between them."
)
ahead = routing.state(
    "ahead", Command, Command, Node, Node, to=Bool,
    says="On this link the first command left before the second.",
)  # fmt: skip
down = routing.state("down", Node, Node, to=Bool, says="The two nodes cannot reach each other.")
tracked = routing.state(
    "tracked", Message, Node, to=Bool,
    says="The flow-tracking table has a row: the message has reached this node, or may.",
)  # fmt: skip
owed = routing.state(
    "owed", Node, Command, to=Bool, says="The node has yet to acknowledge the command."
)
ack = routing.state(
    "ack", Command, Node, to=Bool, says="The node's acknowledgement is on its way to the origin."
)
refusal = routing.state(
    "refusal", Command, Node, to=Bool, says="The node's error answer is on its way to the origin."
)
acked = routing.state(
    "acked", Command, Node, to=Bool, says="The origin has the node's acknowledgement."
)
ended = routing.state(
    "ended", Command, to=Bool, says="Nothing of the command is sent or on its way any more."
)
tried = routing.state(
    "tried",
    Command,
    Node,
    Nth,
    to=Bool,
    says="The recall was sent to the node this many times more.",
)

b, c = Command.variables("b c")
u, v, w = Node.variables("u v w")
j = Nth.variable("j")
m = Message.variable("m")
routing.flow(wire[c, u, v], carries=c, source=u, target=v)
routing.flow(ack[c, v], carries=c, source=v, target=origin[target[c]])
routing.flow(refusal[c, v], carries=c, source=v, target=origin[target[c]])


def in_order(rule: RecallRule) -> bool:
    """Whether the design has any link that keeps order."""
    return not rule.design.faults.reorder or any(link.fifo for link in rule.design.links)


def put_on_wire(rule: RecallRule, c: Command, v: Node, where: Bool) -> None:
    """Node ``v`` sends a copy of ``c`` to every node ``w`` for which ``where`` holds.

    Under tracked dispatch, content leaves a row for ``w`` in the flow-tracking table before it
    leaves for ``w``: on its way or there, the table knows.
    """
    rule.update(wire[c, v, w], to=True, each=w, where=where)
    if rule.design.policies.dispatch == "tracked":
        rule.update(tracked[target[c], w], to=True, each=w, where=where & shows(c))
    if in_order(rule):
        rule.update(
            ahead[b, c, v, w], to=True, each=(b, w),
            where=where & wire[b, v, w] & ~wire[c, v, w] & fifo[v, w],
        )  # fmt: skip


def take_off_wire(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """The copy of ``c`` between ``u`` and ``v`` is no longer in flight."""
    rule.update(wire[c, u, v], to=False)
    if in_order(rule):
        rule.update(ahead[c, b, u, v], to=False, each=b)
        rule.update(ahead[b, c, u, v], to=False, each=b)


def send_on(rule: RecallRule, c: Command, v: Node, applies: Bool) -> None:
    """Node ``v`` passes on what is news to it: to the next hops, and to its devices."""
    dispatch, onward = rule.design.policies.dispatch, applies & next_hop[target[c], v, w]
    if dispatch == "gossip":
        onward = (onward & shows(c)) | all_of(applies, hides(c), link[v, w])
    elif dispatch != "chase":
        onward = onward & shows(c)
    put_on_wire(rule, c, v, onward)
    access.push_to_devices(rule, c, v, applies)


def dispatch_recall(rule: RecallRule, c: Command, v: Node) -> None:
    """The origin ``v`` sends a new recall where the dispatch policy says.

    What goes hop by hop is sent on by ``send_on``, at the origin as well.
    """
    if rule.design.policies.dispatch in ("tracked", "flood"):
        put_on_wire(rule, c, v, hides(c) & awaited(rule, c, w))


def awaited(rule: RecallRule, c: Command, w: Node) -> Bool:
    """The origin expects node ``w`` to acknowledge ``c``."""
    elsewhere, sent = w != origin[target[c]], shows(c)
    if rule.design.fetching:
        sent = sent & ~fetches[w]
    if rule.design.policies.dispatch == "tracked":
        return elsewhere & (sent | tracked[target[c], w])
    return elsewhere & (sent | hides(c)) if rule.design.fetching else elsewhere


def carried_out(rule: RecallRule, c: Command, v: Node) -> Bool:
    """Node ``v`` has done with ``c`` what the ack policy asks for before it acknowledges."""
    ack_policy = rule.design.policies.ack
    stored = newest[v, target[c]] >= version[c]
    if ack_policy == "accepted":
        return all_of()
    return stored if ack_policy == "stored" else stored & access.applied_by_devices(c, v)


def arrive(rule: RecallRule, c: Command, v: Node) -> None:
    """What happens when a copy of ``c`` reaches ``v``: it is taken in, sent on, and answered."""
    allowed = storage.with_authority(rule, c, newest[v, target[c]])
    taken = storage.keep(rule, c, v, allowed & storage.in_time(rule, c, v))
    send_on(rule, c, v, taken.applies)
    if rule.design.policies.repeat_answer == "error":
        rule.update(refusal[c, v], to=True, where=processed[v, c])
        rule.update(owed[v, c], to=True, where=~processed[v, c])
    else:
        rule.update(owed[v, c], to=True)


def lose_tracking(rule: RecallRule, v: Node) -> None:
    """Node ``v``, which keeps the flow-tracking rows of its senders' messages, loses them."""
    policies = rule.design.policies
    if policies.dispatch == "tracked" and "tracking" not in policies.durable:
        rule.update(tracked[m, w], to=False, each=(m, w), where=origin[m] == v)


def guard_order(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """On a link that keeps order, nothing overtakes."""
    if in_order(rule):
        rule.guard(first_in_line=~exists(b, wire[b, u, v] & ahead[b, c, u, v]))


def guard_reach(rule: RecallRule, u: Node, v: Node) -> None:
    """Nothing arrives from a node that cannot be reached."""
    if rule.design.faults.partition:
        rule.guard(reached=~down[u, v])


@routing.rule(Kind.PROGRESS, at="v", fairness=delivery)
def deliver(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """A copy of command c, sent by node u, reaches node v."""
    rule.guard(in_flight=wire[c, u, v])
    guard_reach(rule, u, v)
    guard_order(rule, c, u, v)
    take_off_wire(rule, c, u, v)
    arrive(rule, c, v)


@routing.rule(Kind.PROGRESS, at="v")
def acknowledge(rule: RecallRule, c: Command, v: Node) -> None:
    """Node v acknowledges command c to the origin."""
    rule.guard(owed=owed[v, c], carried_out=carried_out(rule, c, v))
    rule.update(owed[v, c], to=False)
    rule.update(ack[c, v], to=True)


@routing.rule(Kind.PROGRESS, at="u", fairness=delivery)
def hear_ack(rule: RecallRule, c: Command, v: Node, u: Node) -> None:
    """Node v's acknowledgement of command c reaches the origin u."""
    rule.guard(in_flight=ack[c, v], here=u == origin[target[c]])
    guard_reach(rule, u, v)
    rule.update(ack[c, v], to=False)
    rule.update(acked[c, v], to=True)


@routing.rule(Kind.PROGRESS, at="u", fairness=lambda d: Fairness(d.fairness.retry))
def retry(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth) -> None:
    """The origin u sends command c again to node v, which has not acknowledged it."""
    rule.guard(here=u == origin[target[c]], not_in_flight=~wire[c, u, v])
    rule.guard(**sent_again(rule, c, u, v, n))
    if rule.design.policies.retry != "until-acked":
        rule.update(tried[c, v, n], to=True, where=hides(c))
    put_on_wire(rule, c, u, w == v)


def sent_again(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth) -> dict[str, Bool]:
    """What it takes, by name, that the origin ``u`` sends ``c`` to ``v`` an n-th time again."""
    policies, register = rule.design.policies, newest[u, target[c]]
    wanted = {"current": register == version[c]}
    if policies.superseded == "retried":
        wanted = {"still_owed": register >= version[c]}
    wanted["unacked"] = retriable(rule, c, v)
    if rule.design.lifetimes.ends("retry_horizon"):
        wanted["in_time"] = ~ended[c]
    if policies.retry == "until-acked":
        return {**wanted, "any_time": n == Nth.least()}
    return {**wanted, "tries_left": tries_left(rule, c, v, n)}


@routing.rule(Kind.ACT, at="v", when=lambda d: d.fetching)
def fetch(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """A user of node v, which is sent no messages, has it fetch what command c says from node u."""
    rule.guard(here=u == origin[target[c]], fetching=fetches[v])
    rule.guard(served=shows(c) & (newest[u, target[c]] == version[c]))
    rule.guard(lacking=newest[v, target[c]] == Version.least())
    guard_reach(rule, u, v)
    rule.update(wire[c, u, v], to=True)
    policies = rule.design.policies
    if policies.dispatch == "tracked" and policies.tracking == "pushes-and-fetches":
        rule.update(tracked[target[c], v], to=True)


@routing.rule(Kind.PROGRESS, at="u", when=lambda d: bool(d.faults.partition))
def heal(rule: RecallRule, u: Node, v: Node) -> None:
    """Nodes u and v reach each other again."""
    rule.guard(cut_off=down[u, v])
    rule.update(down[u, v], to=False)
    rule.update(down[v, u], to=False)


def retriable(rule: RecallRule, c: Command, v: Node) -> Bool:
    """Sending ``c`` to node ``v`` again may bring an acknowledgement that is missing.

    A recall that chases its message goes to the next hops only, whoever is behind.
    """
    unacked = awaited(rule, c, v) & ~acked[c, v]
    if rule.design.policies.dispatch != "chase":
        return unacked
    x = Node.variable("x")
    some_unacked = exists(x, awaited(rule, c, x) & ~acked[c, x])
    next_in_line = next_hop[target[c], origin[target[c]], v]
    return (shows(c) & unacked) | (hides(c) & next_in_line & some_unacked)


def tries_left(rule: RecallRule, c: Command, v: Node, n: Nth) -> Bool:
    """The n-th try is the next one. What shows content may be sent again any number of times."""
    message_again = shows(c) & (n == Nth.least())
    if rule.design.policies.retry == "none":
        return message_again
    next_try = ~tried[c, v, n] & forall(j, implies(j < n, tried[c, v, j]))
    return message_again | (hides(c) & may_retry[n] & next_try)
