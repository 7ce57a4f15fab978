"""Fault layer: what the world may do to a design, as often as the design allows.

An unbounded fault needs no counting. A bounded one spends its first, second, ... time in turn,
so "at most two losses" is two members of ``Nth``, and no arithmetic is needed in any reading.
"""

from __future__ import annotations

from unsay.model.design import Design
from unsay.model.language import Bool, Kind, Layer, Table, forall, implies
from unsay.model.recall import access, links, routing, storage
from unsay.model.recall.access import online
from unsay.model.recall.links import FIRST, SECOND, Carrier
from unsay.model.recall.routing import ack, refusal
from unsay.model.recall.vocabulary import (
    Command,
    Device,
    Node,
    Nth,
    RecallRule,
    forged,
    home,
    may_crash,
    may_cut,
    may_disconnect,
    may_duplicate,
    may_forge,
    may_lose,
    may_wipe,
    two_carriers,
)

faults: Layer[Design] = Layer("faults", "Loss, duplication, crashes, disconnections.")

losses = faults.state("losses", Nth, to=Bool, says="Something has been lost this many times.")
duplications = faults.state(
    "duplications", Nth, to=Bool, says="A copy has been duplicated this many times."
)
crashes = faults.state("crashes", Nth, to=Bool, says="A node has crashed this many times.")
outages = faults.state("outages", Nth, to=Bool, says="A device has disconnected this many times.")
wipes = faults.state("wipes", Nth, to=Bool, says="A device was wiped this many times.")
cuts = faults.state("cuts", Nth, to=Bool, says="Two nodes were cut off this many times.")
forgeries = faults.state("forgeries", Nth, to=Bool, says="A recall was forged this many times.")

b = Command.variable("b")
j = Nth.variable("j")
x = Device.variable("x")


def spend(
    rule: RecallRule, n: Nth, allowed: Table[Bool, Nth], spent: Table[Bool, Nth], limit: object
) -> None:
    """The fault happens for the ``n``-th time, which the design's ``limit`` must allow."""
    rule.guard(within_bound=allowed[n])
    if limit != "unbounded":
        rule.guard(next_time=~spent[n] & forall(j, implies(j < n, spent[j])))
        rule.update(spent[n], to=True)


def drop(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth, carrier: Carrier) -> None:
    """The copy of ``c`` that is on its way by ``carrier`` is lost."""
    rule.guard(in_flight=carrier.wire[c, u, v])
    spend(rule, n, may_lose, losses, rule.design.faults.loss)
    links.take_off(rule, c, u, v, carrier)


@faults.rule(Kind.FAULT, at="u", when=lambda d: d.faults.loss != 0)
def lose(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth) -> None:
    """A copy of command c, sent by node u, is lost on its way to node v."""
    drop(rule, c, u, v, n, FIRST)


@faults.rule(Kind.FAULT, at="u", when=lambda d: d.faults.loss != 0 and d.two_carriers)
def lose_by_second(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth) -> None:
    """A copy of command c, sent by node u, is lost on its way to node v by the second carrier."""
    drop(rule, c, u, v, n, SECOND)


@faults.rule(Kind.FAULT, at="v", when=lambda d: d.faults.loss != 0)
def lose_ack(rule: RecallRule, c: Command, v: Node, n: Nth) -> None:
    """Node v's acknowledgement of command c is lost on its way to the origin."""
    rule.guard(in_flight=ack[c, v])
    spend(rule, n, may_lose, losses, rule.design.faults.loss)
    rule.update(ack[c, v], to=False)


@faults.rule(
    Kind.FAULT,
    at="v",
    when=lambda d: d.faults.loss != 0 and d.policies.repeat_answer == "error",
)
def lose_refusal(rule: RecallRule, c: Command, v: Node, n: Nth) -> None:
    """Node v's error answer to command c is lost on its way to the origin."""
    rule.guard(in_flight=refusal[c, v])
    spend(rule, n, may_lose, losses, rule.design.faults.loss)
    rule.update(refusal[c, v], to=False)


