"""Links between nodes: copies on their way, their order, and what cannot be reached.

A link has one carrier, or two. Each keeps order by itself, if the link does, and may fail by
itself; which of the two a copy goes by is for the node that sends it, by the carrier policy.
"""

from __future__ import annotations

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
switched = links.state(
    "switched", Node, Node, to=Bool, says="The first node sends by the second carrier."
)
by_second = links.state(
    "by_second", Command, Node, Node, to=Bool, says="The copy goes by the second carrier."
)
first_down = links.state("first_down", Node, Node, to=Bool, says="The first carrier has failed.")
second_down = links.state("second_down", Node, Node, to=Bool, says="The second carrier has failed.")

b, c = Command.variables("b c")
w = Node.variable("w")


def in_order(rule: RecallRule) -> bool:
    """Whether the design has any link that keeps order."""
    return not rule.design.faults.reorder or any(link.fifo for link in rule.design.links)


def put(rule: RecallRule, c: Command, v: Node, where: Bool) -> None:
    """A copy of ``c`` leaves node ``v`` for every node ``w`` for which ``where`` holds.

    One that is still on its way there is all that there is: copies of one command are not counted.
    """
    rule.update(wire[c, v, w], to=True, each=w, where=where)
    if rule.design.two_carriers:
        leaves = where & ~wire[c, v, w]
        rule.update(by_second[c, v, w], to=True, each=w, where=leaves & switched[v, w])
    if in_order(rule):
        behind = where & wire[b, v, w] & ~wire[c, v, w] & fifo[v, w]
        if rule.design.two_carriers:
            behind &= by_second[b, v, w] == switched[v, w]
        rule.update(ahead[b, c, v, w], to=True, each=(b, w), where=behind)


def put_again(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """A copy of ``c`` leaves ``u`` for ``v``, to which none is ``in_flight``.

    The one that waits for the carrier by which it went comes no more.
    """
    if not may_fail(rule.design):
        put(rule, c, u, w == v)
        return
    rule.update(wire[c, u, v], to=True)
    rule.update(by_second[c, u, v], to=True, where=switched[u, v])
    rule.update(by_second[c, u, v], to=False, where=~switched[u, v])
    if in_order(rule):
        rule.update(ahead[c, b, u, v], to=False, each=b)
        rule.update(ahead[b, c, u, v], to=False, each=b)
        behind = wire[b, u, v] & (by_second[b, u, v] == switched[u, v]) & fifo[u, v]
        rule.update(ahead[b, c, u, v], to=True, each=b, where=behind)


def in_flight(rule: RecallRule, c: Command, u: Node, v: Node) -> Bool:
    """A copy of ``c`` is on its way, and is not ``overtaken``."""
    return wire[c, u, v] & ~overtaken(c, u, v) if may_fail(rule.design) else wire[c, u, v]


def overtaken(c: Command, u: Node, v: Node) -> Bool:
    """A copy of ``c`` waits for a carrier that has failed, and ``u`` uses one that works."""
    return in_use_failed(by_second[c, u, v], u, v) & ~in_use_failed(switched[u, v], u, v)


def take_off(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """The copy of ``c`` between ``u`` and ``v`` is no longer in flight."""
    rule.update(wire[c, u, v], to=False)
    if rule.design.two_carriers:
        rule.update(by_second[c, u, v], to=False)
    if in_order(rule):
        rule.update(ahead[c, b, u, v], to=False, each=b)
        rule.update(ahead[b, c, u, v], to=False, each=b)


def guard_order(rule: RecallRule, c: Command, u: Node, v: Node) -> None:
    """On a link that keeps order, nothing overtakes."""
    if in_order(rule):
        rule.guard(first_in_line=~exists(b, wire[b, u, v] & ahead[b, c, u, v]))


def guard_reach(rule: RecallRule, u: Node, v: Node, c: Command | None = None) -> None:
    """Nothing arrives from a node that cannot be reached; what is no copy ``c`` goes either way."""
    if not rule.design.faults.partition:
        return
    rule.guard(reached=~down[u, v])
    if rule.design.two_carriers:
        neither = first_down[u, v] & second_down[u, v]
        failed = neither if c is None else in_use_failed(by_second[c, u, v], u, v)
        rule.guard(carrier_works=~failed)


def in_use_failed(second: Bool, u: Node, v: Node) -> Bool:
    """Between ``u`` and ``v``, the ``second`` carrier has failed, or else the first."""
    return (second & second_down[u, v]) | (~second & first_down[u, v])


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
    other_works = ~in_use_failed(~switched[u, v], u, v)
    rule.guard(two=two_carriers[u, v], learnt=in_use_failed(switched[u, v], u, v))
    rule.guard(other_works=other_works)
    take_the_other(rule, u, v)


@links.rule(
    Kind.FAULT, at="u", when=lambda d: d.two_carriers and d.policies.carrier == "measured"
)  # fmt: skip
def reroute(rule: RecallRule, u: Node, v: Node) -> None:
    """By what it measured a while ago, node u finds the other carrier to v the faster one."""
    rule.guard(two=two_carriers[u, v])
    take_the_other(rule, u, v)
