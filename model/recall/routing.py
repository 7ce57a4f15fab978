"""Routing layer: copies in flight, forwarding, dispatch of recalls, retries, acknowledgements.

What shows content (a send, edit, restore, resend) travels as messages do, hop by hop along the
message's route; only a retry goes straight to the node that has not acknowledged. A recall travels
by the design's dispatch policy: it *chases* the message along its route, goes to every node of the
*flow-tracking table* in parallel, or *floods* every node.
"""

from __future__ import annotations

from unsay.model.design import Design
from unsay.model.language import Bool, Fairness, Kind, Layer, all_of, exists, forall, implies
from unsay.model.recall import access, links, storage
from unsay.model.recall.links import FIRST, SECOND, Carrier
from unsay.model.recall.storage import expired, newest, processed
from unsay.model.recall.vocabulary import (
    Command,
    Message,
    Node,
    Nth,
    RecallRule,
    Version,
    bridge,
    delivery,
    fetches,
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
buffered = routing.state(
    "buffered", Node, Command, to=Bool, says="The node has yet to send the command on."
)
aged = routing.state("aged", Message, to=Bool, says="The message is too old for a backfill.")
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
routing.flow(ack[c, v], carries=c, source=v, target=origin[target[c]])
routing.flow(refusal[c, v], carries=c, source=v, target=origin[target[c]])


def track(rule: RecallRule, c: Command, where: Bool) -> None:
    """Content ``c`` leaves for every ``w`` for which ``where`` holds.

    Under tracked dispatch there is a row for ``w`` in the flow-tracking table from then on: before
    it leaves, on its way or there, the table knows.
    """
    if rule.design.policies.dispatch == "tracked":
        rule.update(tracked[target[c], w], to=True, each=w, where=where)


def send_on(rule: RecallRule, c: Command, v: Node, applies: Bool) -> None:
    """Node ``v`` passes on what is news to it: to the next hops, and to its devices.

    What shows content may wait in its buffer first, for ``forward``.
    """
    policies, onward = rule.design.policies, applies & next_hop[target[c], v, w]
    buffers = policies.buffer != "none"
    if policies.dispatch == "gossip":
        everywhere = all_of(applies, hides(c), link[v, w])
        onward = everywhere if buffers else (onward & shows(c)) | everywhere
    elif policies.dispatch != "chase":
        onward = onward & shows(c)
    elif buffers:
        onward = onward & hides(c)
    if not buffers or policies.dispatch in ("gossip", "chase"):
        links.put(rule, c, v, onward)
        track(rule, c, onward & shows(c))
    if buffers:
        keep_in_buffer(rule, c, v, applies)
    access.push_to_devices(rule, c, v, applies)


def keep_in_buffer(rule: RecallRule, c: Command, v: Node, applies: Bool) -> None:
    """Where ``c`` applies, node ``v`` keeps it to be sent on, or takes out what it recalls."""
    some_hop = exists(w, next_hop[target[c], v, w])
    rule.update(buffered[v, c], to=True, where=applies & shows(c) & some_hop)
    if rule.design.policies.buffer == "stopped":
        stopped = applies & hides(c) & (target[b] == target[c])
        rule.update(buffered[v, b], to=False, each=b, where=stopped)


@routing.rule(Kind.PROGRESS, at="v", when=lambda d: d.policies.buffer != "none")
def forward(rule: RecallRule, c: Command, v: Node) -> None:
    """Node v sends on what command c says, which has waited in its buffer."""
    rule.guard(waits=buffered[v, c])
    rule.update(buffered[v, c], to=False)
    links.put(rule, c, v, next_hop[target[c], v, w])
    track(rule, c, next_hop[target[c], v, w])


def dispatch_recall(rule: RecallRule, c: Command, v: Node, where: Bool) -> None:
    """The origin ``v`` sends recall ``c`` where the dispatch policy says, if ``where`` holds.

    What goes hop by hop is sent on by ``send_on``, at the origin as well.
    """
    if rule.design.policies.dispatch in ("tracked", "flood"):
        links.put(rule, c, v, where & hides(c) & awaited(rule, c, w))


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


def echoes(design: Design) -> bool:
    """Whether bridges of ``design`` send recalls back as new ones."""
    return design.policies.echo == "relayed" and any(n.bridge for n in design.nodes.values())


def arrive(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """A copy of ``c`` from node ``u`` reaches ``v``: it is taken in, sent on, and answered.

    A recall that comes back to the origin from a bridge is an echo: it is taken for a new one, and
    nobody waits for an answer.
    """
    allowed = storage.with_authority(rule, c, storage.lacks(rule, v, target[c]))
    allowed &= storage.in_time(rule, c, v)
    echo = all_of(bridge[u], hides(c), v == origin[target[c]]) if echoes(rule.design) else None
    taken = storage.keep(rule, c, v, allowed, echo)
    send_on(rule, c, v, taken.applies if echo is None else taken.applies | echo)
    if echo is not None:
        dispatch_recall(rule, c, v, echo)
        links.put(rule, c, v, all_of(bridge[v], hides(c), w == origin[target[c]]))
    repeat_is_error = rule.design.policies.repeat_answer == "error"
    if repeat_is_error:
        rule.update(refusal[c, v], to=True, where=processed[v, c])
        rule.update(owed[v, c], to=True, where=~processed[v, c])
    else:
        rule.update(owed[v, c], to=True)
    if echo is not None:
        answer = refusal[c, v] if repeat_is_error else owed[v, c]
        rule.update(answer, to=False, where=echo)


def lose_memory(rule: RecallRule, v: Node) -> None:
    """Node ``v`` forgets what it has yet to do, and, unless that is durable, where messages are.

    The flow-tracking rows of a message are at its sender's home.
    """
    policies = rule.design.policies
    if policies.dispatch == "tracked" and "tracking" not in policies.durable:
        rule.update(tracked[m, w], to=False, each=(m, w), where=origin[m] == v)
    if policies.buffer != "none":
        rule.update(buffered[v, b], to=False, each=b)
    rule.update(owed[v, b], to=False, each=b)


def receive(rule: RecallRule, c: Command, u: Node, v: Node, carrier: Carrier) -> None:
    """The copy of ``c`` that is on its way from ``u`` by ``carrier`` reaches ``v``."""
    links.guard_arrival(rule, c, u, v, carrier)
    links.take_off(rule, c, u, v, carrier)
    arrive(rule, c, u, v)


@routing.rule(Kind.PROGRESS, at="v", fairness=delivery)
def deliver(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """A copy of command c, sent by node u, reaches node v."""
    receive(rule, c, u, v, FIRST)


@routing.rule(Kind.PROGRESS, at="v", when=lambda d: d.two_carriers, fairness=delivery)
def deliver_by_second(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """A copy of command c, sent by node u, reaches node v by the second carrier."""
    receive(rule, c, u, v, SECOND)


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
    links.guard_reach(rule, u, v)
    rule.update(ack[c, v], to=False)
    rule.update(acked[c, v], to=True)


@routing.rule(Kind.PROGRESS, at="u", fairness=lambda d: Fairness(d.fairness.retry))
def retry(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth) -> None:
    """The origin u sends command c again to node v, which has not acknowledged it."""
    in_flight = links.by_the_one_in_use(rule.design, c, u, v)
    rule.guard(here=u == origin[target[c]], not_in_flight=~in_flight)
    rule.guard(**sent_again(rule, c, u, v, n))
    if rule.design.policies.retry != "until-acked":
        rule.update(tried[c, v, n], to=True, where=hides(c))
    links.put(rule, c, u, w == v)
    track(rule, c, all_of(w == v, shows(c)))


def sent_again(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth) -> dict[str, Bool]:
    """What it takes, by name, that the origin ``u`` sends ``c`` to ``v`` an n-th time again."""
    policies, register = rule.design.policies, newest[u, target[c]]
    wanted = {"current": register == version[c]}
    if policies.superseded == "retried":
        wanted = {"still_owed": register >= version[c]}
    if policies.buffer != "none":
        wanted["not_waiting"] = ~buffered[u, c]
    wanted["unacked"] = retriable(rule, c, v)
    if rule.design.lifetimes.ends("message"):
        wanted["kept"] = hides(c) | ~expired[u, target[c]]
    if rule.design.lifetimes.ends("retry_horizon"):
        wanted["in_time"] = ~ended[c]
    if policies.retry == "until-acked":
        return {**wanted, "any_time": n == Nth.least()}
    return {**wanted, "tries_left": tries_left(rule, c, v, n)}


@routing.rule(Kind.ACT, at="v", when=lambda d: d.fetching)
def fetch(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """A user of node v, which is sent no messages, has it fetch what command c says from node u."""
    rule.guard(here=u == origin[target[c]], fetching=fetches[v])
    ask_for(rule, c, u, v)


@routing.rule(Kind.ACT, at="v", when=lambda d: d.policies.backfill != "none")
def backfill(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """Node v, which has nothing of a message, takes what command c says from node u's history."""
    if rule.design.lifetimes.ends("backfill"):
        rule.guard(recent=~aged[target[c]])
    ask_for(rule, c, u, v)


def ask_for(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """Node ``v`` has nothing of a message, and has ``u`` send it what it has, which ``c`` says.

    What it has asked for it takes in, whatever requests it remembers.
    """
    policies, m = rule.design.policies, target[c]
    rule.guard(served=shows(c) & (newest[u, m] == version[c]))
    storage.guard_kept(rule, u, m)
    rule.guard(lacking=newest[v, m] == Version.least())
    links.guard_reach(rule, u, v)
    links.put(rule, c, u, w == v)
    if policies.deduplication == "request-id":
        rule.update(processed[v, c], to=False)
    if policies.dispatch == "tracked" and policies.tracking == "pushes-and-fetches":
        rule.update(tracked[m, v], to=True)


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