def double(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth, carrier: Carrier) -> None:
    """The copy of ``c`` that is on its way by ``carrier`` reaches ``v``, and stays on its way."""
    links.guard_arrival(rule, c, u, v, carrier)
    spend(rule, n, may_duplicate, duplications, rule.design.faults.duplication)
    routing.arrive(rule, c, u, v)


@faults.rule(Kind.FAULT, at="v", when=lambda d: d.faults.duplication != 0)
def duplicate(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth) -> None:
    """A copy of command c, sent by node u, reaches node v, and another copy is still in flight."""
    double(rule, c, u, v, n, FIRST)


@faults.rule(Kind.FAULT, at="v", when=lambda d: d.faults.duplication != 0 and d.two_carriers)
def duplicate_by_second(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth) -> None:
    """A copy of c, sent by u, reaches v by the second carrier; another copy is in flight there."""
    double(rule, c, u, v, n, SECOND)


@faults.rule(Kind.FAULT, at="v", when=lambda d: d.faults.crash != 0)
def crash(rule: RecallRule, v: Node, n: Nth) -> None:
    """Node v stops and restarts: volatile tables are gone, its devices are cut off."""
    spend(rule, n, may_crash, crashes, rule.design.faults.crash)
    storage.lose_memory(rule, v)
    routing.lose_memory(rule, v)
    access.cut_off(rule, home[x] == v)


@faults.rule(Kind.FAULT, at="d", when=lambda d: d.faults.offline != 0)
def disconnect(rule: RecallRule, d: Device, n: Nth) -> None:
    """Device d goes offline; what was on its way to it is gone."""
    rule.guard(connected=online[d])
    spend(rule, n, may_disconnect, outages, rule.design.faults.offline)
    access.cut_off(rule, x == d)


@faults.rule(Kind.FAULT, at="d", when=lambda d: d.faults.wipe != 0)
def wipe(rule: RecallRule, d: Device, n: Nth) -> None:
    """Device d loses all that it has, and its connection; it comes back as a new one."""
    spend(rule, n, may_wipe, wipes, rule.design.faults.wipe)
    access.forget_all(rule, d)
    access.cut_off(rule, x == d)


@faults.rule(Kind.FAULT, at="u", when=lambda d: d.faults.partition != 0)
def cut(rule: RecallRule, u: Node, v: Node, n: Nth) -> None:
    """Nodes u and v cannot reach each other any more."""
    rule.guard(two=u != v)
    if rule.design.two_carriers:
        rule.guard(one_way=~two_carriers[u, v])
    fail(rule, u, v, n, links.down)


def fail(rule: RecallRule, u: Node, v: Node, n: Nth, what: Table[Bool, Node, Node]) -> None:
    """What joins nodes ``u`` and ``v`` fails, in both directions."""
    rule.guard(reached=~what[u, v])
    spend(rule, n, may_cut, cuts, rule.design.faults.partition)
    rule.update(what[u, v], to=True)
    rule.update(what[v, u], to=True)


@faults.rule(Kind.FAULT, at="u", when=links.may_fail)
def cut_first(rule: RecallRule, u: Node, v: Node, n: Nth) -> None:
    """The first of the two carriers between nodes u and v fails."""
    rule.guard(two_ways=two_carriers[u, v])
    fail(rule, u, v, n, links.first_down)


@faults.rule(Kind.FAULT, at="u", when=links.may_fail)
def cut_second(rule: RecallRule, u: Node, v: Node, n: Nth) -> None:
    """The second of the two carriers between nodes u and v fails."""
    rule.guard(two_ways=two_carriers[u, v])
    fail(rule, u, v, n, links.second_down)


@faults.rule(Kind.FAULT, at="v", when=lambda d: d.faults.forgery != 0)
def forge(rule: RecallRule, c: Command, u: Node, v: Node, n: Nth) -> None:
    """Somebody who may not recall its message sends recall c to node v, as if from node u."""
    rule.guard(without_right=forged[c])
    spend(rule, n, may_forge, forgeries, rule.design.faults.forgery)
    links.slip_in(rule, c, u, v)
