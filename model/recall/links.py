"""Links between nodes: copies on their way, their order, and what cannot be reached.

A link has one carrier, or two. Each keeps order by itself, if the link does, and may fail by
itself; which of the two a copy goes by is for the node that sends it, by the carrier policy.
"""

from __future__ import annotations

from dataclasses import dataclass

from unsay.model.design import Design
from unsay.model.language import Bool, Fairness, Kind, Layer, Table, exists
from unsay.model.recall.vocabulary import Command, Node, RecallRule, fifo, two_carriers

links: Layer[Design] = Layer("links", "What is on its way between nodes, and by which carrier.")

wire = links.state(
    "wire", Command, Node, Node, to=Bool, says="A copy of the command is on its way between them."
)
ahead = links.state(
    "ahead", Command, Command, Node, Node, to=Bool,
    says="On this link the first command left before the second.",
)  # fmt: skip
down = links.state("down", Node, Node, to=Bool, says="The two nodes cannot reach each other.")
first_down = links.state("first_down", Node, Node, to=Bool, says="The first carrier has failed.")
second_wire = links.state(
    "second_wire", Command, Node, Node, to=Bool,
    says="A copy of the command is on its way between them by the second carrier.",
)  # fmt: skip
second_ahead = links.state(
    "second_ahead", Command, Command, Node, Node, to=Bool,
    says="By the second carrier the first command left before the second.",
)  # fmt: skip
second_down = links.state("second_down", Node, Node, to=Bool, says="The second carrier has failed.")
switched = links.state(
    "switched", Node, Node, to=Bool, says="The first node sends by the second carrier."
)

b, c = Command.variables("b c")
u, v, w = Node.variables("u v w")
links.flow(wire[c, u, v], carries=c, source=u, target=v)
links.flow(second_wire[c, u, v], carries=c, source=u, target=v)


@dataclass(frozen=True)
class Carrier:
    """One of the ways by which a link carries copies, as its tables."""

    wire: Table[Bool, Command, Node, Node]
    ahead: Table[Bool, Command, Command, Node, Node]
    failed: Table[Bool, Node, Node]


FIRST = Carrier(wire, ahead, first_down)
SECOND = Carrier(second_wire, second_ahead, second_down)


def in_order(design: Design) -> bool:
    """Whether the design has any link that keeps order."""
    return not design.faults.reorder or any(link.fifo for link in design.links)


def put(rule: RecallRule, c: Command, v: Node, where: Bool) -> None:
    """A copy of ``c`` leaves node ``v`` for every node ``w`` for which ``where`` holds.

    It goes by the carrier that ``v`` uses.
    """
    if not rule.design.two_carriers:
        put_on(rule, c, v, where, FIRST)
        return
    put_on(rule, c, v, where & ~switched[v, w], FIRST)
    put_on(rule, c, v, where & switched[v, w], SECOND)


def put_on(rule: RecallRule, c: Command, v: Node, where: Bool, carrier: Carrier) -> None:
    """A copy of ``c`` leaves ``v`` by ``carrier`` for every ``w`` for which ``where`` holds.

    One that is still on its way there by that carrier is all that there is: copies of one command
    are not counted.
    """
    rule.update(carrier.wire[c, v, w], to=True, each=w, where=where)
    if in_order(rule.design):
        behind = where & carrier.wire[b, v, w] & ~carrier.wire[c, v, w]
        if rule.design.faults.reorder:
            behind &= fifo[v, w]
        rule.update(carrier.ahead[b, c, v, w], to=True, each=(b, w), where=behind)


def on_its_way(design: Design, c: Command, u: Node, v: Node) -> Bool:
    """A copy of ``c`` is on its way from ``u`` to ``v``, by whichever carrier."""
    by_first = wire[c, u, v]
    return by_first | second_wire[c, u, v] if design.two_carriers else by_first


def by_the_one_in_use(design: Design, c: Command, u: Node, v: Node) -> Bool:
    """A copy of ``c`` is on its way by the carrier that ``u`` uses."""
    if not design.two_carriers:
        return wire[c, u, v]
    return (wire[c, u, v] & ~switched[u, v]) | (second_wire[c, u, v] & switched[u, v])


