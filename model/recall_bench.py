"""The benchmark protocol "recall-bench N M R": N nodes, M messages, R recalls of each.

A protocol as small as a recall can be, to compare checkers by: every recall goes straight to
every node, copies may be lost or stay, and recalls of one message are numbered 1 to R. It is
written in the language of the recall machine and shares nothing else with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unsay.model.language import (
    Bool,
    Choice,
    Element,
    Kind,
    Layer,
    Machine,
    ModelError,
    Ordered,
    RuleBuilder,
    Structure,
    compose,
    forall,
    if_else,
    implies,
)

COPIES_MAX = 100_000
"""Copies of recalls, one for each node and recall. Limits bind once there is a machine, and one of
more copies takes so long to be spelt out that they would be overrun by much."""


@dataclass(frozen=True)
class Size:
    """How large an instance is.

    Raises:
        ModelError: a number is below 1, or nodes below 2, or there are more copies of recalls than
            ``COPIES_MAX``.
    """

    nodes: int
    messages: int
    recalls: int

    def __post_init__(self) -> None:
        for name, least in (("nodes", 2), ("messages", 1), ("recalls", 1)):
            if getattr(self, name) < least:
                raise ModelError(f"recall-bench: {name}: expected at least {least}")
        copies = self.nodes * self.messages * self.recalls
        if copies > COPIES_MAX:
            raise ModelError(
                f"recall-bench: too large: nodes x messages x recalls is {copies:,}; "
                f"at most {COPIES_MAX:,} are allowed"
            )


BenchRule = RuleBuilder[Size]


class BenchNode(Element):
    """A server; the first is where users send and recall."""


class BenchMessage(Element):
    """What is sent once, and recalled up to R times."""


class Recall(Ordered):
    """A recall of a message by its number. The least means: none yet."""


class Status(Choice):
    """What a node has of a message."""

    absent: ClassVar[Status]
    shown: ClassVar[Status]
    hidden_even: ClassVar[Status]
    hidden_odd: ClassVar[Status]


bench: Layer[Size] = Layer("recall-bench", "Messages and recalls, straight to every node.")

source = bench.rigid("source", BenchNode, to=Bool, says="Users act at this node.")
odd = bench.rigid("odd", Recall, to=Bool, says="The recall's number is odd.")

sent = bench.state("sent", BenchMessage, to=Bool, says="The message has been sent.")
message_copy = bench.state(
    "message_copy", BenchNode, BenchMessage, to=Bool, says="A copy is on its way to the node."
)
recall_copy = bench.state(
    "recall_copy", BenchNode, BenchMessage, Recall, to=Bool,
    says="A copy of the recall is on its way to the node.",
)  # fmt: skip
recalled = bench.state("recalled", BenchMessage, Recall, to=Bool, says="The recall is issued.")
number = bench.state(
    "number", BenchNode, BenchMessage, to=Recall, says="The newest recall that the node applied."
)
status = bench.state(
    "status", BenchNode, BenchMessage, to=Status, says="What the node has of the message."
)
confirmed = bench.state(
    "confirmed", BenchNode, BenchMessage, Recall, to=Bool, says="The node confirmed the recall."
)

n, u = BenchNode.variables("n u")
m = BenchMessage.variable("m")
r, q = Recall.variables("r q")


def hidden(r: Recall) -> Status:
    """The mark that recall ``r`` leaves."""
    return if_else(odd[r], Status.hidden_odd, Status.hidden_even)


@bench.rule(Kind.ACT, at="u")
def send(rule: BenchRule, m: BenchMessage, u: BenchNode) -> None:
    """Message m is sent at the source u, with a copy to every other node."""
    rule.guard(here=source[u], not_yet=~sent[m])
    rule.update(sent[m], to=True)
    rule.update(status[u, m], to=Status.shown, where=status[u, m] == Status.absent)
    rule.update(message_copy[n, m], to=True, each=n, where=~source[n])


@bench.rule(Kind.ACT, at="u")
def issue(rule: BenchRule, m: BenchMessage, r: Recall, u: BenchNode) -> None:
    """Recall r of message m is issued at the source u, with a copy to every other node."""
    rule.guard(here=source[u], real=r != Recall.least(), message_sent=sent[m])
    rule.guard(not_yet=~recalled[m, r])
    rule.guard(in_turn=forall(q, implies((q < r) & (q != Recall.least()), recalled[m, q])))
    rule.update(recalled[m, r], to=True)
    rule.update(number[u, m], to=r)
    rule.update(status[u, m], to=hidden(r))
    rule.update(recall_copy[n, m, r], to=True, each=n, where=~source[n])


def take_message(rule: BenchRule, m: BenchMessage, n: BenchNode) -> None:
    """A copy of message m is at node n: it shows it, unless it knows more."""
    rule.guard(on_its_way=message_copy[n, m])
    unknown = (number[n, m] == Recall.least()) & (status[n, m] == Status.absent)
    rule.update(status[n, m], to=Status.shown, where=unknown)


def take_recall(rule: BenchRule, m: BenchMessage, r: Recall, n: BenchNode) -> None:
    """A copy of recall r is at node n, which applies it if it is news, and confirms it."""
    rule.guard(on_its_way=recall_copy[n, m, r])
    rule.update(number[n, m], to=r, where=r > number[n, m])
    rule.update(status[n, m], to=hidden(r), where=r > number[n, m])
    rule.update(confirmed[n, m, r], to=True)


@bench.rule(Kind.PROGRESS, at="n")
def deliver_message(rule: BenchRule, m: BenchMessage, n: BenchNode) -> None:
    """A copy of message m reaches node n."""
    take_message(rule, m, n)
    rule.update(message_copy[n, m], to=False)


@bench.rule(Kind.FAULT, at="n")
def duplicate_message(rule: BenchRule, m: BenchMessage, n: BenchNode) -> None:
    """A copy of message m reaches node n, and another stays on its way."""
    take_message(rule, m, n)


@bench.rule(Kind.PROGRESS, at="n")
def deliver_recall(rule: BenchRule, m: BenchMessage, r: Recall, n: BenchNode) -> None:
    """A copy of recall r of message m reaches node n."""
    take_recall(rule, m, r, n)
    rule.update(recall_copy[n, m, r], to=False)


@bench.rule(Kind.FAULT, at="n")
def duplicate_recall(rule: BenchRule, m: BenchMessage, r: Recall, n: BenchNode) -> None:
    """A copy of recall r of message m reaches node n, and another stays on its way."""
    take_recall(rule, m, r, n)


@bench.rule(Kind.FAULT, at="n")
def lose_message(rule: BenchRule, m: BenchMessage, n: BenchNode) -> None:
    """The copy of message m on its way to node n is lost."""
    rule.guard(on_its_way=message_copy[n, m])
    rule.update(message_copy[n, m], to=False)


@bench.rule(Kind.FAULT, at="n")
def lose_recall(rule: BenchRule, m: BenchMessage, r: Recall, n: BenchNode) -> None:
    """The copy of recall r on its way to node n is lost."""
    rule.guard(on_its_way=recall_copy[n, m, r])
    rule.update(recall_copy[n, m, r], to=False)


@bench.rule(Kind.PROGRESS, at="n")
def retry(rule: BenchRule, m: BenchMessage, r: Recall, n: BenchNode) -> None:
    """Recall r, which node n has not confirmed, is sent to it again."""
    rule.guard(issued=recalled[m, r], elsewhere=~source[n])
    rule.guard(unconfirmed=~confirmed[n, m, r], no_copy=~recall_copy[n, m, r])
    rule.update(recall_copy[n, m, r], to=True)


def status_is_the_recall_s(machine: Machine) -> Bool:
    """A node that has applied a recall has the mark of the newest."""
    return forall(
        (n, m), implies(number[n, m] != Recall.least(), status[n, m] == hidden(number[n, m]))
    )


def confirmed_is_applied(machine: Machine) -> Bool:
    """A recall that a node has confirmed is applied there, or a newer one is."""
    return forall((n, m, r), implies(confirmed[n, m, r], number[n, m] >= r))


def build_bench(size: Size) -> Machine:
    """The protocol at one size."""
    nodes = tuple(f"n{i}" for i in range(size.nodes))
    numbers = ("none", *(f"r{i}" for i in range(1, size.recalls + 1)))
    structure = Structure(
        {
            BenchNode.sort: nodes,
            BenchMessage.sort: tuple(f"m{i + 1}" for i in range(size.messages)),
            Recall.sort: numbers,
        },
        {
            source.symbol: {(i,): int(i == 0) for i in range(len(nodes))},
            odd.symbol: {(i,): i % 2 for i in range(len(numbers))},
        },
    )
    name = f"recall-bench {size.nodes} {size.messages} {size.recalls}"
    return compose(name, [bench], size, structure)