def take_off(rule: RecallRule, c: Command, u: Node, v: Node, carrier: Carrier) -> None:
    """The copy of ``c`` between ``u`` and ``v`` is no longer in flight by ``carrier``."""
    rule.update(carrier.wire[c, u, v], to=False)
    if in_order(rule.design):
        rule.update(carrier.ahead[c, b, u, v], to=False, each=b)
        rule.update(carrier.ahead[b, c, u, v], to=False, each=b)


def guard_arrival(rule: RecallRule, c: Command, u: Node, v: Node, carrier: Carrier) -> None:
    """A copy of ``c`` is on its way, by a ``carrier`` that works, and overtakes nothing.

    Only on a link that keeps order, nothing overtakes.
    """
    rule.guard(in_flight=carrier.wire[c, u, v])
    guard_reach(rule, u, v, carrier)
    if in_order(rule.design):
        before = carrier.wire[b, u, v] & carrier.ahead[b, c, u, v]
        rule.guard(first_in_line=~exists(b, before))


def guard_reach(rule: RecallRule, u: Node, v: Node, carrier: Carrier | None = None) -> None:
    """Nothing arrives from a node that cannot be reached, by ``carrier`` or else by any."""
    if not rule.design.faults.partition:
        return
    rule.guard(reached=~down[u, v])
    if rule.design.two_carriers:
        both = first_down[u, v] & second_down[u, v]
        rule.guard(carrier_works=~(both if carrier is None else carrier.failed[u, v]))


def slip_in(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """Somebody puts ``c`` on its way to ``v``, as if from ``u``, if it can by a working carrier."""
    if not may_fail(rule.design):
        rule.update(wire[c, u, v], to=True)
        return
    rule.update(wire[c, u, v], to=True, where=~first_down[u, v])
    rule.update(second_wire[c, u, v], to=True, where=first_down[u, v])


def _healing(design: Design) -> Fairness:
    return Fairness(design.fairness.healing)


def restore(rule: RecallRule, u: Node, v: Node, what: Table[Bool, Node, Node]) -> None:
    """What joins nodes ``u`` and ``v``, and has failed, works again in both directions."""
    rule.guard(cut_off=what[u, v])
    rule.update(what[u, v], to=False)
    rule.update(what[v, u], to=False)


@links.rule(Kind.PROGRESS, at="u", when=lambda d: bool(d.faults.partition), fairness=_healing)
def heal(rule: RecallRule, u: Node, v: Node) -> None:
    """Nodes u and v reach each other again."""
    restore(rule, u, v, down)


def may_fail(design: Design) -> bool:
    """Whether one of two carriers can fail in ``design``."""
    return design.two_carriers and bool(design.faults.partition)


@links.rule(Kind.PROGRESS, at="u", when=may_fail, fairness=_healing)
def heal_first(rule: RecallRule, u: Node, v: Node) -> None:
    """The first carrier between nodes u and v works again."""
    restore(rule, u, v, first_down)


@links.rule(Kind.PROGRESS, at="u", when=may_fail, fairness=_healing)
def heal_second(rule: RecallRule, u: Node, v: Node) -> None:
    """The second carrier between nodes u and v works again."""
    restore(rule, u, v, second_down)


def take_the_other(rule: RecallRule, u: Node, v: Node) -> None:
    """Node ``u`` sends to node ``v`` by the other carrier from now on."""
    rule.update(switched[u, v], to=True, where=~switched[u, v])
    rule.update(switched[u, v], to=False, where=switched[u, v])


@links.rule(Kind.PROGRESS, at="u", when=lambda d: may_fail(d) and d.policies.carrier != "first")
def switch(rule: RecallRule, u: Node, v: Node) -> None:
    """Node u has learnt that its carrier to v has failed, and takes the other one."""
    first, second = first_down[u, v], second_down[u, v]
    rule.guard(two=two_carriers[u, v])
    rule.guard(learnt=(switched[u, v] & second) | (~switched[u, v] & first))
    rule.guard(other_works=(switched[u, v] & ~first) | (~switched[u, v] & ~second))
    take_the_other(rule, u, v)


@links.rule(
    Kind.FAULT, at="u", when=lambda d: d.two_carriers and d.policies.carrier == "measured"
)  # fmt: skip
def reroute(rule: RecallRule, u: Node, v: Node) -> None:
    """By what it measured a while ago, node u finds the other carrier to v the faster one."""
    rule.guard(two=two_carriers[u, v])
    take_the_other(rule, u, v)
